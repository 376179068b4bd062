package dev.faregate.accounts;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.proc.BadJOSEException;
import com.nimbusds.jwt.SignedJWT;
import com.nimbusds.oauth2.sdk.ParseException;
import com.nimbusds.oauth2.sdk.ResponseType;
import com.nimbusds.oauth2.sdk.Scope;
import com.nimbusds.oauth2.sdk.auth.ClientAuthenticationMethod;
import com.nimbusds.oauth2.sdk.id.ClientID;
import com.nimbusds.oauth2.sdk.id.Issuer;
import com.nimbusds.oauth2.sdk.id.State;
import com.nimbusds.oauth2.sdk.pkce.CodeChallengeMethod;
import com.nimbusds.oauth2.sdk.pkce.CodeVerifier;
import com.nimbusds.openid.connect.sdk.AuthenticationRequest;
import com.nimbusds.openid.connect.sdk.Nonce;
import com.nimbusds.openid.connect.sdk.claims.IDTokenClaimsSet;
import com.nimbusds.openid.connect.sdk.op.OIDCProviderMetadata;
import com.nimbusds.openid.connect.sdk.validators.IDTokenValidator;
import dev.faregate.base.ApiException;
import dev.faregate.base.Json;
import dev.faregate.base.Secret;
import dev.faregate.base.Sha256;
import dev.faregate.providers.Outbound;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// Speaks to an identity provider: OpenID Connect Discovery 1.0, the code flow of OpenID Connect Core 1.0 section 3.1,
/// with PKCE (RFC 7636). Everything is read anew for each sign-in: those are few, and nothing that one provider said
/// can be taken for another's. Safe to share; blocks.
final class SsoProvider {
    private static final Logger LOG = LoggerFactory.getLogger(SsoProvider.class);
    private static final Duration TIMEOUT = Duration.ofSeconds(10);
    private static final int MAX_DOCUMENT = 512 * 1024;
    private static final int OK = 200;
    private static final int MAX_GROUPS = 1_000;

    /// Only what a provider signs with a key of its own. A secret that both sides know is no signature, and `none` is
    /// none (RFC 8725 section 3.1).
    private static final Set<JWSAlgorithm> ALGORITHMS = Set.of(
            JWSAlgorithm.RS256,
            JWSAlgorithm.RS384,
            JWSAlgorithm.RS512,
            JWSAlgorithm.PS256,
            JWSAlgorithm.PS384,
            JWSAlgorithm.PS512,
            JWSAlgorithm.ES256,
            JWSAlgorithm.ES384,
            JWSAlgorithm.ES512);

    /// Who somebody is, as the provider says it. `email` is null unless it was verified.
    record Claims(
            String subject,
            @Nullable String email,
            @Nullable String givenName,
            @Nullable String familyName,
            List<String> groups) {}

    private final Outbound outbound;
    private final Set<String> plainHosts;

    /// `plainHosts` may be reached without TLS: the operator allows them.
    SsoProvider(Outbound outbound, Set<String> plainHosts) {
        this.outbound = outbound;
        this.plainHosts = Set.copyOf(plainHosts);
    }

    /// What only the browser that began can know, for each use another text. State and nonce go through the provider;
    /// none of them tells the token.
    static String derived(String use, String token) {
        return Sha256.base64Url("sso " + use + " " + token);
    }

    /// What the provider publishes about itself (Discovery section 4).
    OIDCProviderMetadata discover(String issuer) throws SsoFailure {
        String base = issuer.endsWith("/") ? issuer.substring(0, issuer.length() - 1) : issuer;
        byte[] document = get(uri(base + "/.well-known/openid-configuration"), Map.of());
        try {
            OIDCProviderMetadata metadata = OIDCProviderMetadata.parse(new String(document, StandardCharsets.UTF_8));
            // Discovery section 4.3: the issuer MUST be exactly the one that the document was asked for.
            if (!metadata.getIssuer().getValue().equals(issuer)) {
                throw new SsoFailure("The document at that address says that it is of another issuer.");
            }
            if (metadata.getAuthorizationEndpointURI() == null
                    || metadata.getTokenEndpointURI() == null
                    || metadata.getJWKSetURI() == null) {
                throw new SsoFailure("The provider does not say where sign-ins, tokens and keys are.");
            }
            safe(metadata.getAuthorizationEndpointURI());
            safe(metadata.getTokenEndpointURI());
            safe(metadata.getJWKSetURI());
            return metadata;
        } catch (ParseException e) {
            throw new SsoFailure("What is at that address is not an OpenID Connect provider's document.");
        }
    }

