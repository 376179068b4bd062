package dev.faregate.keys;

import static org.assertj.core.api.Assertions.assertThat;

import dev.faregate.base.ApiError;
import dev.faregate.base.Usd;
import dev.faregate.storage.Database;
import dev.faregate.storage.Tx;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/// How people find keys, on both databases.
@ParameterizedClass
@EnumSource
class KeySearchContract {
    private static final int SIZE = 3;

    private final Rig rig;
    private final KeySearch search;

    KeySearchContract(Database.Kind kind) {
        rig = new Rig(kind);
        search = new KeySearch(rig.database, rig.limits);
    }

    private ManagedKeys.Reach reach(@Nullable String ownerId) {
        return new ManagedKeys.Reach(rig.organizationId, KeyKind.INFERENCE, ownerId);
    }

    private KeySearch.Wanted wanted(@Nullable String text, KeySearch.@Nullable State state) {
        return new KeySearch.Wanted(reach(null), rig.workspaceId, null, text, null, state);
    }

    private void make(String name, @Nullable String owner) {
        rig.keys.create(new Keys.NewKey(
                rig.organizationId,
                rig.workspaceId,
                KeyKind.INFERENCE,
                name,
                null,
                dev.faregate.credits.Window.TOTAL,
                false,
                null,
                null,
                null,
                owner,
                KeyRules.NONE));
    }

    private static List<String> names(KeySearch.Page page) {
        return page.keys().stream().map(view -> view.key().name()).toList();
    }

    private KeySearch.Page first(KeySearch.Wanted wanted) {
        return search.find(wanted, KeySearch.Place.FIRST, SIZE);
    }

    @Test
    void pagesThroughAllKeysAndBackWithoutMissingOne() {
        for (int i = 0; i < 7; i++) {
            make("k" + i, null);
        }
        // Several of the same moment: only the id tells their order.
        rig.database.write(tx ->
                tx.sql().execute("UPDATE api_key SET created_at = 1000 WHERE organization_id = ?", rig.organizationId));
        List<List<String>> forth = new ArrayList<>();
        KeySearch.Page page = first(wanted(null, null));
        assertThat(page.newer()).isNull();
        assertThat(page.count()).isEqualTo(8);
        forth.add(names(page));
        while (page.older() != null) {
            page = search.find(wanted(null, null), new KeySearch.Place(page.older(), null), SIZE);
            forth.add(names(page));
        }
        assertThat(forth).extracting(List::size).containsExactly(3, 3, 2);
        assertThat(forth.stream().flatMap(List::stream)).hasSize(8).doesNotHaveDuplicates();
        List<List<String>> back = new ArrayList<>();
        while (page.newer() != null) {
            page = search.find(wanted(null, null), new KeySearch.Place(null, page.newer()), SIZE);
            back.addFirst(names(page));
        }
        assertThat(back).as("the first page is whole").last().isEqualTo(forth.get(1));
        assertThat(back.getFirst()).isEqualTo(forth.getFirst());
    }

    @Test
    void goesOnBehindAKeyThatWasDeletedMeanwhile() {
        for (int i = 0; i < 5; i++) {
            make("k" + i, null);
        }
        KeySearch.Page page = first(wanted(null, null));
        String last = page.keys().getLast().key().id();
        rig.database.write(tx -> rig.keys.delete(tx, rig.organizationId, last));
        KeySearch.Page next = search.find(wanted(null, null), new KeySearch.Place(page.older(), null), SIZE);
        assertThat(names(next)).containsExactly("k1", "k0", "i");
    }

    @Test
    void findsByAPartOfTheNameWhateverItsCaseAndByWhatIsShownOfTheText() {
        make("Production 100%", null);
        make("staging_1", null);
        assertThat(names(first(wanted("PRODUCT", null)))).containsExactly("Production 100%");
        assertThat(names(first(wanted("0%", null)))).as("no wildcard").containsExactly("Production 100%");
        assertThat(names(first(wanted("g_1", null)))).as("no wildcard").containsExactly("staging_1");
        ApiKey key = first(wanted("staging", null)).keys().getFirst().key();
        String label = key.label();
        assertThat(names(first(wanted(label, null)))).containsExactly("staging_1");
        assertThat(names(first(wanted(label.substring(label.length() - 4), null))))
                .containsExactly("staging_1");
        assertThat(names(first(wanted(label.substring(0, label.indexOf('.')), null))))
                .containsExactly("staging_1");
        assertThat(names(first(wanted("fg", null))))
                .as("not in the middle of a text")
                .isEmpty();
        assertThat(names(first(wanted(key.hash(), null)))).containsExactly("staging_1");
        assertThat(first(wanted("' OR 1=1 --", null)).keys()).isEmpty();
    }

