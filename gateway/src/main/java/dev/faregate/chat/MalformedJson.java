package dev.faregate.chat;

/// A text that is not JSON, or not the JSON that was expected; `offset` is where. No stack trace: on the
/// relay path this is an answer, not a bug.
public final class MalformedJson extends RuntimeException {
    private final int offset;

    public MalformedJson(String what, int offset) {
        super(what, null, false, false);
        this.offset = offset;
    }

    /// Offset in the array that was read.
    public int offset() {
        return offset;
    }

    /// What is wrong; never an excerpt of the text.
    public String what() {
        String message = getMessage();
        return message == null ? "malformed" : message;
    }
}
