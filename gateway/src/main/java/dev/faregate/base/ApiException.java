package dev.faregate.base;

/// Carries an [ApiError] to the edge, which renders it. It says nothing about where it was thrown: it is
/// an answer, not a bug, so it has no stack trace.
public final class ApiException extends RuntimeException {
    private final transient ApiError error;

    public ApiException(ApiError error) {
        super(error.toString(), null, false, false);
        this.error = error;
    }

    public ApiError error() {
        return error;
    }
}