    /// Where the browser is sent to (Core section 3.1.2.1).
    URI request(OIDCProviderMetadata metadata, SsoIssuer issuer, URI callback, String token) {
        Scope scope = new Scope("openid", "email", "profile");
        if (metadata.getScopes() != null && metadata.getScopes().contains("groups")) {
            scope.add("groups");
        }
        return new AuthenticationRequest.Builder(
                        new ResponseType(ResponseType.Value.CODE), scope, new ClientID(issuer.clientId()), callback)
                .endpointURI(metadata.getAuthorizationEndpointURI())
                .state(new State(derived("state", token)))
                .nonce(new Nonce(derived("nonce", token)))
                .codeChallenge(new CodeVerifier(derived("verifier", token)), CodeChallengeMethod.S256)
                .build()
                .toURI();
    }

    /// RFC 9207 section 2.4: what names its issuer must name the right one; a provider that says it does, must.
    void checkIssuer(OIDCProviderMetadata metadata, SsoIssuer issuer, @Nullable String named) throws SsoFailure {
        boolean wrong =
                named == null ? metadata.supportsAuthorizationResponseIssuerParam() : !named.equals(issuer.issuer());
        if (wrong) {
            throw new SsoFailure("The answer came from another provider than the one you were sent to.");
        }
    }

    /// Exchanges the code and reads who it stands for (Core sections 3.1.3 and 5.3).
    Claims claims(
            OIDCProviderMetadata metadata,
            SsoIssuer issuer,
            @Nullable Secret clientSecret,
            URI callback,
            String token,
            String code)
            throws SsoFailure {
        ObjectNode answer = exchange(metadata, issuer, clientSecret, callback, token, code);
        IDTokenClaimsSet idToken =
                verified(metadata, issuer, answer.path("id_token").asString(""), new Nonce(derived("nonce", token)));
        Map<String, Object> all = new HashMap<>(idToken.toJSONObject());
        String subject = idToken.getSubject().getValue();
        if (!all.containsKey("email") || find(all, issuer.groupClaim()) == null) {
            userInfo(metadata, subject, answer.path("access_token").asString(""))
                    .forEach(all::putIfAbsent);
        }
        boolean verified = "true".equals(String.valueOf(all.get("email_verified")));
        return new Claims(
                subject,
                verified && all.get("email") instanceof String email ? email : null,
                name(all.get("given_name")),
                name(all.get("family_name")),
                groups(find(all, issuer.groupClaim())));
    }

    private ObjectNode exchange(
            OIDCProviderMetadata metadata,
            SsoIssuer issuer,
            @Nullable Secret clientSecret,
            URI callback,
            String token,
            String code)
            throws SsoFailure {
        Map<String, String> form = new LinkedHashMap<>();
        form.put("grant_type", "authorization_code");
        form.put("code", code);
        form.put("redirect_uri", callback.toString());
        form.put("code_verifier", derived("verifier", token));
        Map<String, String> headers = new HashMap<>();
        headers.put("Content-Type", "application/x-www-form-urlencoded");
        headers.put("Accept", "application/json");
        List<ClientAuthenticationMethod> methods = metadata.getTokenEndpointAuthMethods();
        if (clientSecret == null) {
            form.put("client_id", issuer.clientId());
        } else if (methods != null
                && !methods.contains(ClientAuthenticationMethod.CLIENT_SECRET_BASIC)
                && methods.contains(ClientAuthenticationMethod.CLIENT_SECRET_POST)) {
            form.put("client_id", issuer.clientId());
            form.put("client_secret", clientSecret.reveal());
        } else {
            // RFC 6749 section 2.3.1: both parts are encoded before they are joined.
            String pair = encoded(issuer.clientId()) + ":" + encoded(clientSecret.reveal());
            headers.put(
                    "Authorization",
                    "Basic " + Base64.getEncoder().encodeToString(pair.getBytes(StandardCharsets.UTF_8)));
        }
        StringBuilder body = new StringBuilder();
        form.forEach((name, value) ->
                body.append(body.isEmpty() ? "" : "&").append(name).append('=').append(encoded(value)));
        Outbound.Fetched result = outbound.ask(
                "POST",
                metadata.getTokenEndpointURI(),
                headers,
                body.toString().getBytes(StandardCharsets.US_ASCII),
                MAX_DOCUMENT,
                TIMEOUT);
        return switch (result) {
            case Outbound.Fetched.Failed(var _, String why) ->
                throw new SsoFailure("The provider could not be reached: " + why + ".");
            case Outbound.Fetched.Document(int status, String _, String _, byte[] document) -> {
                if (status != OK) {
                    LOG.info("the token endpoint of provider {} answered {}", issuer.id(), status);
                    throw new SsoFailure(
                            "The provider did not take its own code back. If this goes on, an owner should check"
                                    + " the client id and secret.");
                }
                yield json(document);
            }
        };
    }

