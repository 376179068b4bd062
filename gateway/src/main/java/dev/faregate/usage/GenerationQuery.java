package dev.faregate.usage;

import dev.faregate.http.QueryParameters;
import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// Which generations are asked for; null asks for all.
///
/// @param creator only those of keys that this person made
/// @param since inclusive
/// @param provider a slug
/// @param keyHash the public name of a key, also of a deleted one
/// @param before only those behind the one of this id
public record GenerationQuery(
        String organizationId,
        @Nullable String workspaceId,
        @Nullable String creator,
        Instant since,
        @Nullable String model,
        @Nullable String provider,
        @Nullable String keyHash,
        @Nullable End end,
        @Nullable UUID before) {
    /// How a generation ended.
    public enum End {
        OK,
        ERROR,
        CANCELLED;

        public static End of(Generation.Outcome outcome) {
            if (outcome.cancelled()) {
                return CANCELLED;
            }
            return outcome.status() >= FIRST_ERROR || outcome.errorType() != null ? ERROR : OK;
        }
    }

    /// The lowest HTTP status of a failure.
    static final int FIRST_ERROR = 400;

    /// The part of it from `begin` on, before the generation of that id.
    GenerationQuery between(Instant begin, @Nullable UUID end) {
        return new GenerationQuery(
                organizationId, workspaceId, creator, begin, model, provider, keyHash, this.end, end);
    }

    /// The id of a generation from the parameter of that name, or null. Throws a 400 that names it.
    public static @Nullable UUID findId(QueryParameters query, String name) {
        String text = query.find(name);
        return text == null
                ? null
                : WireIds.parse(text).orElseThrow(() -> QueryParameters.wrong(name, "must be the id of a generation"));
    }
}
