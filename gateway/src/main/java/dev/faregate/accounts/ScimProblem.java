package dev.faregate.accounts;

import org.jspecify.annotations.Nullable;

/// A refusal as RFC 7644 section 3.12 has it: a status, one of its words (`scimType`) or null, and a sentence.
final class ScimProblem extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final int status;
    private final @Nullable String type;

    ScimProblem(int status, @Nullable String type, String detail) {
        super(detail, null, false, false);
        this.status = status;
        this.type = type;
    }

    static ScimProblem wrong(String type, String detail) {
        return new ScimProblem(400, type, detail);
    }

    static ScimProblem taken(String detail) {
        return new ScimProblem(409, "uniqueness", detail);
    }

    static ScimProblem absent() {
        return new ScimProblem(404, null, "There is no such resource.");
    }

    int status() {
        return status;
    }

    @Nullable
    String type() {
        return type;
    }

    String detail() {
        String message = getMessage();
        return message == null ? "" : message;
    }
}
