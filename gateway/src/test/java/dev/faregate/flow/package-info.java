/// Tests of the whole server over HTTP, against the scripted upstream.
@NullMarked
package dev.faregate.flow;

import org.jspecify.annotations.NullMarked;
