package dev.faregate.accounts;

/// Why a provider could not say who somebody is. The message is a sentence for that person; it quotes nothing that the
/// provider sent.
final class SsoFailure extends Exception {
    private static final long serialVersionUID = 1;

    SsoFailure(String message) {
        super(message);
    }

    /// The sentence.
    String text() {
        String message = getMessage();
        return message == null ? "" : message;
    }
}
