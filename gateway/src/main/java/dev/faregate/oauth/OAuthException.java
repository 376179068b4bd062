package dev.faregate.oauth;

/// A refusal that an OAuth client reads (RFC 6749 sections 4.1.2.1 and 5.2): a word of the standards and a
/// sentence for people. No stack trace: it is an answer.
final class OAuthException extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final String error;

    OAuthException(String error, String description) {
        super(clean(description), null, false, false);
        this.error = error;
    }

    static OAuthException invalidRequest(String description) {
        return new OAuthException("invalid_request", description);
    }

    String error() {
        return error;
    }

    String description() {
        return String.valueOf(getMessage());
    }

    /// RFC 6749 section 5.2 allows visible ASCII without quotation marks and backslashes.
    private static String clean(String description) {
        return description.replace('"', '\'').replaceAll("[^\\x20\\x21\\x23-\\x5b\\x5d-\\x7e]", "?");
    }
}
