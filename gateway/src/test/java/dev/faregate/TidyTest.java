package dev.faregate;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaField;
import com.tngtech.archunit.core.domain.JavaMethod;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.LinkedBlockingDeque;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Style is a test: the rows and arrows of the packages, and what the code of the product never does. The table of
/// rows is that of ARCHITECTURE.md.
class TidyTest {
    private static final String ROOT = "dev.faregate";

    /// Arrows point to lower rows only; packages of one row do not import each other. The empty name is the root
    /// package, the composition root.
    private static final Map<String, Integer> ROWS = Map.ofEntries(
            Map.entry("base", 0),
            Map.entry("schema", 0),
            Map.entry("chat", 1),
            Map.entry("storage", 1),
            Map.entry("http", 1),
            Map.entry("identity", 2),
            Map.entry("models", 2),
            Map.entry("apps", 2),
            Map.entry("credits", 2),
            Map.entry("formats", 2),
            Map.entry("skins", 2),
            Map.entry("pages", 3),
            Map.entry("keys", 3),
            Map.entry("byok", 3),
            Map.entry("recorder", 3),
            Map.entry("guardrails", 4),
            Map.entry("providers", 4),
            Map.entry("routing", 4),
            Map.entry("usage", 4),
            Map.entry("workspaces", 4),
            Map.entry("presets", 4),
            Map.entry("observability", 4),
            Map.entry("backup", 4),
            Map.entry("inference", 5),
            Map.entry("oauth", 5),
            Map.entry("accounts", 5),
            Map.entry("dashboard", 5),
            Map.entry("governance", 5),
            Map.entry("insight", 5),
            Map.entry("watch", 5),
            Map.entry("leaks", 5),
            Map.entry("handbook", 5),
            Map.entry("system", 5),
            // Made from src/main/jte by the build; found by name, so nobody imports it.
            Map.entry("templates", 6),
            Map.entry("server", 6),
            Map.entry("cli", 7),
            Map.entry("", 8));

    private static final Set<Class<?>> FLOATING = Set.of(double.class, float.class, Double.class, Float.class);

    /// Lines after which a file has to say why it is long, with the words "Long because" in a comment.
    private static final int LONG_FILE = 500;

    private static final Pattern LATER = Pattern.compile("\\b(TODO|FIXME|XXX|HACK)\\b");

    private static final JavaClasses CLASSES = new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .withImportOption(location -> !location.contains("/testkit/") && !location.contains("testkit-"))
            .importPackages(ROOT);

    private static String packageOf(JavaClass type) {
        String name = type.getPackageName();
        return name.equals(ROOT) ? "" : name.substring(ROOT.length() + 1).split("\\.")[0];
    }

    private static boolean isOurs(JavaClass type) {
        return type.getPackageName().equals(ROOT) || type.getPackageName().startsWith(ROOT + ".");
    }

    @Test
    void readsTheClassesOfTheProduct() {
        assertThat(CLASSES.stream().map(TidyTest::packageOf)).contains("", "base", "server", "cli", "storage");
        assertThat(CLASSES.stream().map(JavaClass::getName))
                .noneMatch(name -> name.contains(".testkit.") || name.endsWith("Test"));
    }

    @Test
    void pointsArrowsToLowerRowsOnly() {
        classes()
                .should(new ArchCondition<JavaClass>("import lower rows only") {
                    @Override
                    public void check(JavaClass type, ConditionEvents events) {
                        Integer row = ROWS.get(packageOf(type));
                        if (row == null) {
                            events.add(SimpleConditionEvent.violated(type, type.getPackageName() + " has no row"));
                            return;
                        }
                        type.getDirectDependenciesFromSelf().stream()
                                .filter(arrow -> isOurs(arrow.getTargetClass()))
                                .filter(arrow ->
                                        !packageOf(arrow.getTargetClass()).equals(packageOf(type)))
                                .filter(arrow ->
                                        ROWS.getOrDefault(packageOf(arrow.getTargetClass()), Integer.MAX_VALUE) >= row)
                                .forEach(arrow ->
                                        events.add(SimpleConditionEvent.violated(type, arrow.getDescription())));
                    }
                })
                .check(CLASSES);
    }

    @Test
    void hasTheRowsThatArchitectureShows() throws IOException {
        Map<String, Integer> shown = new TreeMap<>();
        Pattern row = Pattern.compile("\\| (\\d) \\| (.+?) \\|.*");
        for (String line : Files.readAllLines(Path.of("..", "ARCHITECTURE.md"))) {
            var matcher = row.matcher(line);
            if (matcher.matches()) {
                for (String name : matcher.group(2).split(",")) {
                    String plain = name.strip().replace("`", "");
                    shown.put(Character.isUpperCase(plain.charAt(0)) ? "" : plain, Integer.valueOf(matcher.group(1)));
                }
            }
        }
        assertThat(shown).isEqualTo(new TreeMap<>(ROWS));
    }

    @Test
    void hasNoCycles() {
        slices().matching(ROOT + ".(*)..").should().beFreeOfCycles().check(CLASSES);
    }

    @Test
    void keepsTheWireFormatsPure() {
        keepsPure("chat", Set.of("chat", "base"));
        // Of `http` it takes the text of events and the form of errors.
        keepsPure("skins", Set.of("skins", "chat", "base", "http"));
    }

