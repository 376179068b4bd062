package dev.faregate.pages;

/// Complaints of the API as a form says them.
public final class FormWords {
    /// What a form says whose name came before with other fields (the 409 of an `Idempotency-Key`).
    public static final String SENT_BEFORE =
            "This form was sent before, with something else in it. Nothing more was done. Send it again if you want it"
                    + " done once more.";

    private FormWords() {}

    /// A complaint of the API begins with the name of the field, which stands in the form already.
    public static String sentence(String message) {
        String rest = message.replaceFirst("^`[^`]*` ", "");
        return Character.toUpperCase(rest.charAt(0)) + rest.substring(1);
    }
}
