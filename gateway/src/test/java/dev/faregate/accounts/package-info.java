@NullMarked
package dev.faregate.accounts;

import org.jspecify.annotations.NullMarked;
