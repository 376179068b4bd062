package dev.faregate.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class SeedsTest {
    @Test
    void givesTheSameSequenceForTheSameName() {
        long first = Seeds.of(7).generator("a").nextLong();
        assertThat(Seeds.of(7).generator("a").nextLong()).isEqualTo(first);
        assertThat(Seeds.of(7).generator("b").nextLong()).isNotEqualTo(first);
        assertThat(Seeds.of(8).generator("a").nextLong()).isNotEqualTo(first);
        assertThat(Seeds.of(7).child("x").generator("a").nextLong()).isNotEqualTo(first);
        assertThat(Seeds.of(7).draw("a")).isEqualTo(first);
    }

    @Test
    void drawsEvenly() {
        int heads = 0;
        for (int i = 0; i < 10_000; i++) {
            heads += Math.floorMod(Seeds.of(1).draw("request-" + i), 2);
        }
        assertThat(heads).isBetween(4_800, 5_200);
    }

    @Test
    void takesTheSeedOfTheProperty() {
        String before = System.setProperty(Seeds.PROPERTY, "-12");
        try {
            assertThat(Seeds.fromProperty().value()).isEqualTo(-12);
            List<Long> seen = new ArrayList<>();
            Seeds.replayable(seeds -> seen.add(seeds.value()));
            assertThat(seen).containsExactly(-12L);
        } finally {
            if (before == null) {
                System.clearProperty(Seeds.PROPERTY);
            } else {
                System.setProperty(Seeds.PROPERTY, before);
            }
        }
    }

    @Test
    void tellsTheSeedOfAFailure() {
        ByteArrayOutputStream printed = new ByteArrayOutputStream();
        PrintStream err = System.err;
        System.setErr(new PrintStream(printed, true, StandardCharsets.UTF_8));
        try {
            assertThatThrownBy(() -> Seeds.replayable(_ -> {
                        throw new AssertionError("broken");
                    }))
                    .isInstanceOf(AssertionError.class)
                    .hasMessage("broken")
                    .satisfies(failure -> assertThat(failure.getSuppressed()[0])
                            .hasMessageStartingWith("replay with -Dfaregate.seed="));
        } finally {
            System.setErr(err);
        }
        assertThat(printed.toString(StandardCharsets.UTF_8)).startsWith("Failed; replay with -Dfaregate.seed=");
    }

    @Test
    void namesTheRootSeedInAChildToo() {
        assertThat(Seeds.of(3).child("x")).hasToString("replay with -Dfaregate.seed=3");
    }
}
