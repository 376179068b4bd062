package dev.faregate.flow;

import static org.assertj.core.api.Assertions.assertThat;

import dev.faregate.testkit.Script;
import dev.faregate.testkit.ScriptedUpstream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// The command lines of `backup`, `restore` and `ledger reconcile`: what they take, what they print, and the codes that
/// scripts see.
class BackupCommandsFlowTest {
    private final Commands commands = new Commands();
    private final Path folder = TestServer.temporaryFolder();

    /// A restored store in `after`, closed, without a server.
    private Path restored() throws IOException {
        Path after = TestServer.temporaryFolder();
        Path archive = folder.resolve("store.zip");
        Path before = TestServer.temporaryFolder();
        try (ScriptedUpstream upstream = ScriptedUpstream.start()) {
            upstream.script(Script.answer());
            try (TestServer server = TestServer.startIn(before, "", upstream)) {
                assertThat(server.chat(TestServer.chat("test/priced", "")).statusCode())
                        .isEqualTo(200);
                commands.succeeds(before, "backup", archive.toString());
                assertThat(commands.out.toString())
                        .startsWith("Wrote " + archive + ": the store as of 20")
                        .contains("1 postings", "Keep the master key elsewhere")
                        .hasLineCount(1);
                Files.createDirectories(after.resolve("data"));
                Files.copy(before.resolve("data/master.key"), after.resolve("data/master.key"));
            }
        }
        commands.succeeds(after, "restore", archive.toString());
        return after;
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            backup                                            | Missing required parameter: 'FILE'
            backup a b                                        | Unmatched argument at index 2: 'b'
            backup a --over                                   | Unknown option: '--over'
            restore a b                                       | Unmatched argument at index 2: 'b'
            restore a --force                                 | Unknown option: '--force'
            ledger reconcil                                   | reconcil
            ledger reconcile all                              | Unmatched argument
            ledger reconcile --charge                         | --charge
            ledger reconcile --charge default                 | --charge default: not ORGANIZATION=USD.
            ledger reconcile --charge =5                      | --charge =5: not ORGANIZATION=USD.
            ledger reconcile --charge default=                | --charge default=: not US dollars
            ledger reconcile --charge default=five            | --charge default=five: not US dollars
            ledger reconcile --charge default=0.0000000001    | at most nine decimals
            ledger reconcile --charge default=1e400           | --charge default=1e400: not US dollars
            """)
    void aWrongCommandLineIsOneLineAndCodeTwo(String line, String words) {
        assertThat(commands.run(folder, line.split(" ", -1))).isEqualTo(2);
        assertThat(commands.err.toString())
                .startsWith("faregate: ")
                .contains(words)
                .hasLineCount(1);
        assertThat(commands.out.toString()).isEmpty();
    }

    @Test
    void ledgerAloneShowsWhatThereIs() {
        assertThat(commands.run(folder, "ledger")).isEqualTo(2);
        assertThat(commands.err.toString()).contains("Usage: faregate ledger", "reconcile");
    }

    @ParameterizedTest
    @ValueSource(strings = {"backup", "restore", "ledger reconcile"})
    void eachExplainsItselfAndItsExitCodes(String command) {
        assertThat(commands.run(folder, (command + " --help").split(" ", -1))).isZero();
        assertThat(commands.out.toString()).contains("Usage: faregate " + command, "Exit codes:");
    }

    @ParameterizedTest
    @ValueSource(strings = {"backup x.zip", "ledger reconcile", "ledger reconcile --accept"})
    void withoutAStoreThereIsNothingToDo(String line) {
        assertThat(commands.run(folder, line.split(" ", -1))).isEqualTo(3);
        assertThat(commands.err.toString())
                .contains("There is no database in " + folder.resolve("data"))
                .hasLineCount(1);
        assertThat(folder).as("and nothing is made").isEmptyDirectory();
    }

    @Test
    void restoreSaysThatThereIsNoSuchFile() {
        assertThat(commands.run(folder, "restore", "none.zip")).isEqualTo(1);
        assertThat(commands.err.toString())
                .contains("There is no backup " + folder.resolve("none.zip") + ".")
                .hasLineCount(1);
        assertThat(commands.run(folder, "restore", folder.toString())).isEqualTo(1);
    }

    @Test
    void reconcileTellsHowThingsStandAndOpensOnlyWhenToldHow() throws Exception {
        Path after = restored();
        assertThat(commands.run(after, "ledger", "reconcile")).isEqualTo(1);
        assertThat(commands.out.toString()).contains("The service is closed", "The books balance");
        assertThat(commands.run(after, "ledger", "reconcile", "--json")).isEqualTo(1);
        assertThat(commands.printed().path("closed").asBoolean()).isTrue();
        assertThat(commands.printed().path("findings")).isEmpty();
        assertThat(commands.run(after, "ledger", "reconcile", "--despite", "table posting"))
                .as("naming rows decides nothing")
                .isEqualTo(1);

        assertThat(commands.run(after, "ledger", "reconcile", "--charge", "default=1", "--charge", "default=2"))
                .as("never the last of the two")
                .isEqualTo(2);
        assertThat(commands.err.toString()).contains("charged twice").hasLineCount(1);
        assertThat(commands.run(after, "ledger", "reconcile", "--charge", "default=1", "--charge", "nobody=2"))
                .isEqualTo(1);
        assertThat(commands.err.toString()).contains("no organization nobody");
        assertThat(commands.run(after, "ledger", "reconcile"))
                .as("one wrong charge undoes the other and opens nothing")
                .isEqualTo(1);

        commands.succeeds(after, "ledger", "reconcile", "--charge", "default=1.5", "--json");
        assertThat(commands.printed().path("closed").asBoolean()).isFalse();
        assertThat(commands.printed().path("charged").get(0).path("amount_usd").decimalValue())
                .isEqualByComparingTo("1.5");
        commands.succeeds(after, "ledger", "reconcile");
        assertThat(commands.out.toString()).contains("The service is open: reconciled with the backup of");
        commands.succeeds(after, "credits", "show", "--json");
        assertThat(commands.out.toString()).contains("-1.5");
    }
}
