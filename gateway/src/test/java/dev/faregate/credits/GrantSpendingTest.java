package dev.faregate.credits;

import static org.assertj.core.api.Assertions.assertThat;

import dev.faregate.credits.GrantSpending.Grant;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class GrantSpendingTest {
    private static Grant grant(String id, long amount, int expires, long from, long to) {
        return new Grant(id, amount, Instant.ofEpochSecond(expires), from, to);
    }

    @Test
    void whatWasSpentInItsTimeComesOff() {
        List<Grant> one = List.of(grant("a", 10, 1, 100, 104));
        assertThat(GrantSpending.unspent(one, "a")).isEqualTo(6);
        assertThat(GrantSpending.unspent(List.of(grant("a", 10, 1, 100, 100)), "a"))
                .isEqualTo(10);
        assertThat(GrantSpending.unspent(List.of(grant("a", 10, 1, 100, 500)), "a"))
                .isZero();
    }

    @Test
    void theOneThatEndsFirstPaysFirst() {
        List<Grant> both = List.of(grant("late", 10, 2, 0, 12), grant("early", 10, 1, 0, 12));
        assertThat(GrantSpending.unspent(both, "early")).isZero();
        assertThat(GrantSpending.unspent(both, "late")).isEqualTo(8);
    }

    @Test
    void nothingIsPaidTwice() {
        // 8 were spent while both were there; the first took them all, so the second paid only for what came later.
        List<Grant> grants = List.of(grant("first", 20, 1, 0, 8), grant("second", 10, 2, 3, 11));
        assertThat(GrantSpending.unspent(grants, "first")).isEqualTo(12);
        assertThat(GrantSpending.unspent(grants, "second")).isEqualTo(7);
    }

    @Test
    void aGapThatTheEarlierOneCouldNotPayIsPaidByTheLater() {
        List<Grant> grants = List.of(grant("small", 2, 1, 5, 9), grant("large", 100, 2, 0, 12));
        assertThat(GrantSpending.unspent(grants, "small")).isZero();
        assertThat(GrantSpending.unspent(grants, "large")).isEqualTo(90);
    }

    /// Against a model that hands out each nano-dollar by itself.
    @Test
    void agreesWithAModelThatCountsOneByOne() {
        Random random = new Random(11);
        for (int round = 0; round < 2_000; round++) {
            List<Grant> grants = new ArrayList<>();
            for (int i = 0; i < 1 + random.nextInt(5); i++) {
                long from = random.nextInt(20);
                grants.add(grant("g" + i, 1 + random.nextInt(12), random.nextInt(4), from, from + random.nextInt(15)));
            }
            Collections.shuffle(grants, random);
            for (Grant grant : grants) {
                assertThat(GrantSpending.unspent(grants, grant.id()))
                        .as("%s of %s", grant.id(), grants)
                        .isEqualTo(model(grants, grant.id()));
            }
        }
    }

    private static long model(List<Grant> grants, String id) {
        boolean[] paid = new boolean[64];
        List<Grant> order = new ArrayList<>(grants);
        order.sort((a, b) -> a.expiresAt().equals(b.expiresAt())
                ? a.id().compareTo(b.id())
                : a.expiresAt().compareTo(b.expiresAt()));
        for (Grant grant : order) {
            long left = grant.amount();
            for (long unit = grant.from(); unit < grant.to() && left > 0; unit++) {
                if (!paid[(int) unit]) {
                    paid[(int) unit] = true;
                    left--;
                }
            }
            if (grant.id().equals(id)) {
                return left;
            }
        }
        throw new AssertionError();
    }
}
