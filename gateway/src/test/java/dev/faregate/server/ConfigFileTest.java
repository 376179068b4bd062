package dev.faregate.server;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.faregate.models.Catalogue;
import dev.faregate.models.CatalogueOverlay;
import dev.faregate.models.CatalogueReader;
import dev.faregate.system.Configuration;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

class ConfigFileTest {
    @TempDir
    Path folder = Path.of("");

    private final List<Config> taken = new ArrayList<>();
    private final ListAppender<ILoggingEvent> log = new ListAppender<>();
    private long nowNanos;

    @BeforeEach
    void listen() {
        log.start();
        ((Logger) LoggerFactory.getLogger(ConfigFile.class)).addAppender(log);
    }

    @AfterEach
    void stopListening() {
        ((Logger) LoggerFactory.getLogger(ConfigFile.class)).detachAppender(log);
    }

    private void write(String yaml) throws IOException {
        Files.writeString(folder.resolve("faregate.yaml"), yaml);
    }

    private Config load() {
        return Config.load(new Config.Sources(Map.of(), new Environment(Map.of()), folder));
    }

    /// Looks twice, far enough apart for a change to have settled.
    private void lookTwice(ConfigFile file) {
        file.look(nowNanos);
        nowNanos += ConfigFile.SETTLED.toNanos();
        file.look(nowNanos);
    }

    private static String slug(Config config) {
        return Objects.requireNonNull(config.document().section("providers"))
                .get(0)
                .get("slug")
                .asString();
    }

    private String logged() {
        return String.join(
                "\n", log.list.stream().map(ILoggingEvent::getFormattedMessage).toList());
    }

    @Test
    void takesUpAChangeOnceItHasSettled() throws IOException {
        write("providers: [{slug: a}]\n");
        ConfigFile file = new ConfigFile(load(), taken::add);
        assertThat(file.look(nowNanos)).isFalse();
        write("providers: [{slug: b}]\n");
        assertThat(file.look(nowNanos)).isTrue();
        nowNanos += ConfigFile.SETTLED.toNanos() - 1;
        assertThat(file.look(nowNanos)).isTrue();
        assertThat(taken).isEmpty();
        nowNanos += 1;
        assertThat(file.look(nowNanos)).isFalse();
        assertThat(taken).hasSize(1);
        assertThat(slug(taken.getFirst())).isEqualTo("b");
        assertThat(file.current()).isSameAs(taken.getFirst());
        lookTwice(file);
        assertThat(taken).hasSize(1);
    }

    @Test
    void doesNotTakeUpAFileThatIsStillBeingWritten() throws IOException {
        write("providers: [{slug: a}]\n");
        ConfigFile file = new ConfigFile(load(), taken::add);
        write("");
        file.look(nowNanos);
        nowNanos += ConfigFile.SETTLED.toNanos();
        write("providers: [{slug: b}]\n");
        assertThat(file.look(nowNanos)).isTrue();
        assertThat(taken).isEmpty();
        lookTwice(file);
        assertThat(taken).hasSize(1);
        assertThat(logged()).doesNotContain("gone or empty");
    }

    @Test
    void keepsTheOldConfigurationWhenALineIsWrongAndSaysWhich() throws IOException {
        write("providers: [{slug: a}]\n");
        Config first = load();
        ConfigFile file = new ConfigFile(first, taken::add);
        write("providers: [{slug: a}]\nlog:\n  level: loud\n");
        lookTwice(file);
        assertThat(taken).isEmpty();
        assertThat(file.current()).isSameAs(first);
        assertThat(logged()).contains("The old configuration stays. faregate.yaml line 3: log.level must be");
        write("providers: [{slug: b}]\n");
        lookTwice(file);
        assertThat(slug(file.current())).isEqualTo("b");
    }

    @Test
    void keepsTheOldConfigurationWhenTheListenerRefusesTheNewOne() throws IOException {
        write("providers: [{slug: a}]\n");
        Config first = load();
        ConfigFile file = new ConfigFile(first, next -> {
            throw next.document().error("providers[0].slug", "unknown");
        });
        write("# a comment\nproviders: [{slug: b}]\n");
        lookTwice(file);
        assertThat(file.current()).isSameAs(first);
        assertThat(logged()).contains("faregate.yaml line 2: providers[0].slug: unknown");
    }

