package dev.faregate.accounts;

import static org.assertj.core.api.Assertions.assertThat;

import dev.faregate.base.Ids;
import dev.faregate.base.Micros;
import dev.faregate.base.Secret;
import dev.faregate.byok.Sealer;
import dev.faregate.byok.TestMasterKey;
import dev.faregate.identity.Role;
import dev.faregate.identity.Session;
import dev.faregate.keys.Rig;
import dev.faregate.storage.Database;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/// What keeps factors from being guessed, repeated or read, on both databases.
@ParameterizedClass
@EnumSource
class FactorsContract {
    private final Rig rig;
    private final Totp totp;
    private final String person = Ids.next().toString();

    FactorsContract(Database.Kind kind) {
        rig = new Rig(kind);
        totp = new Totp(rig.database, new Sealer(TestMasterKey.shared()));
        rig.database.write(tx -> {
            rig.members.createPerson(tx, person, person + "@example.com", null, null);
            rig.members.join(tx, rig.organizationId, person, Role.MEMBER);
            return null;
        });
    }

    private Totp.Verdict take(Secret secret, int stepsAhead, boolean confirming) {
        long step = TotpCodes.stepOf(rig.database.read(tx -> tx.now())) + stepsAhead;
        Totp.Reading reading = totp.read(person, TotpCodes.code(secret, step));
        return rig.database.write(tx -> totp.take(tx, person, reading, confirming));
    }

    private Totp.Verdict takeWrong() {
        Totp.Reading reading = totp.read(person, "no code");
        return rig.database.write(tx -> totp.take(tx, person, reading, false));
    }

    private @Nullable Instant since() {
        return rig.database.read(tx -> totp.since(tx, person));
    }

    private boolean attempt(PendingSignIns pendings, PendingSignIns.Pending pending) {
        return rig.database.write(tx -> pendings.attempt(tx, pending));
    }

    private Optional<PendingSignIns.Pending> find(PendingSignIns pendings, String token) {
        return rig.database.read(tx -> pendings.find(tx, token));
    }

    private Secret confirmed() {
        Secret secret = totp.begin(person).orElseThrow();
        assertThat(take(secret, -1, true)).isEqualTo(new Totp.Verdict.Right());
        return secret;
    }

    @Test
    void opensNothingBeforeItIsConfirmed() {
        Secret secret = totp.begin(person).orElseThrow();
        assertThat(take(secret, 0, false)).isEqualTo(new Totp.Verdict.Absent());
        assertThat(since()).isNull();
        assertThat(take(secret, 0, true)).isEqualTo(new Totp.Verdict.Right());
        assertThat(since()).isNotNull();
        assertThat(totp.begin(person)).as("a confirmed one is not replaced").isEmpty();
    }

    @Test
    void takesNoCodeTwiceAndNoneOlderThanTheLast() {
        Secret secret = confirmed();
        assertThat(take(secret, 0, false)).isEqualTo(new Totp.Verdict.Right());
        assertThat(take(secret, 0, false)).isEqualTo(new Totp.Verdict.Wrong());
        assertThat(take(secret, -1, false)).isEqualTo(new Totp.Verdict.Wrong());
        assertThat(take(secret, 1, false)).isEqualTo(new Totp.Verdict.Right());
    }

