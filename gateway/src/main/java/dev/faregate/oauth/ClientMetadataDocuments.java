package dev.faregate.oauth;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.Expiry;
import dev.faregate.base.ApiException;
import dev.faregate.base.Json;
import java.net.URI;
import java.net.URISyntaxException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/// Clients that nobody registers: their id is the https address of a document that describes them
/// (OAuth Client ID Metadata Document, as MCP clients use it). The address is set by whoever asks, so
/// it is fetched as every address of a user: never into our own network, no redirect followed, bounded
/// in size and time, and not often. Safe to share between threads; blocks.
final class ClientMetadataDocuments implements Clients.Source {
    /// Gets a document from an address that a user set, with all that guards such a call.
    @FunctionalInterface
    interface Fetcher {
        Fetched fetch(URI url, int maxBytes, Duration timeout);
    }

    /// What came; `problem` is null for an answer.
    record Fetched(
            int status,
            @Nullable String contentType,
            @Nullable String cacheControl,
            byte[] body,
            @Nullable String problem) {}

    /// Twice what the draft recommends.
    static final int MAX_BYTES = 10 * 1024;

    static final Duration TIMEOUT = Duration.ofSeconds(5);
    static final Duration SHORTEST = Duration.ofSeconds(30);
    static final Duration USUAL = Duration.ofMinutes(5);
    static final Duration LONGEST = Duration.ofHours(24);
    static final int PER_HOST_AND_MINUTE = 20;
    private static final int MAX_KNOWN = 1_000;
    private static final int MAX_AT_ONCE = 16;
    private static final String BAD = "invalid_client";
    private static final Pattern MAX_AGE = Pattern.compile("(?:^|[,\\s])max-age=\"?([0-9]{1,9})");
    private static final Pattern JSON_TYPE = Pattern.compile("application/([a-z0-9.+-]+\\+)?json\\s*(;.*)?");

    /// A client, or why there is none; good for that time.
    private record Known(
            @Nullable OAuthClient client, @Nullable String problem, Duration time) {}

    private final Fetcher fetcher;
    private final InstantSource clock;
    private final Attempts attempts;
    private final Semaphore slots = new Semaphore(MAX_AT_ONCE);
    private final Cache<String, Known> known;

    ClientMetadataDocuments(Fetcher fetcher, InstantSource clock) {
        this.fetcher = fetcher;
        this.clock = clock;
        this.attempts = new Attempts(PER_HOST_AND_MINUTE, Duration.ofMinutes(1), clock);
        this.known = Caffeine.newBuilder()
                .maximumSize(MAX_KNOWN)
                .expireAfter(Expiry.<String, Known>writing((_, document) -> document.time()))
                .ticker(() -> Math.multiplyExact(clock.millis(), 1_000_000L))
                .build();
    }

    @Override
    public Optional<OAuthClient> find(String address) {
        Known found = known.getIfPresent(address);
        if (found == null) {
            found = fetch(address);
            known.put(address, found);
        }
        if (found.client() == null) {
            throw new OAuthException(BAD, String.valueOf(found.problem()));
        }
        return Optional.of(found.client());
    }

    private Known fetch(String address) {
        URI url;
        try {
            url = address(address);
        } catch (OAuthException e) {
            return new Known(null, e.description(), SHORTEST);
        }
        if (!attempts.take(url.getHost().toLowerCase(Locale.ROOT)) || !slots.tryAcquire()) {
            // Not remembered: somebody else's haste is nobody's fault.
            throw new OAuthException("temporarily_unavailable", "Too many client documents are asked for; try again");
        }
        Fetched fetched;
        try {
            fetched = fetcher.fetch(url, MAX_BYTES, TIMEOUT);
        } finally {
            slots.release();
        }
        try {
            return new Known(read(address, fetched), null, lifetime(fetched.cacheControl()));
        } catch (OAuthException e) {
            return new Known(null, e.description(), SHORTEST);
        }
    }

