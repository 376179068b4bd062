/// OAuth that ends in a key: codes, and their exchange.
@NullMarked
package dev.faregate.oauth;

import org.jspecify.annotations.NullMarked;
