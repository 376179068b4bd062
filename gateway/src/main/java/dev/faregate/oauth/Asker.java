package dev.faregate.oauth;

import dev.faregate.apps.AppAttribution;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The app that asks for a key: a client, or whoever answers at a callback, or a program without one whose
/// code a person carries over (contract 3.4, headless). `label` is what the program calls its key.
record Asker(
        @Nullable OAuthClient client,
        @Nullable Callback callback,
        @Nullable String label) {

    /// What people are shown. Untrusted, but for an app without registration it is where the answer goes.
    String name() {
        if (client != null) {
            return client.name();
        }
        if (callback != null) {
            return callback.name();
        }
        return label == null ? "A program without an address" : label;
    }

    @Nullable
    String clientId() {
        return client == null ? null : client.clientId();
    }

    /// The app in usage and rankings: its origin where it has one, so that what it says in the headers of
    /// its requests is the same app.
    AppAttribution attribution() {
        return callback != null && (client == null || callback.isWeb())
                ? callback.app()
                : new AppAttribution("http://localhost/", "http://localhost", name(), List.of());
    }
}
