package dev.faregate.pages;

import java.util.Map;

/// The pictures of the pages: each one line, drawn in a square of 24 with round ends. They stand in the page itself, so
/// nothing is loaded for them and nothing jumps.
public final class Icons {
    private static final Map<String, String> PATHS = Map.ofEntries(
            Map.entry("activity", "M3.5 12.5h4l3-8 4.5 15 2.5-7h3"),
            Map.entry(
                    "alert",
                    "M12 8.5v4.5M12 16.5v.01M10.3 4.2 2.9 17a2 2 0 0 0 1.7 3h14.8a2 2 0 0 0 1.7-3L13.7 4.2a2 2 0 0 0-3.4 0Z"),
            Map.entry("back", "M15 5l-7 7 7 7"),
            Map.entry("bell", "M6 16V11a6 6 0 1 1 12 0v5l1.5 2h-15ZM10 20.5h4"),
            Map.entry(
                    "book",
                    "M5 5.5A2.5 2.5 0 0 1 7.5 3H19v15H7.5A2.5 2.5 0 0 0 5 20.5ZM5 20.5A2.5 2.5 0 0 0 7.5 21H19v-3M9 7.5h6"),
            Map.entry("chat", "M4 5.5h16v11h-9l-4.5 4v-4H4ZM8 9.5h8M8 12.5h5"),
            Map.entry("chart", "M4 20h16M6.5 16v-5M12 16V5M17.5 16V9"),
            Map.entry("check", "M5 12.5l4.5 4.5L19 7.5"),
            Map.entry("clock", "M12 3.5a8.5 8.5 0 1 0 0 17 8.5 8.5 0 0 0 0-17ZM12 7.5V12l3 2"),
            Map.entry("close", "M6 6l12 12M18 6L6 18"),
            Map.entry("copy", "M9 9h10v11H9ZM5 15H4V4h10v1"),
            Map.entry("cube", "M12 3l8 4.5v9L12 21l-8-4.5v-9ZM4 7.5l8 4.5 8-4.5M12 12v9"),
            Map.entry("device", "M3.5 5h17v11h-17ZM9 20h6M12 16v4"),
            Map.entry("dot", "M12 11.5v1M11.5 12h1"),
            Map.entry("dots", "M5.5 12v.01M12 12v.01M18.5 12v.01"),
            Map.entry("down", "M6 9.5l6 6 6-6"),
            Map.entry("edit", "M4 20l1-4.5L15.5 5a2 2 0 0 1 2.9 0l.6.6a2 2 0 0 1 0 2.9L8.5 19ZM14 6.5l3.5 3.5"),
            Map.entry(
                    "eye",
                    "M2.5 12S6 5.5 12 5.5 21.5 12 21.5 12 18 18.5 12 18.5 2.5 12 2.5 12ZM12 9a3 3 0 1 0 0 6 3 3 0 0 0 0-6Z"),
            Map.entry("filter", "M4 6h16M7 12h10M10 18h4"),
            Map.entry("home", "M4 11l8-7 8 7M6 9.5V20h12V9.5M10 20v-6h4v6"),
            Map.entry("info", "M12 3.5a8.5 8.5 0 1 0 0 17 8.5 8.5 0 0 0 0-17ZM12 11v5M12 8v.01"),
            Map.entry(
                    "key",
                    "M14.5 3.5a6 6 0 0 0-5.7 7.8L3.5 16.6v3.9h4v-2.5H10v-2.5h1.5l.7-.7A6 6 0 1 0 14.5 3.5ZM16 8v.01"),
            Map.entry(
                    "link",
                    "M10 14a4 4 0 0 0 5.7 0l3.1-3.1a4 4 0 0 0-5.7-5.7L12 6.3M14 10a4 4 0 0 0-5.7 0l-3.1 3.1a4 4 0 0 0 5.7 5.7l1.1-1.1"),
            Map.entry("mail", "M3.5 5.5h17v13h-17ZM4 6.5l8 6.5 8-6.5"),
            Map.entry("menu", "M4 7h16M4 12h16M4 17h16"),
            Map.entry("moon", "M20 14.2A8.5 8.5 0 1 1 9.8 4a6.8 6.8 0 0 0 10.2 10.2Z"),
            Map.entry("next", "M9 5l7 7-7 7"),
            Map.entry("out", "M14 4H5v16h9M10 12h10.5M17 8.5l3.5 3.5-3.5 3.5"),
            Map.entry("outside", "M10 5H5v14h14v-5M14 4h6v6M20 4l-9 9"),
            Map.entry(
                    "passkey",
                    "M10 4a4 4 0 1 0 0 8 4 4 0 0 0 0-8ZM3 20c0-3.5 3-5.5 7-5.5 1 0 2 .1 2.8.4M18 12.5a2.5 2.5 0 0 0-1 4.8V21l1 .8 1-1V19l.8-.8-.8-.9a2.5 2.5 0 0 0-1-4.8Z"),
            Map.entry("pause", "M8.5 5.5v13M15.5 5.5v13"),
            Map.entry(
                    "people",
                    "M9 4.5a3.5 3.5 0 1 0 0 7 3.5 3.5 0 0 0 0-7ZM2.5 20c0-3.5 2.7-5.5 6.5-5.5s6.5 2 6.5 5.5M16 5a3.3 3.3 0 0 1 0 6.3M18 14.8c2.2.7 3.5 2.4 3.5 5.2"),
            Map.entry("person", "M12 4a4 4 0 1 0 0 8 4 4 0 0 0 0-8ZM4.5 20.5c0-3.7 3-6 7.5-6s7.5 2.3 7.5 6"),
            Map.entry("play", "M7.5 5l11 7-11 7Z"),
            Map.entry("plug", "M9 3v5M15 3v5M6 8h12v3.5a6 6 0 0 1-12 0ZM12 17.5V21"),
            Map.entry("plus", "M12 5v14M5 12h14"),
            Map.entry(
                    "rotate",
                    "M19.5 12a7.5 7.5 0 0 1-13.3 4.8M4.5 12a7.5 7.5 0 0 1 13.3-4.8M18.5 3v4.5H14M5.5 21v-4.5H10"),
            Map.entry("send", "M20.5 3.5 3.5 10l6.5 4 4 6.5 6.5-17ZM10 14l10.5-10.5"),
            Map.entry("search", "M10.5 4a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13ZM15.5 15.5L20.5 20.5"),
            Map.entry("server", "M4 4.5h16v6H4ZM4 13.5h16v6H4ZM7.5 7.5v.01M7.5 16.5v.01"),
            Map.entry("shield", "M12 3l7.5 2.5V12c0 4.5-3 7.5-7.5 9-4.5-1.5-7.5-4.5-7.5-9V5.5ZM9 12l2.2 2.2L15.2 10"),
            Map.entry("sliders", "M4 7h8M16 7h4M14 5v4M4 12h3M11 12h9M9 10v4M4 17h9M17 17h3M15 15v4"),
            Map.entry("sso", "M10 4h9v16h-9M3.5 12H14M10.5 8.5L14 12l-3.5 3.5"),
            Map.entry(
                    "sun",
                    "M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8ZM12 2.5v2M12 19.5v2M2.5 12h2M19.5 12h2M5.3 5.3l1.4 1.4M17.3 17.3l1.4 1.4M5.3 18.7l1.4-1.4M17.3 6.7l1.4-1.4"),
            Map.entry("terminal", "M3.5 4.5h17v15h-17ZM7 9l3 3-3 3M12.5 15H17"),
            Map.entry("trash", "M4 6.5h16M9 6.5V4h6v2.5M6 6.5l1 14h10l1-14M10 10.5v6M14 10.5v6"),
            Map.entry("updown", "M8 9.5L12 5.5l4 4M8 14.5l4 4 4-4"),
            Map.entry("wallet", "M3.5 7.5v11.5h17V7.5ZM3.5 7.5L16 4v3.5M16 13.2v.01"),
            Map.entry("window", "M3.5 4.5h17v15h-17ZM3.5 9h17M6.5 6.8v.01M9 6.8v.01"),
            Map.entry("workspace", "M12 3.5l8.5 4.5L12 12.5 3.5 8ZM3.5 12l8.5 4.5 8.5-4.5M3.5 16l8.5 4.5 8.5-4.5"));

    private Icons() {}

    /// The line of a picture. A name that there is not is a bug in a template.
    public static String path(String name) {
        String path = PATHS.get(name);
        if (path == null) {
            throw new IllegalArgumentException("no such icon: " + name);
        }
        return path;
    }

    /// The picture of a kind of notice.
    public static String ofNotice(String kind) {
        return switch (kind) {
            case "success" -> "check";
            case "warning", "danger" -> "alert";
            default -> "info";
        };
    }
}
