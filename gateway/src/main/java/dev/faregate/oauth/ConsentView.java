package dev.faregate.oauth;

import dev.faregate.pages.View;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What the consent page shows. `place` is where the answer goes, null for a code that the person carries
/// over; `rights` are sentences; `problemField` is the name of the field that `problem` is about. The last
/// five are what was typed.
public record ConsentView(
        String app,
        @Nullable String place,
        boolean local,
        boolean selfRegistered,
        boolean replaces,
        @Nullable String userCode,
        List<String> rights,
        @Nullable String cannot,
        String person,
        String organization,
        List<Choice> workspaces,
        List<Choice> resets,
        List<Choice> ends,
        @Nullable String problemField,
        @Nullable String problem,
        String name,
        String limit,
        String reset,
        String end,
        String workspace) {

    /// An entry of a list to choose from.
    public record Choice(String value, String text) {}

    /// The complaint about a field, or null.
    public @Nullable String problemOf(String field) {
        return field.equals(problemField) ? problem : null;
    }

    /// The letter that stands for an app without a picture.
    public String letter() {
        return View.first(app);
    }
}
