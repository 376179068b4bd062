package dev.faregate.oauth;

import dev.faregate.base.Sha256;
import dev.faregate.http.BodyFields;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// Proof Key for Code Exchange (RFC 7636): whoever redeems a code must be who asked for it.
public record Pkce(String challenge, Method method) {
    /// How the verifier is turned into the challenge (RFC 7636 section 4.2).
    public enum Method {
        S256,
        plain;

        static final List<String> WORDS = List.of("S256", "plain");
    }

    /// RFC 7636 section 4.1; a plain challenge is a verifier.
    private static final Pattern VERIFIER = Pattern.compile("[A-Za-z0-9._~-]{43,128}");

    /// 32 bytes in base64url without padding.
    private static final Pattern S256_CHALLENGE = Pattern.compile("[A-Za-z0-9_-]{43}");

    /// The challenge of a request for a code, or null when it names none. An absent method means `plain`
    /// (RFC 7636 section 4.3), but then the challenge must look like a verifier.
    static @Nullable Pkce of(BodyFields fields) {
        String challenge = fields.findText("code_challenge", 128);
        String word = fields.findWord("code_challenge_method", Method.WORDS);
        if (challenge == null) {
            if (word != null) {
                throw fields.bad("code_challenge", "is required where code_challenge_method is given");
            }
            return null;
        }
        return of("code_challenge", challenge, word);
    }

    /// A challenge in the form that its method wants; without a method it is plain. Throws a 400 that names
    /// `field`.
    static Pkce of(String field, String challenge, @Nullable String word) {
        Method method = word == null ? Method.plain : Method.valueOf(word);
        Pattern form = method == Method.S256 ? S256_CHALLENGE : VERIFIER;
        if (!form.matcher(challenge).matches()) {
            throw BodyFields.wrong(
                    field,
                    method == Method.S256
                            ? "must be 43 characters of base64url"
                            : "must be 43 to 128 characters of A-Z, a-z, 0-9, - . _ ~");
        }
        return new Pkce(challenge, method);
    }

    static boolean isS256Challenge(String challenge) {
        return S256_CHALLENGE.matcher(challenge).matches();
    }

    /// True when this verifier belongs to the challenge; compares in constant time.
    boolean isProvenBy(String verifier) {
        return VERIFIER.matcher(verifier).matches()
                && MessageDigest.isEqual(
                        challenge.getBytes(StandardCharsets.US_ASCII),
                        transformed(verifier).getBytes(StandardCharsets.US_ASCII));
    }

    private String transformed(String verifier) {
        return switch (method) {
            case plain -> verifier;
            case S256 -> s256(verifier);
        };
    }

    static String s256(String verifier) {
        return Sha256.base64Url(verifier);
    }
}
