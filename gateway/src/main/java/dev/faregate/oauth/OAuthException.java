package dev.faregate.oauth;

/// A refusal that an OAuth client reads (RFC 6749 sections 4.1.2.1 and 5.2): a word of the standards and a
/// sentence for people. No stack trace: it is an answer.
final class OAuthException extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final String error;

    /// The client tried to show itself by HTTP Basic, so the answer must ask for that (section 5.2).
    private final boolean basic;

    OAuthException(String error, String description) {
        this(error, description, false);
    }

    private OAuthException(String error, String description, boolean basic) {
        super(clean(description), null, false, false);
        this.error = error;
        this.basic = basic;
    }

    static OAuthException invalidRequest(String description) {
        return new OAuthException("invalid_request", description);
    }

    static OAuthException invalidClient(boolean basic) {
        return new OAuthException("invalid_client", "No such client, or it did not show to be itself", basic);
    }

    String error() {
        return error;
    }

    String description() {
        return String.valueOf(getMessage());
    }

    int status() {
        return error.equals("invalid_client") ? 401 : 400;
    }

    boolean asksForBasic() {
        return basic;
    }

    /// RFC 6749 section 5.2 allows visible ASCII without quotation marks and backslashes.
    private static String clean(String description) {
        return description.replace('"', '\'').replaceAll("[^\\x20\\x21\\x23-\\x5b\\x5d-\\x7e]", "?");
    }
}
