package dev.faregate.base;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class UsdTest {
    private static final int CASES = 20_000;

    @ParameterizedTest
    @CsvSource({
        "0, 0",
        "1, 0.000000001",
        "75, 0.000000075",
        "1000000000, 1",
        "1500000000, 1.5",
        "-1, -0.000000001",
        "-2500000000, -2.5",
        "9223372036854775807, 9223372036.854775807",
        "-9223372036854775808, -9223372036.854775808"
    })
    void writesPlainDollars(long nanos, String dollars) {
        assertThat(written(Usd.ofNanos(nanos))).isEqualTo(dollars);
        assertThat(Usd.ofNanos(nanos).dollars().toPlainString()).isEqualTo(dollars);
        assertThat(Usd.parse(dollars)).isEqualTo(Usd.ofNanos(nanos));
    }

    @Test
    void writesEveryAmountAsItsDecimalIs() {
        SplittableRandom random = new SplittableRandom(7);
        for (int i = 0; i < CASES; i++) {
            Usd amount = Usd.ofNanos(random.nextLong() >> random.nextInt(64));
            assertThat(written(amount)).isEqualTo(amount.dollars().toPlainString());
        }
    }

    @Test
    void refusesMoreThanNineDecimalsAndAmountsBeyondTheRange() {
        for (String text : new String[] {"0.0000000001", "9223372037", "-9223372037", "1e11", "1e999999999"}) {
            assertThatThrownBy(() -> Usd.parse(text)).as(text).isInstanceOf(ArithmeticException.class);
        }
    }

    @Test
    void neverWrapsAround() {
        Usd most = Usd.ofNanos(Long.MAX_VALUE);
        assertThatThrownBy(() -> most.plus(Usd.ofNanos(1))).isInstanceOf(ArithmeticException.class);
        assertThatThrownBy(() -> Usd.ofNanos(Long.MIN_VALUE).minus(Usd.ofNanos(1)))
                .isInstanceOf(ArithmeticException.class);
    }

    private static String written(Usd amount) {
        StringBuilder out = new StringBuilder();
        amount.appendDollars(out);
        return out.toString();
    }
}
