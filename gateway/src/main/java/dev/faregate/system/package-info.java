/// The page for whoever runs this server: how it stands, what is wrong, and what to do about it. It only looks; what it
/// tells is what the parts of this process know of themselves.
@NullMarked
package dev.faregate.system;

import org.jspecify.annotations.NullMarked;
