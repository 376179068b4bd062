@NullMarked
package dev.faregate.guardrails;

import org.jspecify.annotations.NullMarked;
