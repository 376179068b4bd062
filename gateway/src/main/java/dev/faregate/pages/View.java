package dev.faregate.pages;

import dev.faregate.identity.Session;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// What the layout of every page needs to know. `section` marks an entry of the navigation; `csrf` stands in every
/// form; `theme` is `light`, `dark` or `auto`; `address` is the path to come back to after a small change such as of
/// the theme; `notice` tells once what the last action did.
public record View(
        String title,
        String section,
        @Nullable Session session,
        String csrf,
        String theme,
        String address,
        @Nullable Notice notice) {
    /// What may be chosen, in this order.
    public static final List<String> THEMES = List.of("light", "dark", "auto");

    /// A line at the top of a page. `kind` is `success`, `info`, `warning` or `danger`.
    public record Notice(String kind, String text) {}

    /// The address of an asset, with its version.
    public String asset(String name) {
        return Assets.address(name);
    }

    public String themeIcon() {
        return themeIcon(theme);
    }

    public static String themeIcon(String theme) {
        return switch (theme) {
            case "light" -> "sun";
            case "dark" -> "moon";
            default -> "device";
        };
    }

    public static String themeName(String theme) {
        return switch (theme) {
            case "light" -> "Light";
            case "dark" -> "Dark";
            default -> "System";
        };
    }

    /// One letter for the workspace.
    public String initial() {
        return session == null ? "" : first(session.workspaceName());
    }

    /// One or two letters for the person.
    public String initials() {
        if (session == null) {
            return "";
        }
        String last = session.lastName();
        String name = session.displayName();
        return first(name) + (last == null || last.isBlank() || name.equals(last.strip()) ? "" : first(last.strip()));
    }

    /// The letter that stands for a name: its first letter or figure, or whatever it begins with.
    public static String first(String name) {
        int first = name.codePoints()
                .filter(Character::isLetterOrDigit)
                .findFirst()
                .orElseGet(() -> name.isEmpty() ? ' ' : name.codePointAt(0));
        return Character.toString(first).strip().toUpperCase(Locale.ROOT);
    }
}
