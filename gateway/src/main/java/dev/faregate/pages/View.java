package dev.faregate.pages;

import dev.faregate.identity.Session;
import org.jspecify.annotations.Nullable;

/// What the layout of every page needs to know. `section` marks an entry of the navigation; `csrf` stands in every
/// form;
/// `theme` is `light`, `dark` or `auto`; `notice` tells once what the last action did.
public record View(
        String title,
        String section,
        @Nullable Session session,
        String csrf,
        String theme,
        @Nullable Notice notice) {

    /// A line at the top of a page. `kind` is `success`, `info`, `warning` or `danger`.
    public record Notice(String kind, String text) {}

    /// The address of an asset, with its version.
    public String asset(String name) {
        return Assets.address(name);
    }
}
