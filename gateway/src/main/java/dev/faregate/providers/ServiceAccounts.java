package dev.faregate.providers;

import dev.faregate.base.ApiException;
import dev.faregate.base.Json;
import dev.faregate.base.Secret;
import dev.faregate.byok.GoogleAccount;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import tools.jackson.databind.JsonNode;

/// Gets access tokens for service accounts of Google Cloud (RFC 7523; "Using OAuth 2.0 for Server to Server
/// Applications"). Safe to share between threads.
public final class ServiceAccounts {
    static final Duration TIMEOUT = Duration.ofSeconds(10);

    private static final int MAX_BYTES = 64 * 1024;
    private static final int MAX_TOKEN = 8_192;
    private static final long MOST_SECONDS = 24 * 3_600;
    private static final String GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer";

    /// Hosts that key files of any age name.
    private static final Set<String> GOOGLES =
            Set.of("oauth2.googleapis.com", "accounts.google.com", "www.googleapis.com");

    /// The words of errors, RFC 6749 section 5.2.
    private static final Pattern WORD = Pattern.compile("[a-z_]{1,40}");

    /// Those that say nothing about the account.
    private static final Set<String> PASSING =
            Set.of("temporarily_unavailable", "server_error", "internal_failure", "backend_error");

    private final Outbound outbound;
    private final Set<String> allowedHosts;
    private final InstantSource clock;

    /// `allowedHosts` are those that the [EgressGuard] lets pass.
    public ServiceAccounts(Outbound outbound, Set<String> allowedHosts, InstantSource clock) {
        this.outbound = outbound;
        this.allowedHosts = Set.copyOf(allowedHosts);
        this.clock = clock;
    }

    /// Tokens of the operator's account, whose token address is trusted. `whose` names it in the log.
    AccessTokens ofOperator(GoogleAccount account, String whose) {
        return new AccessTokens(whose, () -> ask(account, true), clock);
    }

    /// Tokens of a user's account.
    AccessTokens ofUser(GoogleAccount account, String whose) {
        return new AccessTokens(whose, () -> askForUser(account), clock);
    }

    /// Asks for a token of a user's account, which sets the address where that is: only Google's is taken, and hosts
    /// that the operator allows. Blocks.
    AccessTokens.Answer askForUser(GoogleAccount account) {
        URI uri = account.tokenUri();
        String host = uri.getHost().toLowerCase(Locale.ROOT);
        boolean googles = "https".equalsIgnoreCase(uri.getScheme()) && uri.getPort() == -1 && GOOGLES.contains(host);
        return googles || allowedHosts.contains(host)
                ? ask(account, false)
                : new AccessTokens.Answer.Refused("its token_uri is not an address of Google");
    }

    private AccessTokens.Answer ask(GoogleAccount account, boolean trusted) {
        String form = "grant_type=" + URLEncoder.encode(GRANT, StandardCharsets.UTF_8) + "&assertion="
                + account.assertion(clock.instant());
        return switch (outbound.postForm(account.tokenUri(), trusted, form, MAX_BYTES, TIMEOUT)) {
            case Outbound.Fetched.Document answer -> read(answer.status(), answer.body());
            case Outbound.Fetched.Failed(UpstreamFailure.Kind _, String why) -> new AccessTokens.Answer.Failed(why);
        };
    }

    /// What the token endpoint answered. Of its words only those of RFC 6749 are told on.
    static AccessTokens.Answer read(int status, byte[] body) {
        JsonNode answer;
        try {
            answer = Json.read(body);
        } catch (ApiException notJson) {
            return new AccessTokens.Answer.Failed("the token endpoint answered " + status + " and no JSON");
        }
        if (status == 200) {
            return token(answer);
        }
        String word = answer.path("error").asString("");
        boolean refused = (status == 400 || status == 401 || status == 403) && !PASSING.contains(word);
        String said =
                "the token endpoint answered " + status + (WORD.matcher(word).matches() ? " (" + word + ")" : "");
        return refused ? new AccessTokens.Answer.Refused(said) : new AccessTokens.Answer.Failed(said);
    }

    private static AccessTokens.Answer token(JsonNode answer) {
        String text = answer.path("access_token").asString("");
        long seconds = answer.path("expires_in").asLong(0);
        boolean visible = text.chars().allMatch(c -> c > ' ' && c <= '~');
        if (text.isEmpty() || text.length() > MAX_TOKEN || !visible || seconds < 1) {
            return new AccessTokens.Answer.Failed("the token endpoint answered without a token that can be used");
        }
        return new AccessTokens.Answer.Token(Secret.of(text), Duration.ofSeconds(Math.min(seconds, MOST_SECONDS)));
    }
}
