package dev.faregate.providers;

import dev.faregate.base.Secret;
import dev.faregate.base.Sha256;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/// Signs requests to one service of Amazon's in one region with Signature Version 4 (IAM User
/// Guide, "Create a signed AWS API request"). Paths are encoded once more for it, as every service
/// but S3 wants. Safe to share between threads.
final class AwsSigner implements RequestSigner {
    private static final String ALGORITHM = "AWS4-HMAC-SHA256";
    private static final String END = "aws4_request";
    private static final String UNRESERVED = "-._~/";
    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("yyyyMMdd'T'HHmmss'Z'", Locale.ROOT).withZone(ZoneOffset.UTC);
    private static final int DAY_CHARS = 8;

    private final AwsCredential.AccessKeys keys;
    private final Map<String, String> signed;
    private final String region;
    private final String service;
    private final InstantSource clock;

    /// The key of the last day, which is the same for all of its requests.
    private volatile @Nullable DayKey lastKey;

    @SuppressWarnings("ArrayRecordComponent") // never compared
    private record DayKey(String day, byte[] key) {}

    /// `signed` are the headers of every request that are signed besides those made here, `host` among them, by their
    /// names in lower case. Throws `IllegalArgumentException` for keys that cannot be sent.
    AwsSigner(
            AwsCredential.AccessKeys keys,
            Map<String, String> signed,
            String region,
            String service,
            InstantSource clock) {
        Secret session = keys.session();
        if (!RequestHeaders.isSafeValue(keys.id().reveal())
                || (session != null && !RequestHeaders.isSafeValue(session.reveal()))) {
            throw new IllegalArgumentException("an access key or its session token holds a forbidden character");
        }
        this.keys = keys;
        this.signed = Map.copyOf(signed);
        this.region = region;
        this.service = service;
        this.clock = clock;
    }

    @Override
    public RequestHeaders sign(String method, String path, byte[] body) {
        if (path.indexOf('?') >= 0) {
            throw new IllegalArgumentException("a query cannot be signed here");
        }
        String time = TIME.format(clock.instant());
        String day = time.substring(0, DAY_CHARS);
        TreeMap<String, String> headers = new TreeMap<>(signed);
        headers.put("x-amz-date", time);
        Secret session = keys.session();
        if (session != null) {
            headers.put("x-amz-security-token", session.reveal());
        }
        StringBuilder lines = new StringBuilder();
        headers.forEach((name, value) ->
                lines.append(name).append(':').append(value.strip()).append('\n'));
        String names = String.join(";", headers.keySet());
        String request = String.join("\n", method, encoded(path), "", lines, names, hex(Sha256.of(body)));
        String scope = String.join("/", day, region, service, END);
        String toSign = String.join("\n", ALGORITHM, time, scope, hex(Sha256.of(request)));
        RequestHeaders.Builder made = RequestHeaders.builder()
                .add("X-Amz-Date", time)
                .add(
                        "Authorization",
                        ALGORITHM + " Credential=" + keys.id().reveal() + "/" + scope + ", SignedHeaders=" + names
                                + ", Signature=" + hex(mac(key(day), toSign)));
        if (session != null) {
            made.add("X-Amz-Security-Token", session.reveal());
        }
        return made.build();
    }

    private byte[] key(String day) {
        DayKey known = lastKey;
        if (known == null || !known.day().equals(day)) {
            byte[] key = ("AWS4" + keys.secret().reveal()).getBytes(StandardCharsets.UTF_8);
            for (String part : new String[] {day, region, service, END}) {
                key = mac(key, part);
            }
            known = new DayKey(day, key);
            lastKey = known;
        }
        return known.key();
    }

    private static byte[] mac(byte[] key, String text) {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(key, "HmacSHA256"));
            return mac.doFinal(text.getBytes(StandardCharsets.UTF_8));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    private static String encoded(String path) {
        StringBuilder encoded = new StringBuilder(path.length() + 16);
        for (byte b : path.getBytes(StandardCharsets.UTF_8)) {
            boolean plain = (b >= 'A' && b <= 'Z')
                    || (b >= 'a' && b <= 'z')
                    || (b >= '0' && b <= '9')
                    || UNRESERVED.indexOf(b) >= 0;
            if (plain) {
                encoded.append((char) b);
            } else {
                encoded.append('%').append(HexFormat.of().withUpperCase().toHexDigits(b));
            }
        }
        return encoded.toString();
    }

    private static String hex(byte[] bytes) {
        return HexFormat.of().formatHex(bytes);
    }
}
