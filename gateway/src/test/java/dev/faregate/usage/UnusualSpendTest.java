package dev.faregate.usage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.faregate.base.Usd;
import java.math.BigDecimal;
import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// What is unusual, by the example and for hundreds of histories made by chance; the seed is in the message.
class UnusualSpendTest {
    private static final UnusualSpend.Rule RULE = new UnusualSpend.Rule(Usd.parse("5"), new BigDecimal("4"));
    private static final int HISTORIES = 500;

    private static boolean unusual(List<Usd> before, Usd spent) {
        return UnusualSpend.of(RULE, before, spent).isPresent();
    }

    /// `0 3x9 5` is nothing, nine times $3, then $5 yesterday.
    private static List<Usd> days(String text) {
        List<Usd> days = new ArrayList<>();
        for (String part : text.isEmpty() ? new String[0] : text.split(" ", -1)) {
            String[] times = part.split("x", 2);
            days.addAll(Collections.nCopies(times.length == 2 ? Integer.parseInt(times[1]) : 1, Usd.parse(times[0])));
        }
        return days;
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(delimiter = '|', textBlock = """
            what                                        | days before               | quiet  | told
            a steady key                                | 3x14                      | 12     | 12.01
            a dear key: a factor, not an amount         | 1000x14                   | 4000   | 4000.01
            a key that sleeps, at the floor             | 0x14                      | 4.99   | 5
            a cheap key, at the floor                   | 0.01x14                   | 4.99   | 5
            on weekdays only                            | 0 0 9x5 0 0 9x5           | 36     | 36.01
            every Monday, on a Monday                   | 50 0x6 50 0x6             | 200    | 200.01
            every Monday, on the second Monday          | 0x7 50 0x6                | 200    | 200.01
            every other Monday, on a Monday             | 50 0x13                   | 200    | 200.01
            every Monday, on a Thursday                 | 0x3 50 0x6 50 0x3         | 200    | 200.01
            an incident ten days ago hides no new one   | 3x3 500 3x10              | 154    | 155
            the day after such a day: it still goes on  | 3x13 100                  | 39.71  | 39.72
            the second day after: that is usual now     | 3x12 100 100              | 400    | 400.01
            made today: the floor is taken for usual    |                           | 20     | 20.01
            two days old                                | 1 2                       | 20     | 20.01
            two days old and dear                       | 1 20                      | 80     | 80.01
            three days old                              | 1 2 2                     | 8      | 8.01
            """, useHeadersInDisplayName = true)
    void decides(String what, @org.jspecify.annotations.Nullable String before, String quiet, String told) {
        List<Usd> days = days(before == null ? "" : before);
        assertThat(unusual(days, Usd.parse(quiet))).as(what + ": $" + quiet).isFalse();
        assertThat(unusual(days, Usd.parse(told))).as(what + ": $" + told).isTrue();
    }

    @Test
    void takesTheFactorThatIsSetExactly() {
        UnusualSpend.Rule rule = new UnusualSpend.Rule(Usd.ofNanos(1), new BigDecimal("2.5"));
        List<Usd> before = Collections.nCopies(14, Usd.ofNanos(3));
        assertThat(UnusualSpend.of(rule, before, Usd.ofNanos(7))).isEmpty();
        assertThat(UnusualSpend.of(rule, before, Usd.ofNanos(8))).isPresent();
    }

    @Test
    void doesNotWrapAround() {
        List<Usd> before = Collections.nCopies(2, Usd.ofNanos(Long.MAX_VALUE / 2));
        assertThat(unusual(before, Usd.ofNanos(Long.MAX_VALUE))).isFalse();
        assertThat(unusual(days("1x14"), Usd.ofNanos(Long.MAX_VALUE))).isTrue();
    }

    @Test
    void takesTwoWeeksAndNoMore() {
        assertThatThrownBy(() -> unusual(days("1x15"), Usd.ZERO)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void refusesARuleThatWouldTellOfEverything() {
        assertThatThrownBy(() -> new UnusualSpend.Rule(Usd.ZERO, BigDecimal.TEN))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new UnusualSpend.Rule(Usd.ofDollars(1), new BigDecimal("0.9")))
                .isInstanceOf(IllegalArgumentException.class);
    }

    // ---- whatever the history
    // ------------------------------------------------------------------------------------------

    private interface Property {
        void holds(SplittableRandom random, List<Usd> before, Usd spent);
    }

    /// Histories of every kind: flat, wild, mostly empty, with days that stick out, of every length.
    private static void forAll(Property property) {
        for (int seed = 0; seed < HISTORIES; seed++) {
            SplittableRandom random = new SplittableRandom(seed);
            long scale = (long) Math.pow(10, random.nextInt(6, 13));
            int idle = random.nextInt(0, 100);
            Usd[] days = new Usd[random.nextInt(0, UnusualSpend.DAYS + 1)];
            Arrays.setAll(
                    days,
                    _ -> Usd.ofNanos(
                            random.nextInt(100) < idle
                                    ? 0
                                    : random.nextLong(scale) * (random.nextInt(10) == 0 ? 20 : 1)));
            Usd spent = Usd.ofNanos(random.nextLong(scale * 40));
            try {
                property.holds(random, List.of(days), spent);
            } catch (AssertionError e) {
                throw new AssertionError("seed " + seed + ": " + spent + " after " + List.of(days), e);
            }
        }
    }

    @Test
    void isNeverBelowTheFloorNorWithinTheFactorOfTheMean() {
        int[] told = {0};
        forAll((_, before, spent) -> UnusualSpend.of(RULE, before, spent).ifPresent(found -> {
            told[0]++;
            assertThat(spent).isGreaterThanOrEqualTo(RULE.floor());
            assertThat(spent.dollars())
                    .isGreaterThan(RULE.factor().multiply(found.mean().dollars()));
            assertThat(found.spent()).isEqualTo(spent);
            assertThat(found.days()).isEqualTo(before.size());
            assertThat(found.most()).isGreaterThanOrEqualTo(found.mean());
            assertThat(found.mean().isNegative()).isFalse();
        }));
        assertThat(told[0]).as("unusual ones among them").isBetween(HISTORIES / 20, HISTORIES * 19 / 20);
    }

    @Test
    void isAlwaysToldBeyondTheFactorOfTheDearestDayAndOfTheFloor() {
        forAll((_, before, _) -> {
            Usd most = before.stream().reduce(RULE.floor(), Usd::max);
            assertThat(unusual(before, Usd.ofNanos(most.nanos() * 4 + 1))).isTrue();
        });
    }

    @Test
    void spendingMoreNeverMakesItUsual() {
        forAll((random, before, spent) -> {
            Usd more = spent.plus(Usd.ofNanos(random.nextLong(1L << 40)));
            assertThat(unusual(before, spent) && !unusual(before, more)).isFalse();
        });
    }

    @Test
    void spendingMoreOnADayBeforeNeverMakesTodayUnusual() {
        forAll((random, before, spent) -> {
            List<Usd> richer = new ArrayList<>(before);
            if (!richer.isEmpty()) {
                int day = random.nextInt(richer.size());
                richer.set(day, richer.get(day).plus(Usd.ofNanos(random.nextLong(1L << 40))));
            }
            assertThat(!unusual(before, spent) && unusual(richer, spent)).isFalse();
        });
    }

    @Test
    void doesNotDependOnTheOrderOfDaysButForTheSameWeekday() {
        forAll((random, before, spent) -> {
            List<Usd> shuffled = new ArrayList<>(before);
            List<Integer> others = new ArrayList<>(IntStream.range(0, before.size())
                    .filter(day -> (before.size() - day) % 7 != 0)
                    .boxed()
                    .toList());
            List<Integer> places = new ArrayList<>(others);
            Collections.shuffle(places, new java.util.Random(random.nextLong()));
            for (int i = 0; i < others.size(); i++) {
                shuffled.set(places.get(i), before.get(others.get(i)));
            }
            assertThat(unusual(shuffled, spent)).isEqualTo(unusual(before, spent));
        });
    }

    /// A job that costs about the same once or several times a week is told of in its first week, if at all, and never
    /// again.
    @Test
    void aWeeklyJobIsToldOfInItsFirstWeekOnly() {
        for (int seed = 0; seed < HISTORIES; seed++) {
            SplittableRandom random = new SplittableRandom(seed);
            int runs = random.nextInt(1, 127);
            long cost = random.nextLong(1, 1_000_000_000_000L);
            List<Usd> life = new ArrayList<>(Collections.nCopies(UnusualSpend.DAYS, Usd.ZERO));
            for (int day = 0; day < 10 * 7; day++) {
                boolean on = (runs >> (day % 7) & 1) == 1;
                Usd spent = Usd.ofNanos(on ? cost / 2 + random.nextLong(cost) : 0);
                List<Usd> before = life.subList(life.size() - UnusualSpend.DAYS, life.size());
                if (day >= 7) {
                    assertThat(unusual(before, spent))
                            .as("seed " + seed + ", day " + day + ": " + spent + " after " + before)
                            .isFalse();
                }
                life.add(spent);
            }
        }
    }

    // ---- words
    // ---------------------------------------------------------------------------------------------------------

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            84.2039 | 3x7 3.2x6 7.9019 | spent $84.20 today; on the 14 days before it spent $3.43 a day, $7.90 at most
            1234567 | 1000x14          | spent $1,234,567.00 today; on the 14 days before it spent $1,000.00 a day, $1,000.00 at most
            6       | 0x14             | spent $6.00 today; on the 14 days before it spent nothing
            100     | 5                | spent $100.00 today; on the day before it spent $5.00
            100     | 0                | spent $100.00 today; on the day before it spent nothing
            100     |                  | spent $100.00 today, its first day
            50      | 0x13 0.001       | spent $50.00 today; on the 14 days before it spent $0.000071428 a day, $0.001 at most
            """)
    void saysWhatIsUnusual(String spent, @org.jspecify.annotations.Nullable String before, String words) {
        UnusualSpend found = UnusualSpend.of(RULE, days(before == null ? "" : before), Usd.parse(spent))
                .orElseThrow();
        assertThat(found.words("today")).isEqualTo(words);
    }

    @Test
    void saysWhichDayItWas() {
        SpendAlert alert = new SpendAlert(
                "key",
                LocalDate.parse("2026-11-27"),
                Instant.parse("2026-11-27T14:00:00Z"),
                new UnusualSpend(Usd.ofDollars(6), 14, Usd.ZERO, Usd.ZERO));
        assertThat(alert.words(alert.at())).startsWith("spent $6.00 today; ");
        assertThat(alert.words(Instant.parse("2026-11-28T00:00:00Z"))).startsWith("spent $6.00 yesterday; ");
        assertThat(alert.words(Instant.parse("2026-11-29T00:00:00Z"))).startsWith("spent $6.00 on 27 Nov 2026; ");
        assertThat(alert.datedWords(alert.at())).startsWith("spent $6.00 today (27 Nov 2026, UTC); ");
        assertThat(alert.datedWords(Instant.parse("2026-11-28T00:10:00Z")))
                .startsWith("spent $6.00 yesterday (27 Nov 2026, UTC); ");
    }
}
