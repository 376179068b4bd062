package dev.faregate.usage;

import static org.assertj.core.api.Assertions.assertThat;

import dev.faregate.base.Ids;
import dev.faregate.base.Micros;
import dev.faregate.base.Secret;
import dev.faregate.base.Usd;
import dev.faregate.chat.TokenUsage;
import dev.faregate.credits.Claim;
import dev.faregate.credits.Evidence;
import dev.faregate.credits.Finding;
import dev.faregate.credits.GroupLedger;
import dev.faregate.credits.HoldRequest;
import dev.faregate.credits.HoldResult;
import dev.faregate.credits.LedgerSettings;
import dev.faregate.credits.OrphanRecords;
import dev.faregate.credits.Safeguards;
import dev.faregate.credits.SettleResult;
import dev.faregate.credits.Settlement;
import dev.faregate.identity.AuditLog;
import dev.faregate.identity.Writes;
import dev.faregate.keys.Caller;
import dev.faregate.keys.Rig;
import dev.faregate.keys.Stores;
import dev.faregate.storage.Database;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;
import tools.jackson.databind.JsonNode;

/// The record of a generation on its real way into the database: with the settlement of its hold.
@ParameterizedClass
@EnumSource
class SettledUsageContract {
    private static final long WAIT_S = 10;
    private final Database database;
    private final Rig rig;

    SettledUsageContract(Database.Kind kind) {
        database = Stores.open(kind);
        rig = new Rig(database);
    }

    @AfterEach
    void close() {
        database.close();
    }

    @Test
    void agreesOnWhatWasSpentWhoeverIsAsked() {
        Secret text = Secret.of(rig.create(rig.management, "{\"name\":\"n\",\"limit\":1,\"limit_reset\":\"daily\"}")
                .path("key")
                .asString());
        Caller caller = rig.caller(text);
        List<Generation> generations =
                IntStream.range(0, 20).mapToObj(_ -> generation(caller)).toList();
        try (GroupLedger ledger = start(rig.database, OrphanRecords.NONE)) {
            generations.forEach(generation -> run(ledger, caller, generation));
        }
        JsonNode self = rig.self(text);
        assertThat(self.path("usage").decimalValue()).isEqualByComparingTo("0.02");
        assertThat(self.path("usage_daily").decimalValue()).isEqualByComparingTo("0.02");
        assertThat(self.path("limit_remaining").decimalValue()).isEqualByComparingTo("0.98");
        Usd spent = rig.database.read(tx -> rig.books.spent(tx, caller.organizationId()));
        assertThat(spent).isEqualTo(Usd.parse("0.02"));
        GenerationHandler handler =
                new GenerationHandler(rig.database, new GenerationStore(), new Writes(new AuditLog()));
        for (Generation generation : generations) {
            JsonNode data = rig.call(
                            handler::handle,
                            text,
                            Rig.head("GET", "/generation", Map.of(), Map.of("id", List.of(generation.wireId()))),
                            "")
                    .path("data");
            assertThat(data.path("total_cost").decimalValue()).isEqualByComparingTo("0.001");
        }
    }

    @Test
    void recordsAnOrphanUntilTheTruthArrives() {
        Caller caller = rig.caller(rig.inference);
        String node = UUID.randomUUID().toString();
        Generation truth = generation(caller);
        GroupLedger dying = start(database, node, OrphanRecords.NONE);
        HoldResult held = ask(answer -> dying.hold(request(caller, truth), Runnable::run, answer));
        assertThat(held).isInstanceOf(HoldResult.Held.class);
        dying.close();

        try (GroupLedger next = start(database, node, new OrphanGenerations())) {
            assertThat(rig.self(rig.inference).path("usage").decimalValue()).isEqualByComparingTo("0.01");
            Generation orphan = found(caller, truth);
            assertThat(orphan.cost().source()).isEqualTo(Generation.Source.ORPHAN);
            assertThat(orphan.route().model()).isEqualTo("a/x");
            assertThat(orphan.owner()).isEqualTo(truth.owner());

            assertThat(settle(next, caller, truth)).isInstanceOf(SettleResult.Settled.class);
            assertThat(rig.self(rig.inference).path("usage").decimalValue()).isEqualByComparingTo("0.001");
        }
    }

