package dev.faregate.governance;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/// A form as it was typed, with what is wrong beside each field: what the fields of a template need to know.
public interface Typed {
    /// What is wrong with no single field.
    String WHOLE = "";

    /// What was typed, by field.
    Map<String, String> values();

    /// What is wrong, by field.
    Map<String, String> errors();

    default String value(String field) {
        return values().getOrDefault(field, "");
    }

    /// What is wrong with that field, or null.
    default @Nullable String error(String field) {
        return errors().get(field);
    }

    /// What is wrong with the form as a whole, or null.
    default @Nullable String formError() {
        return error(WHOLE);
    }

    /// True for a box that is ticked, and for a field that has something in it.
    default boolean ticked(String field) {
        return !value(field).isEmpty();
    }

    default boolean is(String field, String value) {
        return value(field).equals(value);
    }
}
