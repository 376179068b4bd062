package dev.faregate.oauth;

import static dev.faregate.storage.tables.Tables.OAUTH_REQUEST;

import dev.faregate.base.ApiError;
import dev.faregate.base.ApiException;
import dev.faregate.base.Micros;
import dev.faregate.base.Secret;
import dev.faregate.base.Tokens;
import dev.faregate.storage.Database;
import java.net.URLDecoder;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Requests for authorization that an app's server lodged before it sends a person here, in the form of RFC
/// 9126. Safe to share between threads; blocks.
final class LodgedRequests {
    static final Duration LIFETIME = Duration.ofMinutes(10);

    /// RFC 9126 section 2.2.
    static final String URN = "urn:ietf:params:oauth:request_uri:";

    /// At once. Anybody may lodge one, so there must be an end.
    static final int MAX_LODGED = 10_000;

    private static final int MAX_LENGTH = 16_000;
    private static final int RETRY_AFTER_SECONDS = 60;

    /// A request just lodged, and its id: the only moment it is known.
    record Lodged(Secret id, Instant expiresAt) {}

    private final Database database;

    LodgedRequests(Database database) {
        this.database = database;
    }

    /// Throws a 503 while there are too many.
    Lodged lodge(String clientId, Map<String, List<String>> parameters) {
        String text = encoded(parameters);
        if (text.length() > MAX_LENGTH) {
            throw OAuthException.invalidRequest("The request is too long");
        }
        Secret id = Tokens.generate();
        return database.write(tx -> {
            long now = Micros.of(tx.now());
            tx.sql()
                    .deleteFrom(OAUTH_REQUEST)
                    .where(OAUTH_REQUEST.EXPIRES_AT.le(now))
                    .execute();
            if (tx.sql().fetchCount(OAUTH_REQUEST) >= MAX_LODGED) {
                throw new ApiException(
                        new ApiError.Unavailable("Too many requests for authorization wait.", RETRY_AFTER_SECONDS));
            }
            Instant end = tx.now().plus(LIFETIME);
            tx.sql()
                    .insertInto(OAUTH_REQUEST)
                    .set(OAUTH_REQUEST.ID_HASH, Tokens.hash(id.reveal()))
                    .set(OAUTH_REQUEST.CLIENT_ID, clientId)
                    .set(OAUTH_REQUEST.PARAMETERS, text)
                    .set(OAUTH_REQUEST.EXPIRES_AT, Micros.of(end))
                    .execute();
            return new Lodged(id, end);
        });
    }

    /// The parameters of a request that this client lodged, while it lasts.
    Optional<Parameters> find(String clientId, String requestUri) {
        if (!requestUri.startsWith(URN)) {
            return Optional.empty();
        }
        String hash = Tokens.hash(requestUri.substring(URN.length()));
        return database.read(tx -> tx.sql()
                .select(OAUTH_REQUEST.PARAMETERS)
                .from(OAUTH_REQUEST)
                .where(OAUTH_REQUEST.ID_HASH.eq(hash))
                .and(OAUTH_REQUEST.CLIENT_ID.eq(clientId))
                .and(OAUTH_REQUEST.EXPIRES_AT.gt(Micros.of(tx.now())))
                .fetchOptional(row -> decoded(row.value1())));
    }

    private static String encoded(Map<String, List<String>> parameters) {
        List<String> pairs = new ArrayList<>();
        parameters.forEach((name, values) ->
                values.forEach(value -> pairs.add(URLEncoder.encode(name, StandardCharsets.UTF_8) + "="
                        + URLEncoder.encode(value, StandardCharsets.UTF_8))));
        return String.join("&", pairs);
    }

    private static Parameters decoded(String text) {
        Map<String, List<String>> values = new LinkedHashMap<>();
        for (String pair : text.split("&")) {
            int equals = pair.indexOf('=');
            values.computeIfAbsent(
                            URLDecoder.decode(pair.substring(0, equals), StandardCharsets.UTF_8),
                            _ -> new ArrayList<>())
                    .add(URLDecoder.decode(pair.substring(equals + 1), StandardCharsets.UTF_8));
        }
        return new Parameters(values);
    }
}
