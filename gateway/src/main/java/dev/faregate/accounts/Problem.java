package dev.faregate.accounts;

import dev.faregate.base.ApiError;
import dev.faregate.base.ApiException;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// What is wrong with a form: told beside the field, or above the form where no one field is to blame.
public record Problem(@Nullable String field, String text) {
    static Problem at(String field, String text) {
        return new Problem(field, text);
    }

    static Problem of(String text) {
        return new Problem(null, text);
    }

    /// The problem that reading a field found. Throws what is not the person's to mend.
    static Problem of(ApiException failure) {
        return switch (failure.error()) {
            case ApiError.BadRequest bad -> new Problem(bad.param(), sentence(bad.message()));
            case ApiError.Unprocessable bad -> new Problem(bad.param(), sentence(bad.message()));
            case ApiError.Conflict conflict -> new Problem(null, sentence(conflict.message()));
            default -> throw failure;
        };
    }

    /// What stands beside this field.
    public @Nullable String at(String name) {
        return name.equals(field) ? text : null;
    }

    /// Field readers speak to programs: "`name` is required and must not be empty."
    private static String sentence(String text) {
        String bare = text.startsWith("`") && text.indexOf("` ") > 0 ? text.substring(text.indexOf("` ") + 2) : text;
        if (bare.startsWith("is required")) {
            return "Fill this in.";
        }
        String upper = bare.substring(0, 1).toUpperCase(Locale.ROOT) + bare.substring(1);
        return upper.endsWith(".") ? upper : upper + ".";
    }
}
