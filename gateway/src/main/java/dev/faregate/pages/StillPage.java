package dev.faregate.pages;

import java.util.Map;

/// A page that is the same for everybody who looks at it: made of a template and of `values`, its parameters besides
/// `view`, without a session, a form or a notice.
public record StillPage(String template, String title, Map<String, ?> values) {
    public StillPage {
        values = Map.copyOf(values);
    }
}
