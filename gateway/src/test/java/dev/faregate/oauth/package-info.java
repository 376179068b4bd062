@NullMarked
package dev.faregate.oauth;

import org.jspecify.annotations.NullMarked;
