/// The pages of keys, credits, workspaces and rankings. There is no SQL here and no rule: what may be done
/// is decided by the classes that the API calls too.
@NullMarked
package dev.faregate.dashboard;

import org.jspecify.annotations.NullMarked;
