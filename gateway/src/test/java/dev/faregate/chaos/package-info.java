/// Real servers, a real database and a scripted provider in processes of their own, broken on purpose while
/// callers stream; afterwards the ledger is compared with what really happened.
@NullMarked
package dev.faregate.chaos;

import org.jspecify.annotations.NullMarked;
