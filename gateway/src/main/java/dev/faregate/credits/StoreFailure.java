package dev.faregate.credits;

/// The database did not take a batch.
final class StoreFailure extends Exception {
    /// What may be done about it.
    enum Kind {
        /// Nothing was changed, and trying again may help.
        TRANSIENT,
        /// Nothing was changed, because the disk is full: what is owed first, nothing new.
        FULL,
        /// Whether it was changed is unknown (the answer was lost): send it again.
        UNKNOWN,
        /// Nothing was changed, and the same batch will fail again: some operation in it is to blame.
        PERMANENT
    }

    private final Kind kind;

    StoreFailure(Kind kind, Throwable cause) {
        super(cause.getMessage(), cause);
        this.kind = kind;
    }

    Kind kind() {
        return kind;
    }
}
