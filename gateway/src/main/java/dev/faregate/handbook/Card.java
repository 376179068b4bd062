package dev.faregate.handbook;

/// What a page says about itself to search engines and to programs that show a preview of a link (Open Graph, Twitter).
/// `kind` is a type of Open Graph; `url` and `picture` are absolute addresses.
public record Card(String kind, String title, String description, String url, String picture) {}
