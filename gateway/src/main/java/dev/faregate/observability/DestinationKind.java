package dev.faregate.observability;

import java.util.List;

/// A type of destination, for a form to ask about.
///
/// @param isDelivered false for a type that is kept and gets nothing
/// @param takesHeaders true when `headers` of its configuration are sent with every call
public record DestinationKind(String word, boolean isDelivered, boolean takesHeaders, List<Field> fields) {
    /// A field of its configuration; `words` are what it can be, empty for any text.
    public record Field(String name, boolean isSecret, boolean isRequired, List<String> words) {}
}
