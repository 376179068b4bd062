package dev.faregate.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.faregate.base.Json;
import dev.faregate.keys.KeyKind;
import dev.faregate.keys.KeyText;
import dev.faregate.server.Environment;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.dataformat.yaml.YAMLMapper;

/// The rules of deploy/scanners, read from the files as they are shipped, against keys as they are made now (S64). What
/// the tools themselves make of those files, `conformance/run detect-secrets` and deploy/scanners/README.md tell.
class ScannerRulesTest {
    private static final Path FOLDER = Path.of("..", "deploy", "scanners");
    private static final int KEYS_OF_EACH_KIND = 50;

    /// Who has a pattern. The key is its first group, or the whole match where it has none.
    enum Tool {
        GITLEAKS(only("faregate.gitleaks.toml", "(?m)^regex = '''(.+)'''$")),
        TRUFFLEHOG(truffleHog().path("regex").path("token").asString()),
        DETECT_SECRETS(only("faregate_detect_secrets.py", "re\\.compile\\(r\"(.+)\"\\)")),
        GITHUB("(?:" + field("Before secret") + ")(" + field("Secret format") + ")(?:" + field("After secret") + ")");

        private final Pattern pattern;

        Tool(String pattern) {
            this.pattern = Pattern.compile(pattern);
        }

        /// The keys that this tool finds in a text.
        List<String> find(String text) {
            Matcher matcher = pattern.matcher(text);
            List<String> found = new ArrayList<>();
            while (matcher.find()) {
                found.add(matcher.group(Math.min(1, matcher.groupCount())));
            }
            return found;
        }
    }

