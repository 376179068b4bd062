package dev.faregate.http;

import org.jspecify.annotations.Nullable;

/// A whole request as a blocking handler sees it. `principal` is null only on routes that are open to strangers.
public record Request(
        RequestHead head, byte[] body, @Nullable Principal principal) {
    /// The principal, as the kind that this route's access promises.
    public <P extends Principal> P principal(Class<P> kind) {
        if (principal == null) {
            throw new IllegalStateException("this route has no principal");
        }
        return kind.cast(principal);
    }
}
