package dev.faregate.governance;

import org.jspecify.annotations.Nullable;

/// A form as it was typed, with what is wrong beside each field: what the fields of a template need to know.
public interface Typed {
    String value(String field);

    /// What is wrong with that field, or null.
    @Nullable
    String error(String field);

    /// True for a box that is ticked, and for a field that has something in it.
    default boolean ticked(String field) {
        return !value(field).isEmpty();
    }

    default boolean is(String field, String value) {
        return value(field).equals(value);
    }
}
