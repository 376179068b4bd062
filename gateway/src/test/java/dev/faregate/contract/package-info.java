/// The documents that answers are compared with: the contract's two files, and our own.
@NullMarked
package dev.faregate.contract;

import org.jspecify.annotations.NullMarked;
