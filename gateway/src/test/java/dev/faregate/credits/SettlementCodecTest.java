package dev.faregate.credits;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.faregate.base.Ids;
import dev.faregate.base.Usd;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class SettlementCodecTest {
    private static Settlement settlement(@Nullable Object... row) {
        return new Settlement(
                Ids.nextFast(),
                List.of(new Claim(7, Usd.ofNanos(500)), new Claim(-8, Usd.ofNanos(600))),
                List.of(Usd.ofNanos(50), Usd.ofNanos(60)),
                Usd.ofNanos(70),
                Settlement.Source.ESTIMATED,
                row);
    }

    private static void assertSame(Settlement of) throws IOException {
        Settlement back = SettlementCodec.decode(SettlementCodec.encode(of));
        assertThat(back.record()).isEqualTo(of.record());
        assertThat(back).usingRecursiveComparison().isEqualTo(of);
    }

    @Test
    void readsBackEverything() throws IOException {
        assertSame(settlement());
        assertSame(settlement("text", "ünïcode 💰", "", null, 1L, Long.MIN_VALUE, 2, true, false));
        assertSame(
                new Settlement(Ids.nextFast(), List.of(), List.of(), Usd.ZERO, Settlement.Source.VOID, new Object[0]));
    }

    @Test
    void refusesAValueThatNoColumnHas() {
        assertThatThrownBy(() -> SettlementCodec.encode(settlement(new Object())))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void refusesBytesThatAreNoSettlement() {
        byte[] good = SettlementCodec.encode(settlement(1L, "text"));
        for (int length = 0; length < good.length; length++) {
            byte[] cut = Arrays.copyOf(good, length);
            assertThatThrownBy(() -> SettlementCodec.decode(cut)).isInstanceOf(IOException.class);
        }
        good[0] = 9;
        assertThatThrownBy(() -> SettlementCodec.decode(good)).hasMessageContaining("version 9");
    }
}
