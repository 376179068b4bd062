package dev.faregate.handbook;

import java.util.List;

/// Topics that are listed together under a name.
public record Part(String name, List<Topic> topics) {
    public Part {
        topics = List.copyOf(topics);
    }
}
