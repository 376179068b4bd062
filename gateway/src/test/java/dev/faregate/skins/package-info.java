@NullMarked
package dev.faregate.skins;

import org.jspecify.annotations.NullMarked;
