package dev.faregate.identity;

import dev.faregate.http.Principal;
import org.jspecify.annotations.Nullable;

/// Whoever acts for an organization, as management needs to know it: what it may touch, and what the audit
/// log calls it.
public interface Actor extends Principal {
    /// What kinds of actors the audit log knows.
    enum Kind {
        KEY("key"),
        USER("user"),
        OPERATOR("operator");

        private final String word;

        Kind(String word) {
            this.word = word;
        }

        /// The word in the database and on the wire.
        public String word() {
            return word;
        }
    }

    /// The only organization whose records it may see or touch; those of others do not exist for it.
    String organizationId();

    /// The workspace it belongs to.
    String workspaceId();

    Kind actorKind();

    /// The id of the key or of the user; null for the operator on the machine.
    @Nullable
    String actorId();

    /// The user it acts for, if it is known.
    @Nullable
    String userId();

    /// Whether model lists show it only what it may use: a setting of its organization.
    default boolean seesOnlyUsableModels() {
        return false;
    }
}
