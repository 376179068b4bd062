/// The pages that show what was asked for: the log of requests. There is no SQL here and no rule: what is shown is
/// read by the classes that the API calls too.
@NullMarked
package dev.faregate.watch;

import org.jspecify.annotations.NullMarked;