    /// "Client identifier URLs MUST have an https scheme, MUST contain a path component, MUST NOT
    /// contain single-dot or double-dot path segments, MUST NOT contain a fragment component and MUST
    /// NOT contain a username or password." A query, which SHOULD NOT be there, is refused too: it
    /// would make endless addresses of one document.
    static URI address(String text) {
        try {
            URI url = new URI(text);
            String path = url.getRawPath() == null ? "" : url.getRawPath();
            boolean dots = List.of(path.split("/")).stream()
                    .map(segment -> segment.replaceAll("(?i)%2e", "."))
                    .anyMatch(segment -> segment.equals(".") || segment.equals(".."));
            if ("https".equals(url.getScheme())
                    && url.getHost() != null
                    && url.getRawUserInfo() == null
                    && url.getRawFragment() == null
                    && url.getRawQuery() == null
                    && path.length() > 1
                    && !dots) {
                return url;
            }
        } catch (URISyntaxException e) {
            // said below
        }
        throw new OAuthException(
                BAD,
                "a client_id that is an address must be an https URL with a path, without query, fragment, user and"
                        + " dots as path segments");
    }

    private OAuthClient read(String address, Fetched fetched) {
        if (fetched.problem() != null) {
            throw new OAuthException(BAD, "the document of the client could not be read: " + fetched.problem());
        }
        if (fetched.status() != 200) {
            throw new OAuthException(
                    BAD, "the address of the client answers " + fetched.status() + "; it must be 200, not a redirect");
        }
        String type = fetched.contentType() == null ? "" : fetched.contentType().toLowerCase(Locale.ROOT);
        if (!JSON_TYPE.matcher(type).matches()) {
            throw new OAuthException(BAD, "the document of the client is not JSON");
        }
        ObjectNode fields;
        try {
            fields = Json.readObject(fetched.body());
        } catch (ApiException e) {
            throw new OAuthException(BAD, "the document of the client is not a JSON object");
        }
        return client(address, fields);
    }

    private OAuthClient client(String address, ObjectNode fields) {
        // "The client_id value in the document MUST match the URL of the document using simple string comparison."
        if (!address.equals(RegistrationFields.text(fields, "client_id"))) {
            throw new OAuthException(BAD, "client_id in the document is not the address of the document");
        }
        if (RegistrationFields.text(fields, "client_name") == null) {
            throw new OAuthException(BAD, "client_name is missing in the document");
        }
        if (fields.has("client_secret") || fields.has("client_secret_expires_at")) {
            throw new OAuthException(BAD, "a public document must hold no secret");
        }
        RegistrationFields said = RegistrationFields.of(fields, OAuthClient.AuthMethod.NONE);
        if (said.authMethod() != OAuthClient.AuthMethod.NONE) {
            throw new OAuthException(BAD, "token_endpoint_auth_method must be none: such a client has no secret");
        }
        return new OAuthClient(
                address,
                null,
                null,
                OAuthClient.Origin.DOCUMENT,
                said.name(),
                said.clientUri(),
                said.redirectUris(),
                OAuthClient.AuthMethod.NONE,
                null,
                said.grantTypes(),
                said.scope(),
                clock.instant(),
                null,
                null,
                null);
    }

    /// How long an answer is good (RFC 9111), within our bounds.
    static Duration lifetime(@Nullable String cacheControl) {
        String said = cacheControl == null ? "" : cacheControl.toLowerCase(Locale.ROOT);
        if (said.contains("no-store") || said.contains("no-cache")) {
            return SHORTEST;
        }
        Matcher age = MAX_AGE.matcher(said);
        Duration wanted = age.find() ? Duration.ofSeconds(Long.parseLong(age.group(1))) : USUAL;
        return wanted.compareTo(SHORTEST) < 0 ? SHORTEST : wanted.compareTo(LONGEST) > 0 ? LONGEST : wanted;
    }
}
