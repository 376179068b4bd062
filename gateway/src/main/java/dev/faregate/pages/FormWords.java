package dev.faregate.pages;

/// Complaints of the API as a form says them.
public final class FormWords {
    private FormWords() {}

    /// A complaint of the API begins with the name of the field, which stands in the form already.
    public static String sentence(String message) {
        String rest = message.replaceFirst("^`[^`]*` ", "");
        return Character.toUpperCase(rest.charAt(0)) + rest.substring(1);
    }
}
