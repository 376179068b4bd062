package dev.faregate.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What `deploy/` says of the program, held to the program: files that only other people's tools read.
class DeployTest {
    private static final Path ROOT = Path.of("..");
    private static final Path DEPLOY = ROOT.resolve("deploy");
    private static final Path CHART = DEPLOY.resolve("helm/faregate");
    private static final Pattern VARIABLE = Pattern.compile("\\bFAREGATE_[A-Z_]+\\b");

    @TempDir
    Path folder = Path.of("");

    private static String text(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String only(String text, String pattern) {
        Matcher matcher = Pattern.compile(pattern, Pattern.MULTILINE).matcher(text);
        assertThat(matcher.find()).as(pattern).isTrue();
        return matcher.group(1);
    }

    @Test
    void namesNoVariableThatNobodyReads() throws IOException {
        Set<String> known = Settings.ALL.stream().map(Setting::variable).collect(Collectors.toCollection(TreeSet::new));
        known.addAll(Config.FOREIGN_VARIABLES);
        Set<String> named = new TreeSet<>();
        try (Stream<Path> files = Files.walk(DEPLOY)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                VARIABLE.matcher(text(file)).results().forEach(found -> named.add(found.group()));
            }
        }
        assertThat(named).contains("FAREGATE_DATABASE_URL", "FAREGATE_MASTER_KEY");
        assertThat(known).containsAll(named);
    }

    @Test
    void runsTheImageAsTheUserThatOwnsItsFolder() {
        String user = only(text(DEPLOY.resolve("Dockerfile")), "^USER (\\d+):\\d+$");
        assertThat(text(DEPLOY.resolve("Dockerfile")))
                .contains("install -d -o " + user + " -g " + user + " -m 0700 /data");
        String pods = text(CHART.resolve("templates/statefulset.yaml"));
        assertThat(only(pods, "runAsUser: (\\d+)")).isEqualTo(user);
        assertThat(only(pods, "fsGroup: (\\d+)")).isEqualTo(user);
    }

    @Test
    void waitsLongerThanAStopTakes() {
        Config.Timeouts timeouts = Config.load(new Config.Sources(Map.of(), new Environment(Map.of()), folder))
                .timeouts();
        // The ledger has twenty seconds to settle what the last requests left.
        Duration stop = timeouts.balancer().plus(timeouts.drain()).plusSeconds(20);
        assertThat(Duration.ofSeconds(Long.parseLong(
                        only(text(CHART.resolve("values.yaml")), "^terminationGracePeriodSeconds: (\\d+)"))))
                .isGreaterThan(stop);
        assertThat(Duration.ofSeconds(Long.parseLong(
                        only(text(DEPLOY.resolve("systemd/faregate.service")), "^TimeoutStopSec=(\\d+)"))))
                .isGreaterThan(stop);
        assertThat(Duration.ofSeconds(
                        Long.parseLong(only(text(DEPLOY.resolve("compose.yaml")), "stop_grace_period: (\\d+)s"))))
                .isGreaterThan(stop);
    }

    @Test
    void isOfTheVersionOfTheProgram() {
        assertThat(only(text(CHART.resolve("Chart.yaml")), "^appVersion: (.*)$"))
                .isEqualTo(only(text(ROOT.resolve("pom.xml")), "^  <version>(.*)</version>$"));
    }

    @Test
    void describesEveryValueOfTheChart() {
        String schema = text(CHART.resolve("values.schema.json"));
        Set<String> values = new TreeSet<>();
        Pattern.compile("^([a-zA-Z]+):", Pattern.MULTILINE)
                .matcher(text(CHART.resolve("values.yaml")))
                .results()
                .forEach(found -> values.add(found.group(1)));
        assertThat(values)
                .hasSizeGreaterThan(15)
                .allSatisfy(value -> assertThat(schema).contains("\"" + value + "\": {"));
    }
}
