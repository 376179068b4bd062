package dev.faregate.accounts;

import static org.assertj.core.api.Assertions.assertThat;

import dev.faregate.base.ApiException;
import dev.faregate.base.Ids;
import dev.faregate.base.Secret;
import dev.faregate.base.Tokens;
import dev.faregate.identity.Role;
import dev.faregate.keys.Rig;
import dev.faregate.storage.Database;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// People, links, invitations and counted attempts on both databases.
class AccountStoresContract {
    private static final LinkStore LINKS = new LinkStore();
    private static final PersonStore PEOPLE = new PersonStore();
    private static final InvitationStore INVITATIONS = new InvitationStore();
    private static final Throttle THROTTLE = new Throttle();

    private static String address() {
        return Ids.next() + "@example.com";
    }

    private static String person(Rig rig, String email) {
        return rig.database.write(tx -> PEOPLE.create(tx, email, PersonName.of("Ada King Lovelace"), false)
                .orElseThrow());
    }

    /// Runs all of them at the same time and answers what they answered.
    private static <T> List<T> atOnce(int count, Callable<T> work) throws Exception {
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<T>> running = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                running.add(threads.submit(work));
            }
            List<T> answers = new ArrayList<>();
            for (Future<T> future : running) {
                answers.add(future.get(30, TimeUnit.SECONDS));
            }
            return answers;
        }
    }

    @ParameterizedTest
    @EnumSource(Database.Kind.class)
    void aPersonHasOneAddressAndOnePassword(Database.Kind kind) {
        Rig rig = new Rig(kind);
        String email = address();
        String id = person(rig, email);
        rig.database.write(tx -> {
            assertThat(PEOPLE.create(tx, email, PersonName.of("Eve"), true)).isEmpty();
            PEOPLE.setPassword(tx, id, "one");
            PEOPLE.setPassword(tx, id, "two");
            PersonStore.Person person = PEOPLE.findByEmail(tx, email).orElseThrow();
            assertThat(person.passwordHash()).isEqualTo("two");
            assertThat(person.firstName()).isEqualTo("Ada King");
            assertThat(person.lastName()).isEqualTo("Lovelace");
            assertThat(person.emailVerified()).isFalse();
            assertThat(person.toString()).doesNotContain("two");
            String other =
                    PEOPLE.create(tx, address(), PersonName.of("Eve"), true).orElseThrow();
            assertThat(PEOPLE.setEmail(tx, other, email)).isFalse();
            assertThat(PEOPLE.setEmail(tx, id, email)).isTrue();
            assertThat(PEOPLE.find(tx, id).orElseThrow().emailVerified()).isTrue();
            return null;
        });
    }

    @ParameterizedTest
    @EnumSource(Database.Kind.class)
    void aLinkIsTakenOnceHoweverManyTry(Database.Kind kind) throws Exception {
        Rig rig = new Rig(kind);
        Secret token = Tokens.generate();
        rig.database.write(tx -> {
            LINKS.insert(tx, token, LinkStore.Purpose.SIGN_UP, null, "a@example.com");
            return null;
        });
        assertThat(rig.database.<Boolean>read(tx ->
                        LINKS.find(tx, token.reveal(), LinkStore.Purpose.RESET).isPresent()))
                .as("for this purpose only")
                .isFalse();
        List<Boolean> taken = atOnce(
                8,
                () -> rig.database.write(tx -> LINKS.take(tx, token.reveal(), LinkStore.Purpose.SIGN_UP)
                        .isPresent()));
        assertThat(taken).containsOnlyOnce(true);
        assertThat(rig.database.<Boolean>read(tx -> LINKS.find(tx, token.reveal(), LinkStore.Purpose.SIGN_UP)
                        .isPresent()))
                .isFalse();
    }

    @ParameterizedTest
    @EnumSource(Database.Kind.class)
    void aLinkEndsWithItsTimeAndItsSubject(Database.Kind kind) {
        Rig rig = new Rig(kind);
        Secret old = Tokens.generate();
        Secret fresh = Tokens.generate();
        String subject = Ids.next().toString();
        rig.database.write(tx -> {
            LINKS.insert(tx, old, LinkStore.Purpose.RESET, subject, null);
            tx.sql().execute("UPDATE account_link SET expires_at = created_at WHERE subject = ?", subject);
            LINKS.insert(tx, fresh, LinkStore.Purpose.RESET, subject, null);
            return null;
        });
        rig.database.write(tx -> {
            assertThat(LINKS.take(tx, old.reveal(), LinkStore.Purpose.RESET)).isEmpty();
            assertThat(LINKS.find(tx, fresh.reveal(), LinkStore.Purpose.RESET)).isPresent();
            LINKS.purge(tx);
            assertThat(tx.sql().fetchCount(tx.sql().selectFrom("account_link where subject = '" + subject + "'")))
                    .isEqualTo(1);
            LINKS.endAll(tx, LinkStore.Purpose.RESET, subject);
            assertThat(LINKS.find(tx, fresh.reveal(), LinkStore.Purpose.RESET)).isEmpty();
            return null;
        });
    }

    @ParameterizedTest
    @EnumSource(Database.Kind.class)
    void anotherInvitationTakesThePlaceOfTheFormer(Database.Kind kind) {
        Rig rig = new Rig(kind);
        String inviter = person(rig, address());
        String email = address();
        Secret first = Tokens.generate();
        Secret second = Tokens.generate();
        String other = rig.tenant().organizationId();
        rig.database.write(tx -> {
            INVITATIONS.insert(tx, first, rig.organizationId, email, Role.VIEWER, true, inviter);
            INVITATIONS.insert(tx, second, rig.organizationId, email, Role.ADMIN, false, inviter);
            assertThat(INVITATIONS.findByToken(tx, first.reveal())).isEmpty();
            InvitationStore.Invitation open =
                    INVITATIONS.findByToken(tx, second.reveal()).orElseThrow();
            assertThat(open.role()).isEqualTo(Role.ADMIN);
            assertThat(open.mailed()).isFalse();
            assertThat(INVITATIONS.list(tx, rig.organizationId, 10)).containsExactly(open);
            assertThat(INVITATIONS.delete(tx, other, open.id()))
                    .as("of another organization")
                    .isFalse();
            return null;
        });
    }

    @ParameterizedTest
    @EnumSource(Database.Kind.class)
    void countsAttemptsAtOnceAndAnewAfterItsWindow(Database.Kind kind) throws Exception {
        Rig rig = new Rig(kind);
        Throttle.Bucket bucket = new Throttle.Bucket("test " + Ids.next(), 5, Duration.ofMinutes(1));
        List<Boolean> free = atOnce(12, () -> rig.database.write(tx -> THROTTLE.take(tx, List.of(bucket))));
        assertThat(free.stream().filter(it -> it)).hasSize(5);
        rig.database.write(tx ->
                tx.sql().execute("UPDATE attempt_count SET ends_at = 0 WHERE bucket = ?", Tokens.hash(bucket.key())));
        assertThat(rig.database.<Boolean>write(tx -> THROTTLE.take(tx, List.of(bucket))))
                .isTrue();
    }

    @ParameterizedTest
    @EnumSource(Database.Kind.class)
    void aStrangerKeepsNobodyOutAndAGoodSignInBeginsAnew(Database.Kind kind) throws UnknownHostException {
        Rig rig = new Rig(kind);
        String email = address();
        InetAddress stranger =
                InetAddress.getByName("2001:db8:" + Integer.toHexString(email.hashCode() & 0xffff) + "::1");
        InetAddress neighbour =
                InetAddress.getByName("2001:db8:" + Integer.toHexString(email.hashCode() & 0xffff) + "::2");
        InetAddress owner = InetAddress.getByName("192.0.2.77");
        rig.database.write(tx -> {
            int good = 0;
            for (int i = 0; i < 20; i++) {
                good += THROTTLE.take(tx, Throttle.signIn(email, i % 2 == 0 ? stranger : neighbour)) ? 1 : 0;
            }
            assertThat(good).as("one subscriber, one count").isEqualTo(10);
            assertThat(THROTTLE.take(tx, Throttle.signIn(email, owner))).isTrue();
            THROTTLE.succeeded(tx, email, owner);
            for (int i = 0; i < 10; i++) {
                assertThat(THROTTLE.take(tx, Throttle.signIn(email, owner))).isTrue();
            }
            assertThat(THROTTLE.take(tx, Throttle.signIn(email, owner))).isFalse();
            return null;
        });
    }

    @ParameterizedTest
    @EnumSource(Database.Kind.class)
    void ofTwoOwnersWhoLeaveAtOnceOneStays(Database.Kind kind) throws Exception {
        Rig rig = new Rig(kind);
        String organization = rig.organizationId;
        List<String> owners = List.of(person(rig, address()), person(rig, address()));
        rig.database.write(tx -> {
            owners.forEach(id -> rig.members.join(tx, organization, id, Role.OWNER));
            return null;
        });
        List<String> left = new ArrayList<>(owners);
        List<Boolean> gone = atOnce(2, () -> {
            String id;
            synchronized (left) {
                id = left.removeLast();
            }
            try {
                return rig.database.write(tx -> {
                    Owners.keepOne(tx, organization, Role.OWNER);
                    return rig.members.leave(tx, organization, id);
                });
            } catch (ApiException e) {
                return false;
            }
        });
        assertThat(gone).containsExactlyInAnyOrder(true, false);
        assertThat(rig.database.<Integer>read(tx -> Owners.count(tx, organization)))
                .isEqualTo(1);
    }
}
