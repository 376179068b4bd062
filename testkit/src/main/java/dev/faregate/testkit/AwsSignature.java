package dev.faregate.testkit;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/// Checks signatures of requests as Amazon does (IAM User Guide, "Elements of an AWS API request signature"): from what
/// came over the wire and the secret alone.
public final class AwsSignature {
    private static final Pattern AUTHORIZATION =
            Pattern.compile("AWS4-HMAC-SHA256 Credential=([^/]+)/((\\d{8})/([^/]+)/([^/]+)/aws4_request), "
                    + "SignedHeaders=([^,]+), Signature=([0-9a-f]{64})");

    /// What a signature says of itself: whose key it was made with, for where, and over which headers.
    public record Signed(String keyId, String region, String service, List<String> headers) {}

    private AwsSignature() {}

    /// Throws `AssertionError` for a `POST` that was not signed with this secret.
    public static Signed check(Exchange seen, String secret) {
        Matcher signed = AUTHORIZATION.matcher(seen.header("authorization").orElse(""));
        if (!signed.matches()) {
            throw new AssertionError("the request is not signed");
        }
        List<String> request = new ArrayList<>(List.of("POST", seen.target().replace("%", "%25"), ""));
        List<String> names = List.of(signed.group(6).split(";"));
        for (String name : names) {
            request.add(name + ":" + seen.header(name).orElse("").strip());
        }
        request.addAll(List.of("", signed.group(6), hex(sha256(seen.body()))));
        String time = seen.header("x-amz-date").orElse("");
        byte[] text = String.join("\n", request).getBytes(StandardCharsets.UTF_8);
        String toSign = "AWS4-HMAC-SHA256\n" + time + "\n" + signed.group(2) + "\n" + hex(sha256(text));
        byte[] day = hmac(("AWS4" + secret).getBytes(StandardCharsets.UTF_8), signed.group(3));
        byte[] key = hmac(hmac(hmac(day, signed.group(4)), signed.group(5)), "aws4_request");
        if (!time.startsWith(signed.group(3)) || !hex(hmac(key, toSign)).equals(signed.group(7))) {
            throw new AssertionError("the signature is wrong");
        }
        return new Signed(signed.group(1), signed.group(4), signed.group(5), names);
    }

    private static byte[] sha256(byte[] bytes) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(bytes);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    private static byte[] hmac(byte[] key, String text) {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(key, "HmacSHA256"));
            return mac.doFinal(text.getBytes(StandardCharsets.UTF_8));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    private static String hex(byte[] bytes) {
        return HexFormat.of().formatHex(bytes);
    }
}
