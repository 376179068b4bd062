/// Workspaces as management sees them: their settings, budgets and members, and the organization around them.
@NullMarked
package dev.faregate.workspaces;

import org.jspecify.annotations.NullMarked;
