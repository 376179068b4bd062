package dev.faregate.system;

import dev.faregate.storage.Database;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// How the database stands, and the disk under the data folder.
final class DatabaseBlock {
    /// With less room than this, the operator should hear of it before anything is refused.
    static final long LITTLE_ROOM = 1L << 30;

    /// The SQLite file and its write-ahead log, in bytes.
    record Files(long database, long log) {}

    /// @param told null when the database did not answer in time
    /// @param failure why it takes no more writes, or null
    /// @param files null where it is no file of ours
    /// @param free bytes on the disk of the data folder, or null when the system does not say
    record Reading(
            Database.Kind kind,
            String place,
            SystemStore.@Nullable Told told,
            @Nullable String failure,
            @Nullable Files files,
            @Nullable Long free,
            boolean reserveSpent) {}

    private DatabaseBlock() {}

    static Block of(Reading on) {
        List<Fact> facts = new ArrayList<>();
        String name = on.kind() == Database.Kind.SQLITE ? "SQLite" : "PostgreSQL";
        facts.add(Fact.of(
                "Kind", on.told() == null ? name : name + " " + on.told().version()));
        facts.add(Fact.of("Where", on.place()));
        if (on.told() != null) {
            facts.add(Fact.of("Schema", on.told().schema()));
        }
        if (on.files() != null) {
            facts.add(Fact.of("Size", Sizes.bytes(on.files().database())));
            facts.add(Fact.of("Write-ahead log", Sizes.bytes(on.files().log())));
        }
        if (on.free() != null) {
            facts.add(Fact.of("Free on the data folder's disk", Sizes.bytes(on.free())));
        }
        return new Block("database", "Database", troubles(on), "", facts, null);
    }

    private static List<Trouble> troubles(Reading on) {
        List<Trouble> troubles = new ArrayList<>();
        if (on.failure() != null) {
            troubles.add(new Trouble(
                    Level.BAD,
                    "The disk failed under a commit: nothing is written until this node is started again.",
                    "Look at the disk and the log, then restart this node.",
                    "/docs/system#no-room-on-the-disk"));
        } else if (on.told() == null) {
            troubles.add(new Trouble(
                    Level.BAD,
                    "The database did not answer in time.",
                    "Look whether it runs, can be reached, and is not overloaded; then load this page again.",
                    "/docs/cluster#the-database"));
        }
        if (on.reserveSpent()) {
            troubles.add(new Trouble(
                    Level.BAD,
                    "The disk is full, or has no room for the reserve that keeps charges safe.",
                    "Make room on the disk of the data folder; requests are admitted again within seconds.",
                    "/docs/system#no-room-on-the-disk"));
        } else if (on.free() != null && on.free() < LITTLE_ROOM) {
            troubles.add(new Trouble(
                    Level.WARN,
                    "Only " + Sizes.bytes(on.free()) + " are free on the disk of the data folder.",
                    "Make room before the disk is full: then nothing that costs is admitted.",
                    "/docs/system#no-room-on-the-disk"));
        }
        return troubles;
    }
}
