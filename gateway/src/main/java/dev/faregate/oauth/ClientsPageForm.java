package dev.faregate.oauth;

import dev.faregate.http.FormFields;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What was typed to register a client, for the form to show again, and what is wrong with it.
public record ClientsPageForm(
        String name,
        String redirectUris,
        boolean isPublic,
        boolean device,
        boolean readOnly,
        @Nullable String problemField,
        @Nullable String problem) {
    static final ClientsPageForm EMPTY = new ClientsPageForm("", "", false, false, false, null, null);
    private static final int MAX_SHOWN = 22_000;

    static ClientsPageForm of(FormFields form) {
        return new ClientsPageForm(
                said(form, "name"),
                said(form, "redirect_uris"),
                said(form, "kind").equals("public"),
                said(form, "device").equals("on"),
                said(form, "scope").equals("read"),
                null,
                null);
    }

    ClientsPageForm with(String field, String complaint) {
        return new ClientsPageForm(name, redirectUris, isPublic, device, readOnly, field, complaint);
    }

    /// The complaint about a field, or null.
    public @Nullable String problemOf(String field) {
        return field.equals(problemField) ? problem : null;
    }

    private static String said(FormFields form, String name) {
        List<String> all = form.raw(name);
        return all.size() == 1
                ? all.getFirst().substring(0, Math.min(all.getFirst().length(), MAX_SHOWN))
                : "";
    }
}
