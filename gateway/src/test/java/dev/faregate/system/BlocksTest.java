package dev.faregate.system;

import static org.assertj.core.api.Assertions.assertThat;

import dev.faregate.credits.Discrepancy;
import dev.faregate.credits.LedgerStats;
import dev.faregate.credits.NodeLife;
import dev.faregate.http.EdgeStats;
import dev.faregate.models.Catalogue;
import dev.faregate.models.CatalogueReader;
import dev.faregate.routing.EndpointHealth.Outage;
import dev.faregate.storage.Database;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// What each block says is wrong, and that it is silent when nothing is.
class BlocksTest {
    private static final Instant NOW = Instant.parse("2026-11-27T12:00:00Z");
    private static final Self SELF =
            new Self("1.2.3", "node-1", Path.of("/data"), "db:5432/faregate", NOW.minus(Duration.ofHours(51)));
    private static final EdgeStats QUIET = new EdgeStats(3, 2, 0, 1_234, 0, 5, 0, 6, 0);
    private static final LedgerStats CLEAN = stats(0, 0, 0);
    private static final Catalogue CATALOGUE = CatalogueReader.shipped();
    private static final Configuration PLAIN = new Configuration(
            Path.of("/etc/faregate.yaml"), true, null, null, List.of(), List.of(), List.of(), List.of());

    private static LedgerStats stats(long unheld, long quarantined, long stuck) {
        return new LedgerStats(7, 11, 13, 17, 19, unheld, quarantined, 23, 29, stuck, 31, 37);
    }

    private static Block ledger(LedgerStats stats, @Nullable String fault, long spool, LastRuns.@Nullable Audit audit) {
        return LedgerBlock.of(new LedgerBlock.Reading(Database.Kind.SQLITE, stats, fault, spool, 41, null, audit));
    }

    private static Block database(
            SystemStore.@Nullable Told told, @Nullable String failure, @Nullable Long free, boolean spent) {
        return DatabaseBlock.of(new DatabaseBlock.Reading(
                Database.Kind.SQLITE,
                "/data/faregate.db",
                told,
                failure,
                new DatabaseBlock.Files(5 << 20, 1 << 10),
                free,
                spent));
    }

    private static final SystemStore.Told TOLD = new SystemStore.Told("3.51.3", "31", 0);
    private static final long ROOM = 8L << 30;

    private static String troubles(Block block) {
        return String.join(
                "\n",
                block.troubles().stream()
                        .map(trouble -> trouble.level() + " " + trouble.what())
                        .toList());
    }

    private static @Nullable String fact(Block block, String name) {
        return block.facts().stream()
                .filter(fact -> fact.name().equals(name))
                .map(Fact::text)
                .findFirst()
                .orElse(null);
    }

    @ParameterizedTest
    @EnumSource(Readiness.class)
    void saysWhetherTheNodeTakesRequests(Readiness readiness) {
        Block block = NodeBlock.of(readiness, SELF, QUIET, NOW);
        if (readiness == Readiness.READY) {
            assertThat(block.level()).isEqualTo(Level.GOOD);
            assertThat(block.words()).isEqualTo("This node takes requests.");
        } else {
            assertThat(block.level()).isEqualTo(readiness == Readiness.DRAINING ? Level.WARN : Level.BAD);
            assertThat(block.words()).isEmpty();
            assertThat(block.troubles()).hasSize(1);
            assertThat(block.troubles().getFirst().next()).isNotEmpty();
        }
        assertThat(fact(block, "Up for")).isEqualTo("2 days 3 hours");
        assertThat(fact(block, "Requests")).isEqualTo("1,234");
    }

    @Test
    void countsErrorsOfTheProgram() {
        Block block = NodeBlock.of(Readiness.READY, SELF, new EdgeStats(0, 0, 0, 0, 0, 0, 0, 0, 2), NOW);
        assertThat(troubles(block)).isEqualTo("WARN 2 requests since the start ended in an error of the program.");
    }

    @Test
    void saysWhatIsWrongWithDatabaseAndDisk() {
        assertThat(database(TOLD, null, ROOM, false).level()).isEqualTo(Level.GOOD);
        assertThat(fact(database(TOLD, null, ROOM, false), "Size")).isEqualTo("5.0 MiB");
        assertThat(troubles(database(null, null, ROOM, false))).isEqualTo("BAD The database did not answer in time.");
        assertThat(fact(database(null, null, null, false), "Schema")).isNull();
        assertThat(fact(database(null, null, null, false), "Free on the data folder's disk"))
                .as("what nobody knows is left out")
                .isNull();
        assertThat(troubles(database(TOLD, "EIO", ROOM, false))).startsWith("BAD The disk failed under a commit");
        assertThat(troubles(database(TOLD, null, 12L << 20, true))).startsWith("BAD The disk is full");
        assertThat(troubles(database(TOLD, null, 12L << 20, false)))
                .isEqualTo("WARN Only 12.0 MiB are free on the disk of the data folder.");
    }

