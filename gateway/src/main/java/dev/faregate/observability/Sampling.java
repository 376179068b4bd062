package dev.faregate.observability;

import dev.faregate.base.Sha256;
import java.math.BigDecimal;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/// Which traces go to a destination that wants only a part of them: a session whole or not at all, the same on every
/// node (contract 3.11). Pure.
final class Sampling {
    /// Shares are counted in ten-thousandths of ten-thousandths.
    private static final long WHOLE = 100_000_000L;

    private Sampling() {}

    /// `rate` is from 0.0001 to 1.
    static boolean takes(String destinationId, BigDecimal rate, @Nullable String sessionId, String generationId) {
        if (rate.compareTo(BigDecimal.ONE) >= 0) {
            return true;
        }
        String subject = sessionId == null ? "g:" + generationId : "s:" + sessionId;
        long point = Long.remainderUnsigned(hash(destinationId + "\n" + subject), WHOLE);
        return BigDecimal.valueOf(point).compareTo(rate.multiply(BigDecimal.valueOf(WHOLE))) < 0;
    }

    private static long hash(String text) {
        return ByteBuffer.wrap(Sha256.of(text)).getLong();
    }
}