    @Test
    void keepsTheOldConfigurationWhenTheFileDisappears() throws IOException {
        write("providers: [{slug: a}]\n");
        ConfigFile file = new ConfigFile(load(), taken::add);
        Files.delete(folder.resolve("faregate.yaml"));
        lookTwice(file);
        assertThat(taken).isEmpty();
        assertThat(slug(file.current())).isEqualTo("a");
        assertThat(logged()).contains("gone or empty");
    }

    @Test
    void changesOnlyWhatCanChangeAndNamesWhatWaitsForARestart() throws IOException {
        write("port: 1111\nlog.level: info\n");
        ConfigFile file = new ConfigFile(load(), taken::add);
        write("port: 2222\nlog.level: debug\ntimeouts.drain: 1s\n");
        lookTwice(file);
        assertThat(file.current().log().level()).isEqualTo(Config.LogLevel.DEBUG);
        assertThat(file.current().listener().port()).isEqualTo(1111);
        assertThat(file.current().timeouts().drain()).isEqualTo(Duration.ofSeconds(30));
        assertThat(logged()).contains("only read at the start: port, timeouts.drain. Restart the server.");
    }

    @Test
    void noticesAFileThatAnEditorRenamesIntoPlace() throws Exception {
        write("providers: [{slug: a}]\n");
        BlockingQueue<Config> changes = new LinkedBlockingQueue<>(10);
        try (ConfigFile file = new ConfigFile(load(), changes::add)) {
            file.start();
            Path other = Files.writeString(folder.resolve(".faregate.yaml.swp"), "providers: [{slug: b}]\n");
            Files.move(other, folder.resolve("faregate.yaml"), StandardCopyOption.ATOMIC_MOVE);
            Config next = changes.poll(10, TimeUnit.SECONDS);
            assertThat(next).isNotNull();
            assertThat(slug(Objects.requireNonNull(next))).isEqualTo("b");
        }
    }

    @Test
    void describesWhatBecameOfTheLastChange() throws IOException {
        write("port: 1111\n");
        ConfigFile file = new ConfigFile(load(), taken::add);
        Catalogue catalogue = CatalogueReader.shipped();
        assertThat(file.described(catalogue).takenUpAt()).isNull();
        write("port: no\n");
        lookTwice(file);
        Configuration refused = file.described(catalogue);
        assertThat(refused.takenUpAt()).isNull();
        assertThat(Objects.requireNonNull(refused.problem()).line()).contains("faregate.yaml line 1: port must be");
        write("port: 2222\nlog.level: debug\n");
        lookTwice(file);
        Configuration mended = file.described(catalogue);
        assertThat(mended.problem()).isNull();
        assertThat(mended.takenUpAt()).isNotNull();
        assertThat(mended.waiting()).containsExactly("port");
        assertThat(mended.changed())
                .as("what is in force, not what waits")
                .extracting(Configuration.Changed::value)
                .containsExactly("1111", "debug");
        Files.delete(folder.resolve("faregate.yaml"));
        lookTwice(file);
        Configuration gone = file.described(catalogue);
        assertThat(gone.there()).isFalse();
        assertThat(Objects.requireNonNull(gone.problem()).line()).isEqualTo("The file is gone or empty.");
        assertThat(gone.takenUpAt()).isEqualTo(mended.takenUpAt());
        assertThat(gone.waiting()).containsExactly("port");
    }

    @Test
    void describesWhereTheKeysOfProvidersAre() throws IOException {
        write("""
                providers:
                  - {slug: openai, api_key: planted-file-key}
                  - {slug: groq}
                  - {slug: local, name: Local, format: openai, base_url: "http://127.0.0.1:1/v1"}
                """);
        Environment environment = new Environment(Map.of(
                "OPENAI_API_KEY",
                "planted-openai",
                "GROQ_API_KEY",
                "planted-groq",
                "MISTRAL_API_KEY",
                "planted-mistral"));
        Config config = Config.load(new Config.Sources(Map.of(), environment, folder));
        Catalogue catalogue = CatalogueOverlay.apply(
                CatalogueReader.shipped(), config.document().section("providers"), null);
        assertThat(new ConfigFile(config, taken::add).described(catalogue).providers())
                .extracting(provider -> provider.slug() + " " + provider.origin() + " " + provider.hasKey())
                .containsExactly(
                        "groq GROQ_API_KEY true",
                        "local faregate.yaml false",
                        "mistral MISTRAL_API_KEY true",
                        "openai faregate.yaml true");
    }
}