    @Test
    void lowersWhatAnotherNodeChargedInFullToWhatIsKnownOnceAndNeverMore() {
        Caller caller = rig.caller(rig.inference);
        Generation billed = generation(caller);
        Generation unsent = generation(caller);
        Generation doubtful = generation(caller);
        Generation settled = generation(caller);
        List<Generation> orphans = List.of(billed, unsent, doubtful);
        String node = UUID.randomUUID().toString();
        try (GroupLedger dying = start(database, node, OrphanRecords.NONE)) {
            orphans.forEach(generation -> {
                HoldResult held = ask(answer -> dying.hold(request(caller, generation), Runnable::run, answer));
                assertThat(held).isInstanceOf(HoldResult.Held.class);
            });
            run(dying, caller, settled);
        }
        Map<UUID, String> recorded = Stream.concat(orphans.stream(), Stream.of(settled, generation(caller)))
                .collect(Collectors.toMap(Generation::id, _ -> "life"));
        Evidence evidence = orphan -> {
            assertThat(orphan.boot()).isEqualTo("life");
            if (orphan.generation().equals(doubtful.id())) {
                return new Finding.Doubtful("nobody knows");
            }
            Usd cost = Usd.parse("0.002");
            return orphan.generation().equals(unsent.id())
                    ? new Finding.NeverSent()
                    : new Finding.Billed(Settlement.Source.EXACT, cost, cost, TokenUsage.of(7, 3));
        };
        try (GroupLedger next = start(database, node, new OrphanGenerations())) {
            assertThat(rig.self(rig.inference).path("usage").decimalValue()).isEqualByComparingTo("0.031");
            for (int i = 0; i < 2; i++) {
                assertThat(new OrphanCorrections(database, next, evidence).lower(recorded))
                        .isTrue();
                assertThat(rig.self(rig.inference).path("usage").decimalValue()).isEqualByComparingTo("0.013");
                Usd spent = database.read(tx -> rig.books.spent(tx, caller.organizationId()));
                assertThat(spent).isEqualTo(Usd.parse("0.013"));
            }
        }
        assertThat(found(caller, billed).cost().source()).isEqualTo(Generation.Source.EXACT);
        assertThat(found(caller, billed).cost().charge()).isEqualTo(Usd.parse("0.002"));
        assertThat(found(caller, billed).tokens().nativeCompletion()).isEqualTo(3);
        assertThat(found(caller, billed).route().model()).isEqualTo("a/x");
        assertThat(found(caller, unsent).cost().source()).isEqualTo(Generation.Source.VOID);
        assertThat(found(caller, doubtful).cost().source()).isEqualTo(Generation.Source.ORPHAN);
        assertThat(found(caller, settled).cost().charge()).isEqualTo(Usd.parse("0.001"));
    }

    private Generation found(Caller caller, Generation generation) {
        return database.read(tx -> new GenerationStore()
                        .find(tx, generation.id(), caller.organizationId(), caller.workspaceId(), caller.keyId()))
                .orElseThrow();
    }

    @Test
    void recordsNothingForAHoldThatSaysNothingOfOurs() {
        for (String context : List.of("", "{}", "[1]", "nonsense", "{\"organization\":1}")) {
            OrphanRecords.Orphan orphan =
                    new OrphanRecords.Orphan(Ids.next(), List.of(), "p", Instant.EPOCH, context, "b");
            assertThat(new OrphanGenerations().record(orphan, new Finding.NeverSent()))
                    .as(context)
                    .isEmpty();
        }
        assertThat(new OrphanGenerations()
                        .record(
                                new OrphanRecords.Orphan(Ids.next(), List.of(), "p", Instant.EPOCH, null, "b"),
                                new Finding.NeverSent()))
                .isEmpty();
    }

    private static GroupLedger start(Database database, OrphanRecords orphans) {
        return start(database, UUID.randomUUID().toString(), orphans);
    }

    private static GroupLedger start(Database database, String node, OrphanRecords orphans) {
        return GroupLedger.start(
                database,
                LedgerSettings.DEFAULT,
                node,
                UUID.randomUUID().toString(),
                GenerationRow.table(),
                orphans,
                Safeguards.NONE);
    }

    private static void run(GroupLedger ledger, Caller caller, Generation generation) {
        HoldResult held = ask(answer -> ledger.hold(request(caller, generation), Runnable::run, answer));
        assertThat(held).isInstanceOf(HoldResult.Held.class);
        assertThat(settle(ledger, caller, generation)).isInstanceOf(SettleResult.Settled.class);
    }

    private static SettleResult settle(GroupLedger ledger, Caller caller, Generation generation) {
        List<Claim> claims = claims(caller);
        Settlement settlement = new Settlement(
                generation.id(),
                claims,
                claims.stream().map(_ -> generation.cost().charge()).toList(),
                generation.cost().upstream(),
                Settlement.Source.EXACT,
                generation.toRow());
        return ask(answer -> ledger.settle(settlement, Runnable::run, answer));
    }

    private static HoldRequest request(Caller caller, Generation generation) {
        String context = OrphanGenerations.context(new OrphanGenerations.Intent(
                generation.owner(),
                generation.apiType(),
                "x",
                generation.route().model(),
                "two",
                "Two",
                "two/a",
                true,
                false,
                caller.balanceLimit()));
        return new HoldRequest(generation.id(), claims(caller), caller.policySeq(), "prices-1", context);
    }

    private static List<Claim> claims(Caller caller) {
        return caller.limits().stream()
                .map(limit -> new Claim(limit, Usd.parse("0.01")))
                .toList();
    }

    private static <T> T ask(Consumer<Consumer<T>> call) {
        CompletableFuture<T> answer = new CompletableFuture<>();
        call.accept(answer::complete);
        return answer.orTimeout(WAIT_S, TimeUnit.SECONDS).join();
    }

    private static Generation generation(Caller caller) {
        return new Generation(
                Ids.next(),
                Micros.toInstant(Micros.of(Instant.now())),
                "completions",
                new Generation.Owner(caller.organizationId(), caller.workspaceId(), caller.keyId(), null),
                Generation.Client.SILENT,
                new Generation.Route("x", "a/x", null, null, "two", "Two", "two/a", null, null, null, "global", null),
                new Generation.Outcome(200, null, true, false, "stop", "stop", 4L, 5L, null),
                Generation.Tokens.UNKNOWN,
                Generation.Media.NONE,
                new Generation.Cost(
                        Usd.parse("0.001"),
                        Usd.parse("0.001"),
                        null,
                        Generation.Source.EXACT,
                        "prices-1",
                        false,
                        false),
                List.of(new Generation.Attempt(200, "Two", "two/a", "a/x", "up-1", 4L, false)));
    }
}
