package dev.faregate.models;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/// Names one set of prices in the records of charges: equal prices have equal versions, on every node and
/// after every restart, so a charge can be checked against the prices it was made with. 16 hexadecimal
/// digits.
public record PriceVersion(String value) {
    private static final int BYTES = 8;

    static PriceVersion of(String prices) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(prices.getBytes(StandardCharsets.UTF_8));
            return new PriceVersion(HexFormat.of().formatHex(digest, 0, BYTES));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }

    @Override
    public String toString() {
        return value;
    }
}
