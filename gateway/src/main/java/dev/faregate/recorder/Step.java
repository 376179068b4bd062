package dev.faregate.recorder;

/// The steps of a paid request, in the order that keeps its money safe (ledger 2.3, "order of durability").
public enum Step {
    /// The hold is durable.
    HELD,
    /// The recorder says that it is being sent; nothing has been.
    DISPATCHED,
    /// The first bytes of the answer have arrived.
    FIRST_BYTE,
    /// The bill is known and recorded.
    BILLED,
    /// The charge is durable; the last byte is not out.
    SETTLED,
    /// The last byte is out.
    ENDED
}
