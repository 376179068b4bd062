/// The pages of keys, credits and workspaces. There is no SQL here and no rule: what may be done with keys and credits
/// is
/// decided by the classes that the API calls too.
@NullMarked
package dev.faregate.dashboard;

import org.jspecify.annotations.NullMarked;
