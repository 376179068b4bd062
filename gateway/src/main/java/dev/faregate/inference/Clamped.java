package dev.faregate.inference;

/// An output limit that was lowered to what is affordable, in tokens: what was asked for (or what the model
/// can do, where nothing was), and what was sent upstream.
record Clamped(long requested, long sent) {
    /// The header of an answer that was shortened, also in its body as `faregate_metadata`.
    static final String HEADER = "X-Faregate-Clamped";

    /// `requested=4096; sent=700`
    String header() {
        return "requested=" + requested + "; sent=" + sent;
    }
}
