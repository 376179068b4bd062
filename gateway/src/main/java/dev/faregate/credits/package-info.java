/// The ledger: limit rows, holds and postings. What must never go wrong.
@NullMarked
package dev.faregate.credits;

import org.jspecify.annotations.NullMarked;
