package dev.faregate;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// docs/guarantees.md says how each promise about money is shown. Here the page is held to it: every check
/// has its row, and every test and command that it names exists.
class GuaranteesTest {
    private static final Path PAGE = Path.of("..", "docs", "guarantees.md");
    private static final Pattern ROW = Pattern.compile("\\| (\\d+) \\| (.+?) \\| (.+?) \\| (.+?) \\|");
    private static final Pattern TEST_NAME = Pattern.compile("`([A-Z]\\w+)\\.(\\w+)`");
    private static final Pattern COMMAND = Pattern.compile("`\\./faregate (\\w+)");
    private static final List<String> COMMANDS = List.of("test", "bench", "verify");

    @Test
    void hasARowForEveryCheckInOrder() throws IOException {
        List<Integer> checks = new ArrayList<>();
        for (String line : Files.readAllLines(PAGE)) {
            Matcher row = ROW.matcher(line);
            if (row.matches()) {
                checks.add(Integer.parseInt(row.group(1)));
            }
        }
        assertThat(checks)
                .containsExactlyElementsOf(IntStream.concat(IntStream.rangeClosed(1, 22), IntStream.of(38, 39, 40))
                        .boxed()
                        .toList());
    }

    @Test
    void namesOnlyTestsAndCommandsThatExist() throws IOException {
        String page = Files.readString(PAGE);
        Matcher test = TEST_NAME.matcher(page);
        int named = 0;
        while (test.find()) {
            named++;
            assertThat(sourceOf(test.group(1)))
                    .as("the page names %s.%s", test.group(1), test.group(2))
                    .containsPattern("void " + test.group(2) + "\\(");
        }
        assertThat(named).isGreaterThan(20);
        Matcher command = COMMAND.matcher(page);
        while (command.find()) {
            assertThat(COMMANDS).contains(command.group(1));
        }
    }

    private static String sourceOf(String type) throws IOException {
        for (String module : List.of("gateway", "testkit", "bench", "schema")) {
            Path tests = Path.of("..", module, "src", "test", "java");
            if (!Files.isDirectory(tests)) {
                continue;
            }
            try (Stream<Path> files = Files.walk(tests)) {
                for (Path file :
                        files.filter(each -> each.endsWith(type + ".java")).toList()) {
                    return Files.readString(file);
                }
            } catch (UncheckedIOException e) {
                throw e.getCause();
            }
        }
        return "";
    }
}