    private static String file(String name) {
        try {
            return Files.readString(FOLDER.resolve(name));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// The group of the only match in that file.
    private static String only(String name, String pattern) {
        List<String> found = Pattern.compile(pattern)
                .matcher(file(name))
                .results()
                .map(match -> match.group(1))
                .toList();
        assertThat(found).as(name).hasSize(1);
        return found.getFirst();
    }

    /// What is to be entered in a field of GitHub's form: the block behind its name.
    private static String field(String name) {
        return only("github-custom-pattern.md", "\\*" + name + "\\*[^\n]*\n\n {4}(\\S.*)\n");
    }

    private static JsonNode truffleHog() {
        JsonNode detectors =
                YAMLMapper.shared().readTree(file("faregate.trufflehog.yaml")).path("detectors");
        assertThat(detectors).hasSize(1);
        return detectors.get(0);
    }

    private static List<String> freshKeys() {
        return IntStream.range(0, KEYS_OF_EACH_KIND)
                .boxed()
                .flatMap(_ -> List.of(KeyKind.values()).stream())
                .map(kind -> KeyText.generate(kind).reveal())
                .toList();
    }

    /// A key as it lies about in files, one line each.
    private static final List<UnaryOperator<String>> SURROUNDINGS = List.of(
            key -> key,
            key -> "FAREGATE_API_KEY=" + key,
            key -> "export FAREGATE_API_KEY='" + key + "'",
            key -> "api_key: \"" + key + "\"",
            key -> "{\"key\":\"" + key + "\",\"limit\":5}",
            key -> "\"A=1\\n" + key + "\\nB=2\"",
            key -> "https://llm.example.com/v1?api_key=" + key + "&model=x",
            key -> "https://" + key + "@llm.example.com/",
            key -> "curl -H 'Authorization: Bearer " + key + "' \\",
            key -> "see _" + key + "_, **" + key + "** and `" + key + "`.",
            key -> "(" + key + "), " + key + "; " + key,
            key -> "\t" + key + "\r",
            key -> "Schlüssel «" + key + "»");

    /// What is no key although it looks much like one.
    private static final List<UnaryOperator<String>> LOOK_ALIKES = List.of(
            key -> key.substring(0, key.length() - 1),
            key -> key + "0",
            key -> key + key.substring(key.length() - 6),
            key -> key.substring(0, 20) + "-" + key.substring(21),
            key -> key.substring(0, 20) + "_" + key.substring(21),
            key -> key.substring(0, 20) + "é" + key.substring(21),
            key -> key.substring(0, 20) + " " + key.substring(20),
            key -> key.replace("sk-fg-", "sk-or-"),
            key -> key.replace("sk-fg-", "SK-FG-"),
            key -> key.replace("sk-fg-", "sk_fg_"),
            key -> "sk-fg-v2-" + key.substring(key.length() - 46),
            // Neither made nor taken by any server.
            key -> "sk-fg-test-" + key.substring(key.length() - 46),
            KeyText::label,
            _ -> "sk-fg-v1-...");

    /// The same form with another checksum.
    private static String broken(String key) {
        return key.substring(0, key.length() - 1) + (key.endsWith("a") ? "b" : "a");
    }

    @ParameterizedTest
    @EnumSource
    void findsFreshKeysWhereverTheyStand(Tool tool) {
        for (String key : freshKeys()) {
            for (UnaryOperator<String> surrounding : SURROUNDINGS) {
                String text = surrounding.apply(key);
                int times = text.split(Pattern.quote(key), -1).length - 1;
                assertThat(tool.find(text)).as(text).hasSize(times).containsOnly(key);
                assertThat(tool.find("first\n" + text + "\nlast\n")).as(text).hasSize(times);
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void findsNoLookAlikes(Tool tool) {
        for (String key : freshKeys()) {
            for (UnaryOperator<String> lookAlike : LOOK_ALIKES) {
                String text = lookAlike.apply(key);
                assertThat(tool.find(text)).as(text).isEmpty();
                assertThat(tool.find("KEY=\"" + text + "\"\n")).as(text).isEmpty();
            }
        }
    }

    /// Go's expressions, which gitleaks and TruffleHog use, and Hyperscan's, which GitHub does, look neither ahead nor
    /// back.
    @ParameterizedTest
    @EnumSource(names = {"GITLEAKS", "TRUFFLEHOG", "GITHUB"})
    void usesOnlyWhatTheExpressionsOfTheToolHave(Tool tool) {
        assertThat(tool.pattern.pattern()).doesNotContainPattern("\\(\\?[^:]|\\\\[1-9GKRXZ]|[*+?}]\\+");
    }

    /// Otherwise a tool would pass over a key before its pattern is asked.
    @Test
    void passesOverNoFreshKeyForItsEntropyOrItsKeyword() {
        String entropy = only("faregate.gitleaks.toml", "(?m)^entropy = ([0-9.]+)$");
        assertThat(truffleHog().path("entropy").asString()).isEqualTo(entropy);
        String keyword = only("faregate.gitleaks.toml", "(?m)^keywords = \\[\"(.+)\"]$");
        assertThat(truffleHog().path("keywords")).hasSize(1);
        assertThat(truffleHog().path("keywords").get(0).asString()).isEqualTo(keyword);
        for (String key : freshKeys()) {
            assertThat(key).contains(keyword);
            assertThat(entropy(key)).as(key).isGreaterThan(4).isGreaterThan(Double.parseDouble(entropy));
        }
        assertThat(entropy("sk-fg-v1-" + "x".repeat(46))).isLessThan(2);
    }

    /// Shannon's, in bits for each character, as both tools compute it.
    private static double entropy(String text) {
        double bits = 0;
        for (int c : text.chars().distinct().toArray()) {
            double part = text.chars().filter(other -> other == c).count() / (double) text.length();
            bits -= part * Math.log(part) / Math.log(2);
        }
        return bits;
    }

    @Test
    void asksTheEndpointThatThereIs() {
        JsonNode verify = truffleHog().path("verify");
        assertThat(verify).hasSize(1);
        assertThat(verify.get(0).path("endpoint").asString()).endsWith("/hooks/verify/trufflehog");
        assertThat(verify.get(0).path("successRanges").get(0).asString()).isEqualTo("200");
        assertThat(verify.get(0).path("rotatedRanges").get(0).asString()).isEqualTo("401");
    }

    /// `./faregate scan` finds just what each pattern finds and the checksum confirms.
    @Test
    void agreesWithTheScanCommand(@TempDir Path folder) throws IOException {
        List<String> keys = freshKeys();
        List<String> lines = new ArrayList<>();
        for (String key : keys) {
            SURROUNDINGS.forEach(surrounding -> lines.add(surrounding.apply(key)));
            LOOK_ALIKES.forEach(lookAlike -> lines.add(lookAlike.apply(key)));
            lines.add("KEY=" + broken(key));
        }
        Files.write(folder.resolve("corpus.txt"), lines);
        List<String> scanned = scan(folder, "corpus.txt");
        assertThat(scanned).hasSizeGreaterThan(keys.size() * SURROUNDINGS.size());
        for (Tool tool : Tool.values()) {
            List<String> found = new ArrayList<>();
            int mistaken = 0;
            for (int i = 0; i < lines.size(); i++) {
                for (String key : tool.find(lines.get(i))) {
                    if (KeyText.checksumGood(key)) {
                        found.add((i + 1) + " " + KeyText.label(key));
                    } else {
                        mistaken++;
                    }
                }
            }
            assertThat(found).as(tool.name()).isEqualTo(scanned);
            assertThat(mistaken).as("what only looks like a key").isEqualTo(keys.size());
        }
    }

    /// Line and preview of each key that the command finds.
    private static List<String> scan(Path folder, String file) {
        StringWriter out = new StringWriter();
        PrintWriter printer = new PrintWriter(out, true);
        Context context = new Context(new Environment(Map.of()), folder, printer, printer, false);
        List<ScanCommand> commands = List.of(new ScanCommand(context, KeyText::checksumGood));
        assertThat(Cli.run(context, List.copyOf(commands), "scan", "--json", file))
                .isEqualTo(1);
        List<String> hits = new ArrayList<>();
        Json.read(out.toString().getBytes(StandardCharsets.UTF_8))
                .forEach(hit -> hits.add(
                        hit.path("line").asInt() + " " + hit.path("key").asString()));
        return hits;
    }
}
