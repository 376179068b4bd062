package dev.faregate.recorder;

import static dev.faregate.storage.tables.Tables.NODE_LIFE;

import dev.faregate.base.Micros;
import dev.faregate.credits.Evidence;
import dev.faregate.credits.Finding;
import dev.faregate.credits.OrphanRecords;
import dev.faregate.storage.Database;
import dev.faregate.storage.Tx;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The lives of this node: the recorder of this one, and what those of former ones say about the holds that
/// they left. Former recorders are kept until every hold has ended, so a start that dies is no loss.
public final class Lives implements Evidence {
    private static final Logger LOG = LoggerFactory.getLogger(Lives.class);

    private record Found(FlightFile.Former former, String identity) {}

    private final Database database;
    private final Path dataFolder;
    private final String node;
    private final String boot;
    private final FlightRecorder recorder;
    private final Map<String, Life> lives;
    private final Map<String, Found> recorders;
    private final String kernelBoot = KernelBoot.id();

    private Lives(
            Database database,
            Path dataFolder,
            String node,
            String boot,
            FlightRecorder recorder,
            Map<String, Life> lives,
            Map<String, Found> recorders) {
        this.database = database;
        this.dataFolder = dataFolder;
        this.node = node;
        this.boot = boot;
        this.recorder = recorder;
        this.lives = lives;
        this.recorders = recorders;
    }

    /// Reads what former lives of `node` left and begins the life `boot`, durably, with a recorder for
    /// `slots` requests in flight. Throws `IllegalStateException` with a sentence for the operator.
    public static Lives begin(Database database, Path dataFolder, String node, String boot, int slots, Steps steps) {
        try {
            Map<String, Found> recorders = recorders(dataFolder);
            Map<String, Life> lives = database.read(tx -> lives(tx, node));
            FlightRecorder.Made made = FlightRecorder.create(dataFolder, node, boot, slots, steps);
            database.write(tx -> insert(tx, made.life()));
            return new Lives(database, dataFolder, node, boot, made.recorder(), lives, recorders);
        } catch (IOException | UncheckedIOException e) {
            throw new IllegalStateException(
                    "Cannot make the flight recorder in " + dataFolder + ": " + e.getMessage() + ". It needs "
                            + (long) slots * SlotCodec.BYTES + " bytes of disk.",
                    e);
        }
    }

    /// The recorder of this life.
    public FlightRecorder recorder() {
        return recorder;
    }

    @Override
    public Finding of(OrphanRecords.Orphan hold) {
        Found found = recorders.get(hold.boot());
        return Verdict.of(
                hold.generation(),
                lives.get(hold.boot()),
                found == null ? null : found.former(),
                found == null ? "" : found.identity(),
                kernelBoot);
    }

    /// The requests that the recorders of former lives speak of, and the life of each.
    public Map<UUID, String> recorded() {
        Map<UUID, String> recorded = new HashMap<>();
        recorders.forEach(
                (life, found) -> found.former().slots().keySet().forEach(generation -> recorded.put(generation, life)));
        return recorded;
    }

    /// Forgets former lives, once none of their holds is left.
    public void forgetFormer() {
        try {
            for (Path file : FlightRecorder.files(dataFolder)) {
                if (!boot.equals(bootOf(file))) {
                    Files.delete(file);
                }
            }
        } catch (IOException e) {
            LOG.warn("an old flight recorder stays behind: {}", e.getMessage());
        }
        database.write(tx -> tx.sql()
                .deleteFrom(NODE_LIFE)
                .where(NODE_LIFE.NODE.eq(node), NODE_LIFE.BOOT.ne(boot))
                .execute());
    }

    private static Map<String, Found> recorders(Path dataFolder) throws IOException {
        Map<String, Found> recorders = new HashMap<>();
        for (Path file : FlightRecorder.files(dataFolder)) {
            Found found = read(file);
            if (found != null) {
                recorders.put(bootOf(file), found);
            }
        }
        return recorders;
    }

    private static @Nullable Found read(Path file) {
        try {
            return new Found(FlightFile.read(file), FlightFile.identity(file));
        } catch (IOException e) {
            LOG.error(
                    "the flight recorder {} cannot be read, so its holds are charged in full: {}",
                    file,
                    e.getMessage());
            return null;
        }
    }

    private static String bootOf(Path file) {
        String name = file.getFileName().toString();
        return name.substring(0, name.length() - FlightRecorder.SUFFIX.length());
    }

    private static Map<String, Life> lives(Tx tx, String node) {
        Map<String, Life> lives = new HashMap<>();
        tx.sql().selectFrom(NODE_LIFE).where(NODE_LIFE.NODE.eq(node)).forEach(row -> {
            Life life = new Life(
                    row.get(NODE_LIFE.BOOT),
                    row.get(NODE_LIFE.NODE),
                    row.get(NODE_LIFE.NONCE),
                    row.get(NODE_LIFE.KERNEL_BOOT),
                    row.get(NODE_LIFE.RECORDER));
            lives.put(life.boot(), life);
        });
        return lives;
    }

    private static int insert(Tx tx, Life life) {
        return tx.sql()
                .insertInto(NODE_LIFE)
                .set(NODE_LIFE.BOOT, life.boot())
                .set(NODE_LIFE.NODE, life.node())
                .set(NODE_LIFE.NONCE, life.nonce())
                .set(NODE_LIFE.KERNEL_BOOT, life.kernelBoot())
                .set(NODE_LIFE.RECORDER, life.recorder())
                .set(NODE_LIFE.STARTED_AT, Micros.of(tx.now()))
                .execute();
    }
}
