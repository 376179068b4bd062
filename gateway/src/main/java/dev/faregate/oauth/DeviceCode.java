package dev.faregate.oauth;

import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// A device's request for a key (RFC 8628), until it has one. `intervalSeconds` is how long the device
/// has to wait between two questions; it grows when it does not. `promise` is what a person allowed,
/// null while nobody has, and where somebody said no.
record DeviceCode(
        String deviceHash,
        String userHash,
        String clientId,
        Scopes scopes,
        List<String> resources,
        Instant createdAt,
        Instant expiresAt,
        int intervalSeconds,
        @Nullable Instant polledAt,
        boolean denied,
        @Nullable AuthCode promise,
        boolean used) {
    static final Duration LIFETIME = Duration.ofMinutes(10);

    /// "If no value is provided, clients MUST use 5 as the default" (RFC 8628 section 3.2).
    static final int INTERVAL_SECONDS = 5;

    /// "the interval MUST be increased by 5 seconds for this and all subsequent requests" (RFC 8628
    /// section 3.5).
    static final int SLOWER_SECONDS = 5;

    static final int MAX_INTERVAL_SECONDS = 60;

    /// Consonants: no word comes about, and none is taken for another (RFC 8628 section 6.1). Eight of
    /// them are 34 bits.
    static final String LETTERS = "BCDFGHJKLMNPQRSTVWXZ";

    static final int LENGTH = 8;
    private static final SecureRandom RANDOM = new SecureRandom();

    DeviceCode {
        resources = List.copyOf(resources);
    }

    boolean isExpiredAt(Instant now) {
        return !now.isBefore(expiresAt);
    }

    /// A fresh code for a person to type, without the dash.
    static String userCode() {
        StringBuilder code = new StringBuilder(LENGTH);
        for (int i = 0; i < LENGTH; i++) {
            code.append(LETTERS.charAt(RANDOM.nextInt(LETTERS.length())));
        }
        return code.toString();
    }

    /// As it is shown: `BCDF-GHJK`.
    static String shown(String userCode) {
        return userCode.substring(0, LENGTH / 2) + "-" + userCode.substring(LENGTH / 2);
    }

    /// What somebody typed, without what does not count: case, dashes, spaces. Null when it can be no
    /// code.
    static @Nullable String typed(String text) {
        String code = text.toUpperCase(Locale.ROOT).replaceAll("[\\s\\p{Pd}._]", "");
        return code.length() == LENGTH && code.chars().allMatch(c -> LETTERS.indexOf(c) >= 0) ? code : null;
    }
}
