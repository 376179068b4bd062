package dev.faregate;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// docs/promises.md says which test shows which promise. Here the page is held to it: every promise has its row, and
/// every test that a row names exists.
class PromisesTest {
    private static final int PROMISES = 74;
    private static final Pattern ROW = Pattern.compile("\\| (S\\d+) \\| (.+?) \\| (.+?) \\|");
    private static final Pattern TEST_NAME = Pattern.compile("`(\\w+)\\.(\\w+)`");

    private record Row(String id, String promise, String shownBy) {
        boolean open() {
            return shownBy.equals("open");
        }

        List<Named> tests() {
            List<Named> tests = new ArrayList<>();
            Matcher matcher = TEST_NAME.matcher(shownBy);
            while (matcher.find()) {
                tests.add(new Named(matcher.group(1), matcher.group(2)));
            }
            return tests;
        }
    }

    private record Named(String type, String method) {}

    private static List<Row> rows() throws IOException {
        List<Row> rows = new ArrayList<>();
        for (String line : Files.readAllLines(Path.of("..", "docs", "promises.md"))) {
            Matcher matcher = ROW.matcher(line);
            if (matcher.matches()) {
                rows.add(new Row(matcher.group(1), matcher.group(2), matcher.group(3)));
            }
        }
        return rows;
    }

    @Test
    void hasOneRowForEveryPromiseInOrder() throws IOException {
        assertThat(rows().stream().map(Row::id))
                .containsExactlyElementsOf(IntStream.rangeClosed(1, PROMISES)
                        .mapToObj(number -> "S" + number)
                        .toList());
    }

    @Test
    void namesOnlyTestsThatExist() throws IOException {
        for (Row row : rows()) {
            for (Named test : row.tests()) {
                Optional<Path> file = testFile(test.type());
                assertThat(file).as("%s names %s", row.id(), test.type()).isPresent();
                assertThat(Files.readString(file.orElseThrow()))
                        .as("%s names %s.%s", row.id(), test.type(), test.method())
                        .containsPattern("void " + test.method() + "\\(");
            }
        }
    }

    @Test
    void leavesEveryPromiseEitherOpenOrShown() throws IOException {
        assertThat(rows())
                .allSatisfy(row -> assertThat(row.open() || !row.tests().isEmpty())
                        .as("%s must be `open` or name `SomeTest.itsMethod`: %s", row.id(), row.shownBy())
                        .isTrue());
    }

    private static Optional<Path> testFile(String type) {
        return Stream.of("schema", "gateway", "testkit", "bench")
                .map(module -> Path.of("..", module, "src", "test", "java"))
                .filter(Files::isDirectory)
                .flatMap(folder -> find(folder, type + ".java"))
                .findFirst();
    }

    private static Stream<Path> find(Path folder, String name) {
        try (Stream<Path> files = Files.walk(folder)) {
            return files.filter(file -> file.endsWith(name)).toList().stream();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