    private static void keepsPure(String name, Set<String> known) {
        noClasses()
                .that()
                .resideInAPackage(ROOT + "." + name + "..")
                .should()
                .dependOnClassesThat(new DescribedPredicate<>("ours outside " + known + ", JDBC, Netty or clocks") {
                    @Override
                    public boolean test(JavaClass type) {
                        return (isOurs(type) && !known.contains(packageOf(type)))
                                || type.getPackageName().startsWith("java.sql")
                                || type.getPackageName().startsWith("io.netty.channel")
                                || type.getName().equals("java.time.Clock");
                    }
                })
                .allowEmptyShould(true)
                .check(CLASSES);
    }

    @Test
    void countsMoneyInWholeNumbers() {
        classes()
                .that(new DescribedPredicate<>("handle money") {
                    @Override
                    public boolean test(JavaClass type) {
                        return packageOf(type).equals("credits")
                                || type.getName().equals(ROOT + ".base.Usd")
                                || (packageOf(type).equals("models")
                                        && type.getSimpleName().matches(".*(Price|Pricing|Charge|Rate|Cost).*"));
                    }
                })
                .should(new ArchCondition<JavaClass>("have no floating-point fields, parameters or results") {
                    @Override
                    public void check(JavaClass type, ConditionEvents events) {
                        for (JavaField field : type.getFields()) {
                            refuse(field.getRawType(), field.getDescription(), events);
                        }
                        for (JavaMethod method : type.getMethods()) {
                            refuse(method.getRawReturnType(), method.getDescription(), events);
                            method.getRawParameterTypes()
                                    .forEach(parameter -> refuse(parameter, method.getDescription(), events));
                        }
                    }
                })
                .check(CLASSES);
    }

    private static void refuse(JavaClass type, String where, ConditionEvents events) {
        if (FLOATING.stream().anyMatch(type::isEquivalentTo)) {
            events.add(SimpleConditionEvent.violated(type, where + " uses " + type.getName()));
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "java.lang.ProcessBuilder",
                "java.lang.Process",
                "java.lang.Runtime#exec",
                "javax.script.",
                "java.io.ObjectInputStream",
                "java.lang.reflect.",
                "java.lang.Class#forName",
                "java.util.ServiceLoader",
                "java.lang.Thread#sleep",
                "java.lang.Throwable#printStackTrace",
            })
    void neverUses(String forbidden) {
        int hash = forbidden.indexOf('#');
        if (hash >= 0) {
            String owner = forbidden.substring(0, hash);
            String method = forbidden.substring(hash + 1);
            noClasses()
                    .should()
                    .callMethodWhere(DescribedPredicate.describe(
                            "calls " + forbidden,
                            call -> call.getTargetOwner().isAssignableTo(owner)
                                    && call.getName().equals(method)))
                    .check(CLASSES);
            return;
        }
        noClasses()
                .should()
                .dependOnClassesThat(DescribedPredicate.describe(
                        forbidden,
                        type -> forbidden.endsWith(".")
                                ? type.getName().startsWith(forbidden)
                                : type.getName().equals(forbidden)))
                .check(CLASSES);
    }

    @Test
    void boundsEveryQueue() {
        noClasses()
                .should()
                .callConstructor(LinkedBlockingQueue.class)
                .orShould()
                .callConstructor(LinkedBlockingDeque.class)
                .check(CLASSES);
    }

    @Test
    void printsOnlyFromTheCommandLine() {
        noClasses()
                .that()
                .resideOutsideOfPackage(ROOT + ".cli..")
                .should()
                .accessField(System.class, "out")
                .orShould()
                .accessField(System.class, "err")
                .check(CLASSES);
    }

    @Test
    void marksEveryPackageAsFreeOfNulls() throws IOException {
        List<Path> sources = sources();
        Set<Path> marked = new java.util.HashSet<>();
        for (Path file : sources) {
            if (file.endsWith("package-info.java") && Files.readString(file).contains("@NullMarked")) {
                marked.add(Objects.requireNonNull(file.getParent()));
            }
        }
        assertThat(sources).allSatisfy(file -> assertThat(marked).contains(file.getParent()));
    }

    @Test
    void explainsEveryLongFileAndLeavesNothingForLater() throws IOException {
        for (Path file : sources()) {
            String text = Files.readString(file);
            long lines = text.lines().count();
            boolean explained =
                    Pattern.compile("///.*Long because").matcher(text).find();
            assertThat(lines <= LONG_FILE || explained)
                    .as("%s has %d lines; its class comment must say \"Long because ...\"", file, lines)
                    .isTrue();
            assertThat(LATER.matcher(text).find()).as(file.toString()).isFalse();
        }
    }

    private static List<Path> sources() {
        return Stream.of("schema", "gateway", "testkit", "bench")
                .flatMap(module -> walk(Path.of("..", module, "src", "main", "java")))
                .filter(file -> file.toString().endsWith(".java"))
                .toList();
    }

    private static Stream<Path> walk(Path folder) {
        try (Stream<Path> files = Files.walk(folder)) {
            return files.toList().stream();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
