/// What a caller may ask for: verdicts before routing.
@NullMarked
package dev.faregate.guardrails;

import org.jspecify.annotations.NullMarked;
