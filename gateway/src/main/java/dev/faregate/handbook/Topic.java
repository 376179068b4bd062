package dev.faregate.handbook;

import java.util.List;

/// One topic of the documentation, ready to be shown. `description` is the beginning of its text, for search
/// engines and previews; `markdown` its text as it is written, but with links that lead somewhere here; `html`
/// the same as a part of a page, with its only `h1`; `sections` are its `h2`.
public record Topic(
        String name, String title, String description, String markdown, String html, List<Section> sections) {
    /// A heading that can be linked to by its `id`.
    public record Section(String id, String title) {}

    public Topic {
        sections = List.copyOf(sections);
    }

    public String address() {
        return Contents.address(name);
    }

    public String twin() {
        return Contents.twin(name);
    }
}