    /// Core section 3.1.3.7: signature, issuer, audience, expiry and nonce.
    private IDTokenClaimsSet verified(OIDCProviderMetadata metadata, SsoIssuer issuer, String text, Nonce nonce)
            throws SsoFailure {
        try {
            SignedJWT idToken = SignedJWT.parse(text);
            JWSAlgorithm algorithm = idToken.getHeader().getAlgorithm();
            if (!ALGORITHMS.contains(algorithm)) {
                throw new SsoFailure("The provider's ID token is signed in a way that is not accepted.");
            }
            JWKSet keys = JWKSet.parse(new String(get(metadata.getJWKSetURI(), Map.of()), StandardCharsets.UTF_8));
            return new IDTokenValidator(new Issuer(issuer.issuer()), new ClientID(issuer.clientId()), algorithm, keys)
                    .validate(idToken, nonce);
        } catch (java.text.ParseException | BadJOSEException | JOSEException e) {
            LOG.info("an ID token of provider {} was refused: {}", issuer.id(), e.getMessage());
            throw new SsoFailure(
                    "The provider's ID token is not good: its signature, issuer, audience, time or nonce.");
        }
    }

    /// What the ID token leaves out (Core section 5.3.2: the subject MUST be the same).
    private Map<String, Object> userInfo(OIDCProviderMetadata metadata, String subject, String accessToken)
            throws SsoFailure {
        URI endpoint = metadata.getUserInfoEndpointURI();
        if (endpoint == null || accessToken.isEmpty()) {
            return Map.of();
        }
        safe(endpoint);
        ObjectNode info = json(get(endpoint, Map.of("Authorization", "Bearer " + accessToken)));
        if (!info.path("sub").asString("").equals(subject)) {
            throw new SsoFailure("The provider's user information is about somebody else.");
        }
        Map<String, Object> claims = new HashMap<>();
        info.forEachEntry((name, value) -> claims.put(name, plain(value)));
        return claims;
    }

    private static Object plain(JsonNode value) {
        if (value.isArray()) {
            List<Object> list = new ArrayList<>();
            value.forEach(item -> list.add(plain(item)));
            return list;
        }
        if (value instanceof ObjectNode object) {
            Map<String, Object> fields = new HashMap<>();
            object.forEachEntry((name, inner) -> fields.put(name, plain(inner)));
            return fields;
        }
        return value.asString("");
    }

    private byte[] get(URI url, Map<String, String> headers) throws SsoFailure {
        safe(url);
        Map<String, String> all = new HashMap<>(headers);
        all.put("Accept", "application/json");
        return switch (outbound.ask("GET", url, all, new byte[0], MAX_DOCUMENT, TIMEOUT)) {
            case Outbound.Fetched.Failed(var _, String why) ->
                throw new SsoFailure("The provider could not be reached: " + why + ".");
            case Outbound.Fetched.Document(int status, String _, String _, byte[] document) -> {
                if (status != OK) {
                    throw new SsoFailure("The provider answered " + status + " where its documents should be.");
                }
                yield document;
            }
        };
    }

    private static ObjectNode json(byte[] document) throws SsoFailure {
        try {
            return Json.readObject(document);
        } catch (ApiException e) {
            throw new SsoFailure("The provider's answer cannot be read.");
        }
    }

    /// An address as an issuer may have it (Discovery section 2: https, no query, no fragment).
    URI uri(String text) throws SsoFailure {
        try {
            URI uri = URI.create(text);
            if (uri.getHost() == null
                    || uri.getUserInfo() != null
                    || uri.getRawQuery() != null
                    || uri.getRawFragment() != null) {
                throw new SsoFailure("An issuer is an https address with a host, without query and fragment.");
            }
            safe(uri);
            return uri;
        } catch (IllegalArgumentException e) {
            throw new SsoFailure("An issuer is an https address with a host, without query and fragment.");
        }
    }

    private void safe(URI uri) throws SsoFailure {
        String host = uri.getHost() == null ? "" : uri.getHost().toLowerCase(Locale.ROOT);
        boolean plain = "http".equalsIgnoreCase(uri.getScheme()) && plainHosts.contains(host);
        if (!plain && !"https".equalsIgnoreCase(uri.getScheme())) {
            throw new SsoFailure("Every address of a provider must be behind TLS: https.");
        }
    }

    /// A claim by its name, or by the way to it: `realm_access.roles`.
    private static @Nullable Object find(Map<?, ?> claims, String name) {
        if (claims.containsKey(name)) {
            return claims.get(name);
        }
        int dot = name.indexOf('.');
        return dot > 0 && claims.get(name.substring(0, dot)) instanceof Map<?, ?> inner
                ? find(inner, name.substring(dot + 1))
                : null;
    }

    private static List<String> groups(@Nullable Object claim) {
        if (claim instanceof String one) {
            return List.of(one);
        }
        return claim instanceof List<?> list
                ? list.stream()
                        .filter(String.class::isInstance)
                        .map(String.class::cast)
                        .limit(MAX_GROUPS)
                        .toList()
                : List.of();
    }

    private static @Nullable String name(@Nullable Object claim) {
        return claim instanceof String text ? SsoAdmission.name(text) : null;
    }

    private static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }
}
