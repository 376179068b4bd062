package dev.faregate.identity;

import dev.faregate.base.ApiError;
import dev.faregate.http.Access;
import java.time.Duration;
import java.time.Instant;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// A person who is signed in in one browser, as of this request: role, organization and what workspaces
/// they may look at are read anew each time, so a change applies at once. `authenticatedAt` is when the
/// person last proved who they are. `operator`: they run this server, being an owner of the organization that its first
/// start made; the page of the whole server is theirs alone.
public record Session(
        String id,
        String userId,
        String email,
        @Nullable String firstName,
        @Nullable String lastName,
        String organizationId,
        String organizationName,
        String workspaceId,
        String workspaceName,
        Role role,
        boolean operator,
        Method method,
        boolean secondFactor,
        Instant createdAt,
        Instant authenticatedAt,
        Instant lastSeenAt,
        Instant expiresAt,
        String address,
        @Nullable String userAgent)
        implements Actor {

    /// How long a session lives at most.
    public static final Duration LIFETIME = Duration.ofDays(30);

    /// How long one lives that nobody uses.
    public static final Duration IDLE = Duration.ofDays(7);

    /// How the person signed in.
    public enum Method {
        /// The one-time link of the first start.
        LINK,
        PASSWORD,
        PASSKEY,
        SSO;

        /// The word in the database.
        public String word() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /// The same session with a look at another workspace of the organization.
    Session at(Workspace workspace) {
        return new Session(
                id,
                userId,
                email,
                firstName,
                lastName,
                organizationId,
                organizationName,
                workspace.id(),
                workspace.name(),
                role,
                operator,
                method,
                secondFactor,
                createdAt,
                authenticatedAt,
                lastSeenAt,
                expiresAt,
                address,
                userAgent);
    }

    /// What the person is called on a page.
    public String displayName() {
        String name = ((firstName == null ? "" : firstName) + " " + (lastName == null ? "" : lastName)).strip();
        return name.isEmpty() ? email : name;
    }

    @Override
    public Kind actorKind() {
        return Kind.USER;
    }

    @Override
    public String actorId() {
        return userId;
    }

    /// A session opens pages, never the API: a cookie comes along without the person's doing.
    @Override
    public @Nullable ApiError refusal(Access access) {
        return switch (access) {
            case PUBLIC, SESSION -> null;
            case OPTIONAL_KEY, ANY_KEY, INFERENCE, MANAGEMENT ->
                new ApiError.Forbidden("Send an API key", "key_required", Map.of());
        };
    }
}
