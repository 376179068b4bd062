/// Neutral chat types and the wire codecs: bytes in, bytes or events out. Pure; imports only `base`.
@NullMarked
package dev.faregate.chat;

import org.jspecify.annotations.NullMarked;