    @Test
    void tellsStatesApart() {
        make("on", null);
        make("off", null);
        make("over", null);
        make("ended", null);
        rig.database.write(tx -> {
            tx.sql()
                    .execute(
                            "UPDATE api_key SET disabled = true WHERE organization_id = ? AND name = 'off'",
                            rig.organizationId);
            tx.sql()
                    .execute(
                            "UPDATE api_key SET expires_at = 5 WHERE organization_id = ? AND name = 'over'",
                            rig.organizationId);
            endSecrets(tx, "ended");
            return true;
        });
        assertThat(names(first(wanted("o", KeySearch.State.ACTIVE)))).containsExactly("on");
        assertThat(names(first(wanted("e", KeySearch.State.ACTIVE)))).isEmpty();
        assertThat(names(first(wanted(null, KeySearch.State.DISABLED)))).containsExactly("off");
        assertThat(names(first(wanted(null, KeySearch.State.EXPIRED)))).containsExactly("ended", "over");
    }

    private void endSecrets(Tx tx, String name) {
        tx.sql()
                .execute(
                        "UPDATE api_key_secret SET expires_at = 5 WHERE api_key_id IN"
                                + " (SELECT id FROM api_key WHERE organization_id = ? AND name = ?)",
                        rig.organizationId,
                        name);
    }

    @Test
    void showsAMemberOwnKeysAndNobodyThoseOfOthers() {
        make("mine", "me");
        make("theirs", "them");
        KeySearch.Page page = first(new KeySearch.Wanted(reach("me"), rig.workspaceId, null, null, null, null));
        assertThat(names(page)).containsExactly("mine");
        String theirs = first(wanted("theirs", null)).keys().getFirst().key().hash();
        assertThat(Rig.errorOf(() -> search.get(reach("me"), theirs, 7))).isInstanceOf(ApiError.NotFound.class);
        assertThat(search.find(
                                new KeySearch.Wanted(reach("me"), null, null, null, null, null),
                                new KeySearch.Place(theirs, null),
                                SIZE)
                        .newer())
                .as("a place beyond the reach is no place")
                .isNull();
        Rig.Tenant other = rig.tenant();
        ManagedKeys.Reach foreign = new ManagedKeys.Reach(other.organizationId(), KeyKind.INFERENCE, null);
        assertThat(Rig.errorOf(() -> search.get(foreign, theirs, 7))).isInstanceOf(ApiError.NotFound.class);
        assertThat(names(first(new KeySearch.Wanted(foreign, null, null, "i", null, null))))
                .containsExactly("i");
    }

    @Test
    void tellsWhatAKeySpentDayByDay() {
        make("spender", null);
        ApiKey key = first(wanted("spender", null)).keys().getFirst().key();
        long today = rig.database.read(tx -> tx.now()).getEpochSecond()
                / Duration.ofDays(1).toSeconds();
        rig.database.write(tx -> {
            for (long[] day : new long[][] {{today, 3}, {today - 2, 2}, {today - 9, 7}, {KeyUsage.ALL_TIME, 12}}) {
                tx.sql()
                        .execute(
                                "INSERT INTO usage_counter (api_key_id, day, requests, usage_nanos, byok_usage_nanos, last_used_at)"
                                        + " VALUES (?, ?, 1, ?, 0, 0)",
                                key.id(),
                                (int) day[0],
                                day[1]);
            }
            return true;
        });
        assertThat(search.get(reach(null), key.hash(), 3).days())
                .containsExactly(Usd.ofNanos(2), Usd.ZERO, Usd.ofNanos(3));
    }
}
