package dev.faregate.leaks;

import dev.faregate.base.ApiError;
import dev.faregate.base.ApiException;
import dev.faregate.base.Json;
import dev.faregate.providers.Outbound;
import java.net.URI;
import java.security.PublicKey;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;

/// The public keys of a service that signs its reports, by their identifiers: asked for when they are needed,
/// kept for a while, and asked for again when an unknown one is named, but not more often than once a minute,
/// so that a forger cannot make us a burden to that service. Safe to share between threads; blocks while it
/// asks.
final class SigningKeys {
    /// Keys as they were at a time; none were there when asking failed.
    private record Known(Map<String, PublicKey> keys, boolean answered, Instant at) {}

    private static final Logger LOG = LoggerFactory.getLogger(SigningKeys.class);

    static final Duration KEPT = Duration.ofMinutes(30);
    static final Duration ASKED_AGAIN = Duration.ofMinutes(1);
    private static final Duration TIMEOUT = Duration.ofSeconds(10);
    private static final int MAX_BYTES = 256 * 1024;
    private static final int MAX_KEYS = 100;

    private final String name;
    private final Supplier<Outbound.Fetched> ask;
    private final InstantSource clock;
    private @Nullable Known known;

    SigningKeys(String name, Outbound outbound, URI url, InstantSource clock) {
        this(name, () -> outbound.fetchTrusted(url, MAX_BYTES, TIMEOUT), clock);
    }

    SigningKeys(String name, Supplier<Outbound.Fetched> ask, InstantSource clock) {
        this.name = name;
        this.ask = ask;
        this.clock = clock;
    }

    /// The key of that identifier; empty when the service has none like that. Throws a 503 when the service
    /// cannot be asked, so that it sends its report again.
    synchronized Optional<PublicKey> find(String identifier) {
        Instant now = clock.instant();
        Known before = known;
        boolean old = before == null || !now.isBefore(before.at().plus(KEPT));
        boolean missing = before == null || !before.keys().containsKey(identifier);
        boolean may = before == null || !now.isBefore(before.at().plus(ASKED_AGAIN));
        if (may && (old || missing)) {
            known = asked(before, now);
        }
        Known after = known;
        PublicKey key = after == null ? null : after.keys().get(identifier);
        if (key == null && (after == null || !after.answered())) {
            throw new ApiException(new ApiError.Unavailable(
                    "The signing keys of " + name + " cannot be read now. Please send this again.",
                    (int) ASKED_AGAIN.toSeconds()));
        }
        return Optional.ofNullable(key);
    }

    private Known asked(@Nullable Known before, Instant now) {
        Map<String, PublicKey> keys = before == null ? Map.of() : before.keys();
        return switch (ask.get()) {
            case Outbound.Fetched.Document document
            when document.status() == 200 -> new Known(read(document.body(), keys), true, now);
            case Outbound.Fetched.Document document -> {
                LOG.warn("the signing keys of {} were answered with status {}", name, document.status());
                yield new Known(keys, false, now);
            }
            case Outbound.Fetched.Failed failed -> {
                LOG.warn("the signing keys of {} could not be read: {}", name, failed.why());
                yield new Known(keys, false, now);
            }
        };
    }

    /// `{"public_keys": [{"key_identifier": …, "key": PEM}]}`; the current key and former ones alike, since a
    /// report may be under way while they change.
    private Map<String, PublicKey> read(byte[] body, Map<String, PublicKey> before) {
        try {
            Map<String, PublicKey> keys = new HashMap<>();
            for (JsonNode node : Json.readObject(body).path("public_keys")) {
                Optional<PublicKey> key = Signatures.key(node.path("key").asString(""));
                if (key.isPresent() && keys.size() < MAX_KEYS) {
                    keys.put(node.path("key_identifier").asString(""), key.get());
                }
            }
            return Map.copyOf(keys);
        } catch (ApiException e) {
            LOG.warn("the signing keys of {} are not in the form that is known", name);
            return before;
        }
    }
}
