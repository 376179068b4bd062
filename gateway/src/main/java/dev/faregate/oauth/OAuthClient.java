package dev.faregate.oauth;

import dev.faregate.base.Tokens;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// A program that may ask people for a key in the standard way (RFC 6749 section 2). Its name is untrusted
/// text, and what counts is where its answers go. `organizationId` is whose page registered it; null for
/// one that registered itself, and for one whose `clientId` is the address of its own document.
/// `secretHash` is the SHA-256 of its secret; a public client (RFC 8252) has none, and is trusted no
/// secret. `oldSecret` is the one before, where it still works.
public record OAuthClient(
        String clientId,
        @Nullable String organizationId,
        @Nullable String createdBy,
        Origin origin,
        String name,
        @Nullable String clientUri,
        List<String> redirectUris,
        AuthMethod authMethod,
        @Nullable String secretHash,
        List<String> grantTypes,
        Scopes scope,
        Instant createdAt,
        @Nullable Instant lastUsedAt,
        @Nullable Instant expiresAt,
        @Nullable OldSecret oldSecret) {
    /// A secret that was rotated out, by its SHA-256; `ends` is exclusive.
    public record OldSecret(String hash, Instant ends) {}

    public static final String CODE = "authorization_code";
    public static final String REFRESH = "refresh_token";
    public static final String DEVICE = "urn:ietf:params:oauth:grant-type:device_code";

    static final int MAX_NAME_LENGTH = 100;
    static final int MAX_REDIRECTS = 10;

    /// How it came to be known.
    public enum Origin {
        /// Somebody of an organization registered it on a page.
        PAGE,
        /// It registered itself (RFC 7591).
        DYNAMIC,
        /// It was read from the document that its id is the address of; never stored.
        DOCUMENT;

        String word() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /// How it shows at the token endpoint that it is itself (RFC 6749 section 2.3).
    public enum AuthMethod {
        NONE("none"),
        BASIC("client_secret_basic"),
        POST("client_secret_post");

        private final String word;

        AuthMethod(String word) {
            this.word = word;
        }

        /// The word of RFC 7591 section 2.
        public String word() {
            return word;
        }

        static AuthMethod ofWord(String word) {
            for (AuthMethod method : values()) {
                if (method.word.equals(word)) {
                    return method;
                }
            }
            throw new IllegalArgumentException("no such method: " + word);
        }
    }

    public OAuthClient {
        redirectUris = List.copyOf(redirectUris);
        grantTypes = List.copyOf(grantTypes);
        if ((authMethod == AuthMethod.NONE) != (secretHash == null)) {
            throw new IllegalArgumentException("a client has a secret just when it has to show one");
        }
    }

    /// True for a client that cannot keep a secret (RFC 6749 section 2.1).
    public boolean isPublic() {
        return authMethod == AuthMethod.NONE;
    }

    public boolean mayUse(String grantType) {
        return grantTypes.contains(grantType);
    }

    /// True when this is its secret, or the one before while that works; compares in constant time. Never for a public
    /// client.
    boolean isProvenBy(String secret) {
        String shown = Tokens.hash(secret);
        boolean old = oldSecret != null && isSame(oldSecret.hash(), shown);
        return secretHash != null && (isSame(secretHash, shown) || old);
    }

    private static boolean isSame(String hash, String shown) {
        return MessageDigest.isEqual(
                hash.getBytes(StandardCharsets.US_ASCII), shown.getBytes(StandardCharsets.US_ASCII));
    }
}
