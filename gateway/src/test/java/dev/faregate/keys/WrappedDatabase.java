package dev.faregate.keys;

import dev.faregate.storage.Database;
import dev.faregate.storage.Tx;
import java.util.function.Function;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/// A database of which a test changes some methods.
public abstract class WrappedDatabase implements Database {
    private final Database inner;

    protected WrappedDatabase(Database inner) {
        this.inner = inner;
    }

    @Override
    public Kind kind() {
        return inner.kind();
    }

    @Override
    public <T> T read(Function<Tx, T> work) {
        return inner.read(work);
    }

    @Override
    public <T> T write(Function<Tx, T> work) {
        return inner.write(work);
    }

    @Override
    public long writes() {
        return inner.writes();
    }

    @Override
    public @Nullable String failure() {
        return inner.failure();
    }

    @Override
    public DataSource source() {
        return inner.source();
    }

    @Override
    public void close() {
        inner.close();
    }
}
