package dev.faregate.byok;

import dev.faregate.base.JsonWriter;
import dev.faregate.http.BodyFields;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.spec.PKCS8EncodedKeySpec;
import java.time.Instant;
import java.util.Base64;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/// A service account of Google Cloud as its key file describes it (cloud.google.com, "Create and delete service account
/// keys"). It prints nothing of its key.
public final class GoogleAccount {
    private static final String SCOPE = "https://www.googleapis.com/auth/cloud-platform";
    private static final String TOKEN_URI = "https://oauth2.googleapis.com/token";
    private static final String BEGIN = "-----BEGIN PRIVATE KEY-----";
    private static final String END = "-----END PRIVATE KEY-----";

    /// The longest that Google takes ("Using OAuth 2.0 for Server to Server Applications", required claims).
    private static final long ASSERTION_SECONDS = 3_600;

    /// Ids of projects, with the domain before those of old organizations.
    private static final Pattern PROJECT = Pattern.compile("[a-z0-9][a-z0-9.:-]{0,99}");

    private final String email;
    private final @Nullable String keyId;
    private final PrivateKey key;
    private final String project;
    private final URI tokenUri;

    private GoogleAccount(String email, @Nullable String keyId, PrivateKey key, String project, URI tokenUri) {
        this.email = email;
        this.keyId = keyId;
        this.key = key;
        this.project = project;
        this.tokenUri = tokenUri;
    }

    /// Reads the document. Throws a 400 that names the field after `at`, such as `key.`, and never shows its value.
    public static GoogleAccount read(ObjectNode document, String at) {
        if (!"service_account".equals(document.path("type").asString(""))) {
            throw BodyFields.wrong(at + "type", "must be \"service_account\"");
        }
        String project = project(KeyMaterial.text(document, at + "project_id", "project_id"), at + "project_id");
        String email = KeyMaterial.text(document, at + "client_email", "client_email");
        PrivateKey key = privateKey(KeyMaterial.text(document, at + "private_key", "private_key"), at + "private_key");
        String keyId = document.has("private_key_id")
                ? KeyMaterial.text(document, at + "private_key_id", "private_key_id")
                : null;
        String tokenUri =
                document.has("token_uri") ? KeyMaterial.text(document, at + "token_uri", "token_uri") : TOKEN_URI;
        return new GoogleAccount(email, keyId, key, project, KeyMaterial.url(tokenUri, at + "token_uri"));
    }

    /// Throws a 400 about `field` for what is no id of a project.
    public static String project(String text, String field) {
        if (!PROJECT.matcher(text).matches()) {
            throw BodyFields.wrong(field, "must be the id of a project");
        }
        return text;
    }

    private static PrivateKey privateKey(String pem, String field) {
        int from = pem.indexOf(BEGIN);
        int to = pem.indexOf(END);
        try {
            if (from >= 0 && to > from) {
                byte[] der = Base64.getMimeDecoder().decode(pem.substring(from + BEGIN.length(), to));
                return KeyFactory.getInstance("RSA").generatePrivate(new PKCS8EncodedKeySpec(der));
            }
        } catch (GeneralSecurityException | IllegalArgumentException e) {
            // Told below; the cause may quote the key.
        }
        throw BodyFields.wrong(field, "must be an RSA private key in PEM (PKCS #8)");
    }

    /// The project that the account belongs to.
    public String project() {
        return project;
    }

    /// Where it gets its access tokens, as the document says it.
    public URI tokenUri() {
        return tokenUri;
    }

    /// What an access token is asked for with (RFC 7523 section 2.1; Google's claims are those of "Using OAuth 2.0 for
    /// Server to Server Applications"). Takes about a millisecond.
    public String assertion(Instant now) {
        JsonWriter head = new JsonWriter().beginObject().text("alg", "RS256").text("typ", "JWT");
        if (keyId != null) {
            head.text("kid", keyId);
        }
        JsonWriter claims = new JsonWriter()
                .beginObject()
                .text("iss", email)
                .text("scope", SCOPE)
                .text("aud", tokenUri.toString())
                .number("iat", now.getEpochSecond())
                .number("exp", now.getEpochSecond() + ASSERTION_SECONDS)
                .endObject();
        String signed = base64(head.endObject().toBytes()) + "." + base64(claims.toBytes());
        try {
            Signature signature = Signature.getInstance("SHA256withRSA");
            signature.initSign(key);
            signature.update(signed.getBytes(StandardCharsets.US_ASCII));
            return signed + "." + base64(signature.sign());
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("the runtime cannot sign with RSA", e);
        }
    }

    private static String base64(byte[] bytes) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }

    @Override
    public String toString() {
        return "[service account of " + project + "]";
    }
}
