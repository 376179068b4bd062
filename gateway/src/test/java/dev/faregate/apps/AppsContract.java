package dev.faregate.apps;

import static org.assertj.core.api.Assertions.assertThat;

import dev.faregate.keys.Stores;
import dev.faregate.storage.Database;
import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.HttpHeaders;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

@ParameterizedClass
@EnumSource
class AppsContract {
    private static final long DEADLINE_MS = 5_000;

    private final Database database;

    AppsContract(Database.Kind kind) {
        database = Stores.shared(kind);
        database.write(tx -> tx.sql().execute("DELETE FROM app"));
    }

    /// Others share the database, and a table at its bound takes no app of theirs.
    @AfterEach
    void empty() {
        database.write(tx -> tx.sql().execute("DELETE FROM app"));
    }

    @Test
    void givesEachOriginOneNumber() {
        assertThat(register("https://one.example/a", "One", "cli-agent")).contains(1);
        assertThat(register("https://two.example/", null, null)).contains(2);
        assertThat(register("https://one.example/b", "Other", "roleplay,cli-agent"))
                .contains(1);
        assertThat(register("https://two.example/", "Two", null)).contains(2);
        List<String> rows = database.read(tx -> tx.sql()
                .fetch("SELECT origin, title, categories FROM app ORDER BY id")
                .map(row -> row.get(0) + "|" + row.get(1) + "|" + row.get(2)));
        assertThat(rows).containsExactly("https://one.example|One|cli-agent,roleplay", "https://two.example|Two|");
    }

    @Test
    void answersAtOnceAndKnowsTheNumberSoonAfter() throws InterruptedException {
        Apps apps = new Apps(database, new AppStore());
        AppAttribution app = app("https://one.example/", "One", null);
        assertThat(apps.numberOf(app)).isNull();
        assertThat(await(apps, app)).isEqualTo(1);
        assertThat(await(new Apps(database, new AppStore()), app)).isEqualTo(1);
    }

    @Test
    void givesNoNumberToNobody() {
        Apps apps = new Apps(database, new AppStore());
        assertThat(apps.numberOf(AppAttribution.NONE)).isNull();
        assertThat(apps.numberOf(app("http://localhost:3000/", null, null))).isNull();
        assertThat(countApps()).isZero();
    }

    @Test
    void stopsAtTheBoundOfTheTable() {
        fillUpTo(AppStore.MAX_APPS);
        assertThat(register("https://late.example/", null, null)).isEmpty();
        assertThat(countApps()).isEqualTo(1);
    }

    /// Whoever has a key can fill the table with referers.
    @Test
    void keepsRoomForAppsThatAPersonConsentsTo() {
        fillUpTo(AppStore.MAX_APPS);
        AppAttribution wanted = app("https://wanted.example/", null, null);
        assertThat(consent(wanted)).contains(AppStore.MAX_APPS + 1);
        assertThat(register("https://wanted.example/", null, null)).contains(AppStore.MAX_APPS + 1);
        assertThat(register("https://late.example/", null, null)).isEmpty();
        fillUpTo(AppStore.MAX_APPS + AppStore.MAX_CONSENTED);
        assertThat(consent(app("https://later.example/", null, null))).isEmpty();
        assertThat(consent(wanted)).isPresent();
    }

    private void fillUpTo(int id) {
        database.write(tx -> tx.sql()
                .execute(
                        "INSERT INTO app (id, identity, origin, categories, created_at) VALUES (?, ?, 'x', '', 0)",
                        id,
                        "x" + id));
    }

    private Optional<Integer> consent(AppAttribution app) {
        return database.write(tx -> new AppStore().register(tx, app));
    }

    private int countApps() {
        return database.read(tx -> tx.sql().fetchCount(tx.sql().selectOne().from("app")));
    }

    private Optional<Integer> register(String referer, @Nullable String title, @Nullable String categories) {
        AppAttribution app = app(referer, title, categories);
        String identity = Objects.requireNonNull(app.identity());
        return database.write(tx -> new AppStore().findOrCreate(tx, identity, app));
    }

    private static @Nullable Integer await(Apps apps, AppAttribution app) throws InterruptedException {
        long deadline = System.nanoTime() + DEADLINE_MS * 1_000_000;
        Integer number = apps.numberOf(app);
        while (number == null && System.nanoTime() < deadline) {
            Thread.sleep(5);
            number = apps.numberOf(app);
        }
        return number;
    }

    private static AppAttribution app(String referer, @Nullable String title, @Nullable String categories) {
        HttpHeaders headers = new DefaultHttpHeaders();
        headers.add("HTTP-Referer", referer);
        if (title != null) {
            headers.add("X-Title", title);
        }
        if (categories != null) {
            headers.add("X-OpenRouter-Categories", categories);
        }
        return AppAttribution.of(headers);
    }
}
