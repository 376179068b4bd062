package dev.faregate.identity;

import java.time.Instant;

/// A room in an organization, with its own keys and budgets.
public record Workspace(String id, String organizationId, String slug, String name, Instant createdAt) {}
