package dev.faregate.identity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.faregate.keys.Rig;
import dev.faregate.keys.Stores;
import dev.faregate.storage.Database;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// The audit log on both databases.
class AuditLogContract {
    private static final AuditLog LOG = new AuditLog();

    private static void append(Database database, String organization, String action) {
        database.write(tx -> {
            LOG.append(
                    tx,
                    organization,
                    new AuditLog.Author(Actor.Kind.KEY, "k", "r"),
                    new AuditLog.Event(action, "s", Map.of("name", action, "list", List.of("a", "b"))));
            return null;
        });
    }

    @ParameterizedTest
    @EnumSource(Database.Kind.class)
    void chainsTheEventsOfManyWritersWithoutAGap(Database.Kind kind) throws Exception {
        Rig rig = new Rig(kind);
        try (ExecutorService pool = Executors.newFixedThreadPool(8)) {
            List<Future<?>> running = new ArrayList<>();
            IntStream.range(0, 80)
                    .forEach(
                            i -> running.add(pool.submit(() -> append(rig.database, rig.organizationId, "test." + i))));
            for (Future<?> one : running) {
                one.get();
            }
        }
        List<Long> numbers = rig.database.read(tx -> tx.sql()
                .fetch("SELECT seq FROM audit_event WHERE organization_id = ? ORDER BY seq", rig.organizationId)
                .getValues("seq", Long.class));
        assertThat(numbers)
                .containsExactlyElementsOf(
                        IntStream.rangeClosed(1, 80).mapToObj(i -> (long) i).toList());
        assertThat(rig.database.<Object>read(tx -> String.valueOf(LOG.firstBroken(tx, rig.organizationId))))
                .isEqualTo("null");
    }

    @ParameterizedTest
    @EnumSource(Database.Kind.class)
    void refusesToChangeOrDeleteAnEvent(Database.Kind kind) {
        Rig rig = new Rig(kind);
        append(rig.database, rig.organizationId, "test.one");
        for (String sql : List.of("UPDATE audit_event SET action = 'x'", "DELETE FROM audit_event")) {
            assertThatThrownBy(() -> rig.database.write(
                            tx -> tx.sql().execute(sql + " WHERE organization_id = ?", rig.organizationId)))
                    .isInstanceOf(RuntimeException.class);
        }
        assertThat(rig.dump()).contains("test.one");
    }

    /// Whoever gets past the triggers is found out all the same.
    @ParameterizedTest
    @EnumSource(Database.Kind.class)
    void noticesAnEventThatWasChangedOrTakenAway(Database.Kind kind) {
        for (String forgery : List.of(
                "UPDATE audit_event SET detail = '{}' WHERE organization_id = ? AND seq = 2",
                "DELETE FROM audit_event WHERE organization_id = ? AND seq = 2",
                "DELETE FROM audit_event WHERE organization_id = ? AND seq = 3")) {
            try (Database database = Stores.open(kind)) {
                Rig rig = new Rig(database);
                IntStream.range(0, 3).forEach(i -> append(database, rig.organizationId, "test." + i));
                Long broken = database.write(tx -> {
                    dropTriggers(tx.kind()).forEach(tx.sql()::execute);
                    assertThat(tx.sql().execute(forgery, rig.organizationId)).isEqualTo(1);
                    return LOG.firstBroken(tx, rig.organizationId);
                });
                assertThat(broken).as(forgery).isEqualTo(forgery.endsWith("3") ? 3 : 2);
            }
        }
    }

    private static List<String> dropTriggers(Database.Kind kind) {
        return switch (kind) {
            case SQLITE -> List.of("DROP TRIGGER audit_event_no_update", "DROP TRIGGER audit_event_no_delete");
            case POSTGRESQL -> List.of("DROP TRIGGER audit_event_append_only ON audit_event");
        };
    }
}
