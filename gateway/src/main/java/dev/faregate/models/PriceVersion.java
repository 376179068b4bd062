package dev.faregate.models;

import dev.faregate.base.Sha256;
import java.util.HexFormat;

/// Names one set of prices in the records of charges: equal prices have equal versions, on every node and
/// after every restart, so a charge can be checked against the prices it was made with. 16 hexadecimal
/// digits.
public record PriceVersion(String value) {
    private static final int BYTES = 8;

    static PriceVersion of(String prices) {
        return new PriceVersion(HexFormat.of().formatHex(Sha256.of(prices), 0, BYTES));
    }

    @Override
    public String toString() {
        return value;
    }
}
