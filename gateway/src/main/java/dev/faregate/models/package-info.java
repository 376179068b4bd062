/// The catalogue: models, their endpoints and their prices.
@NullMarked
package dev.faregate.models;

import org.jspecify.annotations.NullMarked;
