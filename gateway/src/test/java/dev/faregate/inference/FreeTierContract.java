package dev.faregate.inference;

import static org.assertj.core.api.Assertions.assertThat;

import dev.faregate.base.ApiError;
import dev.faregate.base.ApiException;
import dev.faregate.keys.Caller;
import dev.faregate.keys.Rig;
import dev.faregate.storage.Database;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/// The free tier of prepaid organizations, on both databases.
@ParameterizedClass
@EnumSource
class FreeTierContract {
    private final Rig rig;
    private final FreeTier tier;
    private Instant now = Instant.now();

    FreeTierContract(Database.Kind kind) {
        rig = new Rig(kind);
        tier = new FreeTier(rig.database, rig.books, rig.organizations, () -> 1, () -> now);
    }

    private Caller caller(boolean prepaid) {
        rig.database.write(tx -> {
            rig.entries.bill(tx, rig.organizationId, prepaid);
            return true;
        });
        rig.directory.forgetAll();
        return rig.caller(rig.inference);
    }

    private String refusal(Caller caller) {
        try {
            tier.admit(caller);
            return "";
        } catch (ApiException e) {
            return ((ApiError.RateLimited) e.error()).message();
        }
    }

    @Test
    void aPostpaidOrganizationIsNotCounted() {
        Caller caller = caller(false);
        for (int i = 0; i < 100; i++) {
            assertThat(refusal(caller)).isEmpty();
        }
    }

    @Test
    void twentyAMinute() {
        Caller caller = caller(true);
        for (int i = 0; i < FreeTier.REQUESTS_PER_MINUTE; i++) {
            assertThat(refusal(caller)).isEmpty();
        }
        assertThat(refusal(caller)).isEqualTo("Rate limit exceeded: free-models-per-min.");
        now = now.plus(Duration.ofMinutes(1));
        assertThat(refusal(caller)).isEmpty();
    }

    @Test
    void whatTheDatabaseCountedTodayIsTheEndOfTheDay() {
        Caller caller = caller(true);
        long day = rig.database.read(
                tx -> tx.now().atZone(ZoneOffset.UTC).toLocalDate().toEpochDay());
        rig.database.write(tx -> tx.sql()
                .execute(
                        "INSERT INTO free_request_day (organization_id, day, requests) VALUES (?, ?, 50)",
                        rig.organizationId,
                        day));
        String refused = "";
        long deadline = System.nanoTime() + Duration.ofSeconds(20).toNanos();
        while (!refused.contains("per-day") && System.nanoTime() < deadline) {
            refused = refusal(caller);
            if (refused.contains("per-min")) {
                now = now.plus(Duration.ofMinutes(1));
            }
        }
        assertThat(refused).startsWith("Rate limit exceeded: free-models-per-day. Add 10 credits");
    }
}