    @Test
    void takesACodeOnceHoweverManySendItTogether() throws Exception {
        Secret secret = confirmed();
        Totp.Reading reading =
                totp.read(person, TotpCodes.code(secret, TotpCodes.stepOf(rig.database.read(tx -> tx.now()))));
        Callable<Totp.Verdict> attempt = () -> rig.database.write(tx -> totp.take(tx, person, reading, false));
        int right = 0;
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (Future<Totp.Verdict> verdict : threads.invokeAll(java.util.Collections.nCopies(20, attempt))) {
                right += verdict.get() instanceof Totp.Verdict.Right ? 1 : 0;
            }
        }
        assertThat(right).isEqualTo(1);
    }

    @Test
    void makesTheNextCodeWaitAfterFiveWrongOnes() {
        Secret secret = confirmed();
        for (int i = 0; i < Totp.FREE_FAILURES; i++) {
            assertThat(takeWrong()).isEqualTo(new Totp.Verdict.Wrong());
        }
        assertThat(take(secret, 0, false)).isInstanceOf(Totp.Verdict.Locked.class);
        rig.database.write(
                tx -> tx.sql().execute("UPDATE totp_factor SET locked_until = 0 WHERE person_id = ?", person));
        assertThat(take(secret, 0, false)).isEqualTo(new Totp.Verdict.Right());
        assertThat(takeWrong()).as("a right one starts the count anew").isEqualTo(new Totp.Verdict.Wrong());
        assertThat(take(secret, 1, false)).isEqualTo(new Totp.Verdict.Right());
    }

    @Test
    void keepsTheSecretSealedForItsPersonOnly() {
        Secret secret = confirmed();
        String stored = rig.database.read(tx -> tx.sql()
                .fetch("SELECT * FROM totp_factor WHERE person_id = ?", person)
                .toString());
        assertThat(stored).doesNotContain(secret.reveal());
        String other = Ids.next().toString();
        rig.database.write(tx -> {
            rig.members.createPerson(tx, other, other + "@example.com", null, null);
            return tx.sql()
                    .execute(
                            "INSERT INTO totp_factor SELECT ?, sealing_key_id, sealed, confirmed_at, 0, 0, 0, created_at"
                                    + " FROM totp_factor WHERE person_id = ?",
                            other,
                            person);
        });
        long step = TotpCodes.stepOf(Instant.now());
        assertThat(totp.read(other, TotpCodes.code(secret, step)).step()).isEmpty();
    }

    @Test
    void takesEachRecoveryCodeOnceHoweverItIsTyped() {
        RecoveryCodes recovery = new RecoveryCodes();
        List<Secret> codes = rig.database.write(tx -> recovery.make(tx, person));
        assertThat(codes).hasSize(RecoveryCodes.COUNT).doesNotHaveDuplicates();
        String typed = " "
                + codes.getFirst().reveal().toUpperCase(java.util.Locale.ROOT).replace('-', ' ');
        rig.database.write(tx -> {
            assertThat(recovery.use(tx, "somebody else", codes.getFirst().reveal()))
                    .isFalse();
            assertThat(recovery.use(tx, person, typed)).isTrue();
            assertThat(recovery.use(tx, person, codes.getFirst().reveal())).isFalse();
            assertThat(recovery.left(tx, person)).isEqualTo(RecoveryCodes.COUNT - 1);
            List<Secret> fresh = recovery.make(tx, person);
            assertThat(recovery.use(tx, person, codes.get(1).reveal()))
                    .as("of the former set")
                    .isFalse();
            assertThat(recovery.use(tx, person, fresh.getFirst().reveal())).isTrue();
            return null;
        });
        String stored = rig.database.read(tx -> tx.sql()
                .fetch("SELECT * FROM recovery_code WHERE person_id = ?", person)
                .toString());
        assertThat(codes).noneMatch(code -> stored.contains(code.reveal()));
    }

    @Test
    void givesAWaitingSignInFiveAttemptsAndTenMinutes() {
        PendingSignIns pendings = new PendingSignIns();
        SignIns.Proven proven = new SignIns.Proven(person, rig.organizationId, rig.workspaceId);
        String token = rig.database.write(tx -> pendings.open(tx, proven, Session.Method.PASSWORD, "/settings/keys")
                .reveal());
        PendingSignIns.Pending pending =
                rig.database.read(tx -> pendings.find(tx, token).orElseThrow());
        assertThat(pending.person()).isEqualTo(proven);
        assertThat(pending.next()).isEqualTo("/settings/keys");
        for (int i = 0; i < PendingSignIns.MAX_ATTEMPTS; i++) {
            assertThat(attempt(pendings, pending)).isTrue();
        }
        assertThat(attempt(pendings, pending)).isFalse();
        assertThat(find(pendings, token)).isEmpty();

        String late = rig.database.write(
                tx -> pendings.open(tx, proven, Session.Method.PASSWORD, null).reveal());
        rig.database.write(tx -> tx.sql()
                .execute("UPDATE pending_sign_in SET expires_at = ? WHERE person_id = ?", Micros.of(tx.now()), person));
        assertThat(find(pendings, late)).isEmpty();
    }

    @Test
    void keepsOnlySoManyWaitingSignInsOfOnePerson() {
        PendingSignIns pendings = new PendingSignIns();
        SignIns.Proven proven = new SignIns.Proven(person, rig.organizationId, rig.workspaceId);
        for (int i = 0; i < 15; i++) {
            rig.database.write(tx -> pendings.open(tx, proven, Session.Method.PASSWORD, null));
        }
        long count = rig.database.read(tx -> tx.sql()
                .fetchSingle("SELECT COUNT(*) FROM pending_sign_in WHERE person_id = ?", person)
                .get(0, Long.class));
        assertThat(count).isEqualTo(10);
    }

    @Test
    void takesAnAnswerToAChallengeOnceFromItsBrowserAndForItsPurpose() {
        PasskeyStore store = new PasskeyStore();
        rig.database.write(tx -> {
            store.ask(tx, "c-" + person, Passkeys.Purpose.SIGN_IN, "browser", "192.0.2.1");
            return null;
        });
        rig.database.write(tx -> {
            assertThat(store.answer(tx, "c-" + person, Passkeys.Purpose.STEP, "browser"))
                    .isFalse();
            assertThat(store.answer(tx, "c-" + person, Passkeys.Purpose.SIGN_IN, "other"))
                    .isFalse();
            assertThat(store.answer(tx, "c-" + person, Passkeys.Purpose.SIGN_IN, "browser"))
                    .isTrue();
            assertThat(store.answer(tx, "c-" + person, Passkeys.Purpose.SIGN_IN, "browser"))
                    .isFalse();
            return null;
        });
    }

    @Test
    void keepsOnlySoManyChallengesOfOneAddress() {
        PasskeyStore store = new PasskeyStore();
        String address = person.substring(0, 30);
        for (int i = 0; i < PasskeyStore.MAX_CHALLENGES + 5; i++) {
            int number = i;
            rig.database.write(tx -> {
                store.ask(tx, number + "-" + person, Passkeys.Purpose.SIGN_IN, "browser", address);
                return null;
            });
        }
        rig.database.write(tx -> {
            long count = tx.sql()
                    .fetchSingle("SELECT COUNT(*) FROM passkey_challenge WHERE address = ?", address)
                    .get(0, Long.class);
            assertThat(count).isEqualTo(PasskeyStore.MAX_CHALLENGES);
            String last = (PasskeyStore.MAX_CHALLENGES + 4) + "-" + person;
            assertThat(store.answer(tx, last, Passkeys.Purpose.SIGN_IN, "browser"))
                    .isTrue();
            return null;
        });
    }

    @Test
    void neverTakesAPasskeyWhoseCounterDidNotRise() {
        PasskeyStore store = new PasskeyStore();
        String id = Ids.next().toString();
        rig.database.write(tx -> {
            store.insert(
                    tx,
                    new PasskeyStore.Passkey(
                            id, person, "credential-" + id, "x", "Key", 0, true, false, List.of(), tx.now(), null));
            assertThat(store.used(tx, id, 0, false))
                    .as("one that does not count")
                    .isTrue();
            assertThat(store.used(tx, id, 7, true)).isTrue();
            assertThat(store.used(tx, id, 7, true)).isFalse();
            assertThat(store.used(tx, id, 6, true)).isFalse();
            assertThat(store.used(tx, id, 8, true)).isTrue();
            assertThat(store.delete(tx, "somebody else", id)).isFalse();
            assertThat(store.delete(tx, person, id)).isTrue();
            return null;
        });
    }
}
