@NullMarked
package dev.faregate.pages;

import org.jspecify.annotations.NullMarked;
