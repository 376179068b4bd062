@NullMarked
package dev.faregate.storage;

import org.jspecify.annotations.NullMarked;
