package dev.faregate.identity;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/// A person in an organization; `userId` is the person's id.
public record Member(
        String userId,
        String email,
        @Nullable String firstName,
        @Nullable String lastName,
        Role role,
        Instant since) {}
