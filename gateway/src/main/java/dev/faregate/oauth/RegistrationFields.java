package dev.faregate.oauth;

import dev.faregate.apps.AppAttribution;
import dev.faregate.base.ApiException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// What a client says of itself (RFC 7591 section 2), at registration or in the document that its id is
/// the address of. All of it is untrusted text; what is not known here is ignored.
record RegistrationFields(
        String name,
        @Nullable String clientUri,
        List<String> redirectUris,
        OAuthClient.AuthMethod authMethod,
        List<String> grantTypes,
        Scopes scope) {
    static final String BAD_REDIRECT = "invalid_redirect_uri";
    static final String BAD_METADATA = "invalid_client_metadata";

    private static final List<String> GRANTS = List.of(OAuthClient.CODE, OAuthClient.REFRESH, OAuthClient.DEVICE);
    private static final int MAX_WORDS = 20;
    private static final int MAX_TEXT = 2_000;

    RegistrationFields {
        redirectUris = List.copyOf(redirectUris);
        grantTypes = List.copyOf(grantTypes);
    }

    /// Reads the metadata. `usual` is how a client shows who it is that does not say so. Throws an
    /// [OAuthException] with an error of RFC 7591 section 3.2.2.
    static RegistrationFields of(ObjectNode fields, OAuthClient.AuthMethod usual) {
        List<String> grants = grants(fields);
        List<String> redirects = redirects(fields, grants);
        return new RegistrationFields(
                name(fields, redirects),
                clientUri(fields),
                redirects,
                authMethod(fields, usual),
                grants,
                scope(fields));
    }

    /// "If omitted, the default behavior is that the client will use only the authorization_code Grant
    /// Type" (RFC 7591 section 2). A type that we do not have is left out; that is told in the answer.
    private static List<String> grants(ObjectNode fields) {
        List<String> asked = texts(fields, "grant_types", MAX_WORDS);
        Set<String> known = new LinkedHashSet<>(asked == null ? List.of(OAuthClient.CODE) : asked);
        known.retainAll(GRANTS);
        if (known.isEmpty() || known.equals(Set.of(OAuthClient.REFRESH))) {
            throw new OAuthException(BAD_METADATA, "grant_types must name one of " + String.join(", ", GRANTS));
        }
        List<String> responses = texts(fields, "response_types", MAX_WORDS);
        if (responses != null && !responses.isEmpty() && !responses.contains("code")) {
            throw new OAuthException(BAD_METADATA, "response_types must have code");
        }
        return List.copyOf(known);
    }

    /// "Clients using flows with redirection MUST register their redirection URI values" (RFC 7591
    /// section 2).
    private static List<String> redirects(ObjectNode fields, List<String> grants) {
        List<String> asked = texts(fields, "redirect_uris", OAuthClient.MAX_REDIRECTS);
        if (asked == null || asked.isEmpty()) {
            if (grants.contains(OAuthClient.CODE)) {
                throw new OAuthException(BAD_REDIRECT, "redirect_uris is required");
            }
            return List.of();
        }
        String type = text(fields, "application_type");
        List<String> redirects = new ArrayList<>();
        for (String address : asked) {
            Callback callback = registrable(address);
            if ("web".equals(type) && (callback.isLocal() || !callback.isWeb())) {
                throw new OAuthException(BAD_REDIRECT, "a web application's redirect_uris must begin with https://");
            }
            redirects.add(address);
        }
        return redirects;
    }

    /// Throws `invalid_redirect_uri` with what is wrong.
    static Callback registrable(String address) {
        try {
            return Callback.registrable("redirect_uris", address);
        } catch (ApiException e) {
            throw new OAuthException(
                    BAD_REDIRECT,
                    "redirect_uris must be https URLs, http URLs on 127.0.0.1, [::1] or localhost, or addresses of a"
                            + " scheme of their own with a dot in it; without fragment and user");
        }
    }

    private static String name(ObjectNode fields, List<String> redirects) {
        String said = text(fields, "client_name");
        String name = said == null ? null : AppAttribution.cleanTitle(said);
        if (name != null) {
            return name;
        }
        return redirects.isEmpty()
                ? "A program without a name"
                : registrable(redirects.getFirst()).place();
    }

    /// Shown as text only; anything but a web address is dropped.
    private static @Nullable String clientUri(ObjectNode fields) {
        String said = text(fields, "client_uri");
        try {
            return said != null && registrable(said).isWeb() ? said : null;
        } catch (OAuthException e) {
            return null;
        }
    }

    private static OAuthClient.AuthMethod authMethod(ObjectNode fields, OAuthClient.AuthMethod usual) {
        String said = text(fields, "token_endpoint_auth_method");
        if (said == null) {
            return usual;
        }
        try {
            return OAuthClient.AuthMethod.ofWord(said);
        } catch (IllegalArgumentException e) {
            throw new OAuthException(
                    BAD_METADATA, "token_endpoint_auth_method must be none, client_secret_basic or client_secret_post");
        }
    }

    private static Scopes scope(ObjectNode fields) {
        try {
            return Scopes.asked(text(fields, "scope"), Scopes.READ_WRITE);
        } catch (OAuthException e) {
            throw new OAuthException(BAD_METADATA, e.description());
        }
    }

    /// Null when absent.
    static @Nullable String text(ObjectNode fields, String name) {
        JsonNode value = fields.get(name);
        if (value == null || value.isNull()) {
            return null;
        }
        if (!value.isString() || value.asString().length() > MAX_TEXT) {
            throw new OAuthException(BAD_METADATA, name + " must be a text of at most " + MAX_TEXT + " characters");
        }
        return value.asString().isBlank() ? null : value.asString();
    }

    private static @Nullable List<String> texts(ObjectNode fields, String name, int most) {
        JsonNode value = fields.get(name);
        if (value == null || value.isNull()) {
            return null;
        }
        List<String> texts = new ArrayList<>();
        for (JsonNode item : value.values()) {
            if (item.isString() && !item.asString().isBlank() && item.asString().length() <= MAX_TEXT) {
                texts.add(item.asString());
            }
        }
        if (!value.isArray() || value.size() > most || texts.size() != value.size()) {
            throw new OAuthException(
                    name.equals("redirect_uris") ? BAD_REDIRECT : BAD_METADATA,
                    name + " must be a list of at most " + most + " texts");
        }
        return texts;
    }
}