    @Test
    void saysWhatIsWrongWithTheLedger() {
        Block clean = ledger(CLEAN, null, 0, null);
        assertThat(clean.level()).isEqualTo(Level.GOOD);
        assertThat(clean.command()).isEqualTo("./faregate verify");
        assertThat(LedgerBlock.of(new LedgerBlock.Reading(Database.Kind.POSTGRESQL, CLEAN, null, 0, null, null, null))
                        .words())
                .contains("no node hears of it");
        assertThat(fact(clean, "Waiting now")).isEqualTo("31 holds, 37 settlements");
        assertThat(fact(clean, "Requests with money held")).isEqualTo("41");
        assertThat(troubles(ledger(stats(1, 2, 3), "two nodes have one id", 12, null))
                        .lines())
                .containsExactly(
                        "BAD Nothing that costs is admitted: two nodes have one id.",
                        "BAD The database refuses 3 settlements; they are tried again.",
                        "BAD 1 settlement since the start met no hold and were booked all the same.",
                        "WARN 2 records of requests since the start were refused by their table; what they cost was"
                                + " charged.",
                        "WARN Charges wait on this node's disk until the database takes them.");
    }

    @Test
    void tellsTheLastAudit() {
        LastRuns runs = new LastRuns();
        runs.verified(NOW, List.of());
        assertThat(ledger(CLEAN, null, 0, runs.audit()).words()).isEqualTo("The last audit found the books in order.");
        Discrepancy held = Discrepancy.of("I8", "row", "held", "1", "2");
        runs.verified(NOW, List.of(held, held, Discrepancy.of("I5", "row", "held", "1", "2")));
        Block block = ledger(CLEAN, null, 0, runs.audit());
        assertThat(troubles(block)).isEqualTo("BAD The last audit found 3 rows that cannot be (rules I5, I8).");
        assertThat(block.facts().getLast()).isEqualTo(Fact.at("Last audit", NOW));
    }

    private static NodeLife node(String id, boolean silent, long holds) {
        return new NodeLife(id, NOW, NOW, silent, holds, id.equals("one"));
    }

    @Test
    void listsNodesAndSaysWhichAreSilent() {
        assertThat(NodesBlock.alone().level()).isEqualTo(Level.GOOD);
        assertThat(NodesBlock.of(null).level()).isEqualTo(Level.WARN);
        Block well = NodesBlock.of(List.of(node("one", false, 3), node("two", false, 0)));
        assertThat(well.level()).isEqualTo(Level.GOOD);
        assertThat(Objects.requireNonNull(well.rows())
                        .cells()
                        .getFirst()
                        .getFirst()
                        .text())
                .isEqualTo("one (this one)");
        assertThat(troubles(NodesBlock.of(List.of(node("one", false, 3), node("two", true, 0)))))
                .isEqualTo("WARN 1 node gives no sign of life.");
        assertThat(troubles(NodesBlock.of(List.of(node("one", false, 3), node("two", true, 4)))))
                .startsWith("WARN A silent node still has holds");
    }

    @Test
    void showsABoundedNumberOfRows() {
        Block many = NodesBlock.of(Collections.nCopies(Rows.MOST + 1, node("two", false, 0)));
        assertThat(Objects.requireNonNull(many.rows()).cells()).hasSize(Rows.MOST);
        assertThat(many.rows().more()).isEqualTo(1);
    }

    @Test
    void namesTheProviderOfAnEndpointThatFails() {
        assertThat(ProvidersBlock.endpoints(List.of(), CATALOGUE).level()).isEqualTo(Level.GOOD);
        Block block = ProvidersBlock.endpoints(
                List.of(
                        new Outage("faregate/echo", "faregate", Duration.ofSeconds(3)),
                        new Outage("gone/model", "gone", Duration.ZERO)),
                CATALOGUE);
        assertThat(block.level()).isEqualTo(Level.WARN);
        List<List<Rows.Cell>> cells = Objects.requireNonNull(block.rows()).cells();
        assertThat(cells.getFirst().get(1).text()).isEqualTo("Faregate");
        assertThat(cells.getFirst().get(2).text()).isEqualTo("3 s ago");
        assertThat(cells.getLast().get(1).text()).isEqualTo("gone");
    }

    @Test
    void saysWhichProvidersHaveAKey() {
        assertThat(ProvidersBlock.providers(List.of(), CATALOGUE).level()).isEqualTo(Level.WARN);
        Block block = ProvidersBlock.providers(
                List.of(
                        new Configuration.Provider("a", "A", "A_KEY", true, true),
                        new Configuration.Provider("b", "B", "faregate.yaml", false, true)),
                CATALOGUE);
        assertThat(block.level()).isEqualTo(Level.GOOD);
        assertThat(Objects.requireNonNull(block.rows()).cells())
                .extracting(row -> row.get(2).text())
                .containsExactly("Yes", "No");
        assertThat(troubles(ProvidersBlock.providers(
                        List.of(new Configuration.Provider("c", "C", "C_KEY", true, false)), CATALOGUE)))
                .isEqualTo("WARN C has a key, but its wire format is not spoken yet.");
    }

