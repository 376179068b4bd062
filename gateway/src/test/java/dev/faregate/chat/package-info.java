@NullMarked
package dev.faregate.chat;

import org.jspecify.annotations.NullMarked;
