package dev.faregate.accounts;

import dev.faregate.http.FormFields;
import org.jspecify.annotations.Nullable;

/// What a person is called. Forms have one field for it; the API has two, so what follows the last space is the last
/// name.
record PersonName(@Nullable String first, @Nullable String last) {
    static final String FIELD = "name";

    /// Columns hold a hundred characters each.
    private static final int MAX_LENGTH = 100;

    static PersonName of(String whole) {
        int space = whole.lastIndexOf(' ');
        return space < 0
                ? new PersonName(whole, null)
                : new PersonName(whole.substring(0, space).strip(), whole.substring(space + 1));
    }

    static PersonName of(@Nullable String first, @Nullable String last) {
        return new PersonName(first, last);
    }

    /// From a form. Throws a 400 that names the field.
    static PersonName from(FormFields form) {
        return of(form.text(FIELD, MAX_LENGTH));
    }

    String whole() {
        return ((first == null ? "" : first) + " " + (last == null ? "" : last)).strip();
    }
}
