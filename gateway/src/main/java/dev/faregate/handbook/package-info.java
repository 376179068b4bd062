/// The documentation of `docs/` as pages of this server: the build puts the files into our jar, here they become pages,
/// and keep a Markdown twin.
@NullMarked
package dev.faregate.handbook;

import org.jspecify.annotations.NullMarked;
