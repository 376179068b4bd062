package dev.faregate.keys;

import dev.faregate.storage.Database;
import dev.faregate.storage.Tx;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import org.jooq.ExecuteContext;
import org.jooq.ExecuteListener;
import org.jooq.impl.DSL;

/// How a database goes about what a store asks it.
public final class Plans {
    private Plans() {}

    /// What `work` asks, with its values in the text.
    public static List<String> statements(Database database, Consumer<Tx> work) {
        List<String> statements = new ArrayList<>();
        database.read(tx -> {
            var watched = DSL.using(tx.sql().configuration().derive(new ExecuteListener() {
                @Override
                public void executeStart(ExecuteContext context) {
                    statements.add(
                            DSL.using(context.configuration()).renderInlined(Objects.requireNonNull(context.query())));
                }
            }));
            work.accept(new Tx(watched, tx.connection(), tx.kind(), tx.now()));
            return true;
        });
        return statements;
    }

    /// What the database says that it will do for a statement.
    public static String plan(Database database, String statement) {
        String explain = database.kind() == Database.Kind.SQLITE ? "EXPLAIN QUERY PLAN " : "EXPLAIN ";
        return database.read(tx -> tx.sql().fetch(explain + statement).format(Integer.MAX_VALUE));
    }
}
