/// Other wire formats of one and the same thing: requests said as chat requests, and chat answers said back
/// (ADR 38). Pure: bytes and trees in, bytes and trees out; `inference` runs what comes of it.
@NullMarked
package dev.faregate.skins;

import org.jspecify.annotations.NullMarked;