    @Test
    void saysWhatBecameOfTheLastChangeOfTheFile() {
        assertThat(ConfigurationBlock.of(PLAIN).level()).isEqualTo(Level.GOOD);
        assertThat(ConfigurationBlock.of(PLAIN).words()).isEqualTo("Every setting is at its default.");
        Configuration bad = new Configuration(
                PLAIN.file(),
                true,
                NOW,
                new Configuration.Problem(NOW, "faregate.yaml line 3: log.level must be info."),
                List.of("port"),
                List.of("The variable FAREGATE_X is not a setting and means nothing."),
                List.of(new Configuration.Changed("port", "1", "8080"), new Configuration.Changed("a", "b", null)),
                List.of());
        Block block = ConfigurationBlock.of(bad);
        assertThat(troubles(block).lines())
                .containsExactly(
                        "BAD The last change of the file was not taken up. faregate.yaml line 3: log.level must be info.",
                        "WARN Changed in the file, but only read at the start: port.",
                        "WARN The variable FAREGATE_X is not a setting and means nothing.");
        assertThat(Objects.requireNonNull(block.rows()).cells())
                .extracting(row -> row.get(2).text())
                .containsExactly("8080", "not set");
    }

    @Test
    void saysWhatIsKnownOfBackups() {
        assertThat(BackupBlock.of(Database.Kind.SQLITE, null, 0).command()).startsWith("./faregate backup ");
        assertThat(BackupBlock.of(Database.Kind.POSTGRESQL, null, 0).words()).contains("pg_dump");
        assertThat(BackupBlock.of(Database.Kind.POSTGRESQL, null, 0).command()).isNull();
        LastRuns runs = new LastRuns();
        runs.backedUp(NOW, Path.of("/backups/one.zip"));
        Block block = BackupBlock.of(Database.Kind.SQLITE, runs.copy(), 2);
        assertThat(block.words()).isEmpty();
        assertThat(fact(block, "File")).isEqualTo("/backups/one.zip");
        assertThat(fact(block, "Restored so far")).isEqualTo("2");
    }

    /// Whoever reads that something is wrong is led to where the handbook says what to do.
    @Test
    void leadsToPartsOfTheHandbookThatExist() throws IOException {
        Configuration bad = new Configuration(
                PLAIN.file(),
                true,
                null,
                new Configuration.Problem(NOW, "x"),
                List.of("x"),
                List.of("x"),
                List.of(),
                List.of());
        LastRuns runs = new LastRuns();
        runs.verified(NOW, List.of(Discrepancy.of("I8", "row", "held", "1", "2")));
        List<Block> blocks = List.of(
                NodeBlock.of(Readiness.READY, SELF, new EdgeStats(0, 0, 0, 0, 0, 0, 0, 0, 1), NOW),
                database(null, null, 0L, false),
                database(null, "x", 0L, true),
                ledger(stats(1, 1, 1), "x", 1, runs.audit()),
                NodesBlock.of(null),
                NodesBlock.of(List.of(node("two", true, 0))),
                NodesBlock.of(List.of(node("two", true, 1))),
                ProvidersBlock.endpoints(List.of(new Outage("a", "b", Duration.ZERO)), CATALOGUE),
                ProvidersBlock.providers(List.of(), CATALOGUE),
                ProvidersBlock.providers(List.of(new Configuration.Provider("c", "C", "C", true, false)), CATALOGUE),
                ConfigurationBlock.of(bad));
        List<String> addresses = Stream.concat(
                        blocks.stream().flatMap(block -> block.troubles().stream()),
                        Arrays.stream(Readiness.values())
                                .filter(readiness -> readiness != Readiness.READY)
                                .map(Readiness::trouble))
                .map(Trouble::address)
                .distinct()
                .toList();
        assertThat(addresses).hasSizeGreaterThan(8);
        for (String address : addresses) {
            assertThat(address).startsWith("/docs/");
            String[] parts = address.substring("/docs/".length()).split("#");
            List<String> anchors = Files.readAllLines(Path.of("..", "docs", parts[0] + ".md")).stream()
                    .filter(line -> line.startsWith("#"))
                    .map(line -> line.replaceFirst("#+ ", "")
                            .toLowerCase(Locale.ROOT)
                            .replace(' ', '-'))
                    .toList();
            if (parts.length > 1) {
                assertThat(anchors).as(address).contains(parts[1]);
            }
        }
    }
}
