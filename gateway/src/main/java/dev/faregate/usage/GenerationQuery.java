package dev.faregate.usage;

import dev.faregate.base.Micros;
import dev.faregate.http.QueryParameters;
import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// Which generations of a workspace are asked for; null asks for all.
///
/// @param creator only those of keys that this person made
/// @param since inclusive
/// @param provider a slug
/// @param keyHash the public name of a key, also of a deleted one
/// @param before only those behind this one
public record GenerationQuery(
        String organizationId,
        String workspaceId,
        @Nullable String creator,
        Instant since,
        @Nullable String model,
        @Nullable String provider,
        @Nullable String keyHash,
        @Nullable End end,
        @Nullable Place before) {
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

    /// Where a generation stands in the order by time; `id` tells those of the same microsecond apart.
    public record Place(Instant at, UUID id) {
        public static Place of(Generation generation) {
            return new Place(generation.createdAt(), generation.id());
        }

        /// From the parameter of that name, or null. Throws a 400 that names it.
        public static @Nullable Place find(QueryParameters query, String name) {
            String text = query.find(name);
            if (text == null) {
                return null;
            }
            int dot = text.indexOf('.');
            try {
                if (dot > 0) {
                    return new Place(
                            Micros.toInstant(Long.parseLong(text.substring(0, dot))),
                            UUID.fromString(text.substring(dot + 1)));
                }
            } catch (IllegalArgumentException e) {
                // said below
            }
            throw QueryParameters.wrong(name, "must be taken from the address of an earlier page");
        }

        /// The parameter that [#find] reads.
        public String word() {
            return Micros.of(at) + "." + id;
        }
    }
}
