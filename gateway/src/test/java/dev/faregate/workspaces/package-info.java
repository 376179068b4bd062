@NullMarked
package dev.faregate.workspaces;

import org.jspecify.annotations.NullMarked;
