package dev.faregate.flow;

import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Browser;
import com.microsoft.playwright.BrowserContext;
import com.microsoft.playwright.BrowserType;
import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Playwright;
import com.microsoft.playwright.assertions.PlaywrightAssertions;
import com.microsoft.playwright.options.ColorScheme;
import com.microsoft.playwright.options.Cookie;
import com.microsoft.playwright.options.ReducedMotion;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Assumptions;

/// The machine's Chromium, driven by Playwright. Each context notes what a page must never do: errors on the console,
/// things its policy forbade, scripts that ran where none should. Screenshots are kept in `target/screenshots`.
///
/// Where Chromium, Node or the packages of `conformance/node` are not to be had, the test is skipped and says so.
final class RealBrowser implements AutoCloseable {
    private static final Path SHOTS = Path.of("target", "screenshots");
    private static final Path PACKAGES = Path.of("..", "conformance", "node", "node_modules");
    private static final long INSTALL_MINUTES = 8;
    private static final int MOST_TABS = 60;

    /// From this width on a screen is not a telephone's.
    private static final int WIDE = 600;

    static final double PATIENCE_MS = 15_000;

    /// The one process of this test run: starting one takes seconds, and what must not be shared is a profile. It ends
    /// with this process, whose end closes the pipe that it is driven through.
    private static @Nullable Browser running;

    private final Browser browser;
    private final List<BrowserContext> profiles = new ArrayList<>();

    private RealBrowser(Browser browser) {
        this.browser = browser;
    }

    static RealBrowser start() throws IOException, InterruptedException {
        Browser browser = running;
        if (browser == null || !browser.isConnected()) {
            browser = launch();
            running = browser;
        }
        return new RealBrowser(browser);
    }

    private static Browser launch() throws IOException, InterruptedException {
        Path chromium = Stream.of("chromium", "chromium-browser", "google-chrome")
                .flatMap(name -> onPath(name).stream())
                .findFirst()
                .orElse(null);
        Assumptions.assumeTrue(chromium != null, "SKIPPED: no Chromium on this machine");
        Path node = onPath("node").orElse(null);
        Assumptions.assumeTrue(node != null, "SKIPPED: no Node on this machine");
        install();
        Path core = PACKAGES.resolve("playwright-core");
        Assumptions.assumeTrue(Files.isDirectory(core), "SKIPPED: playwright-core could not be installed");
        System.setProperty(
                "playwright.cli.dir", driver(core, Objects.requireNonNull(node)).toString());
        PlaywrightAssertions.setDefaultAssertionTimeout(PATIENCE_MS);
        Playwright playwright = Playwright.create(
                new Playwright.CreateOptions().setEnv(Map.of("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1")));
        return playwright
                .chromium()
                .launch(new BrowserType.LaunchOptions()
                        .setExecutablePath(chromium)
                        .setArgs(List.of(
                                "--no-sandbox",
                                "--disable-gpu",
                                "--disable-background-networking",
                                "--disable-component-update",
                                "--disable-sync",
                                "--no-first-run")));
    }

    /// As [#visitor(String, int, boolean)], of a server that the person is signed in to.
    Visitor visitor(TestServer server, Persons.Person person, int width, boolean dark) {
        String address = "http://127.0.0.1:" + server.port();
        Visitor visitor = visitor(address, width, dark);
        visitor.context().addCookies(List.of(new Cookie("faregate_session", person.token()).setUrl(address + "/")));
        return visitor;
    }

    /// A fresh profile of that width; `dark` is what the machine says it prefers.
    Visitor visitor(String baseUrl, int width, boolean dark) {
        BrowserContext context = browser.newContext(new Browser.NewContextOptions()
                .setBaseURL(baseUrl)
                .setViewportSize(width, heightOf(width))
                .setReducedMotion(ReducedMotion.REDUCE)
                .setColorScheme(dark ? ColorScheme.DARK : ColorScheme.LIGHT));
        profiles.add(context);
        context.setDefaultTimeout(PATIENCE_MS);
        return new Visitor(context);
    }

    private static int heightOf(int width) {
        return width < WIDE ? 844 : 900;
    }

    /// Closes the profiles that a test which failed left open.
    @Override
    public void close() {
        profiles.forEach(BrowserContext::close);
    }

    /// One profile with one page.
    static final class Visitor implements AutoCloseable {
        private final BrowserContext context;
        private final Page page;
        private final List<String> complaints = new CopyOnWriteArrayList<>();

        private Visitor(BrowserContext context) {
            this.context = context;
            // A violation of the policy is an event of the document; nothing else tells it apart from other errors.
            context.exposeBinding("fgViolation", (_, arguments) -> complaints.add("policy: " + arguments[0]));
            context.addInitScript("document.addEventListener('securitypolicyviolation',"
                    + " e => window.fgViolation(e.violatedDirective + ' ' + e.blockedURI));");
            // Every planted script of the tests calls this.
            context.exposeBinding("fgExecuted", (_, arguments) -> complaints.add("executed: " + arguments[0]));
            this.page = context.newPage();
            page.onConsoleMessage(message -> {
                if (message.type().equals("error")) {
                    complaints.add("console: " + message.text());
                }
            });
            page.onPageError(error -> complaints.add("error: " + error));
            page.onDialog(dialog -> {
                complaints.add("dialog: " + dialog.message());
                dialog.dismiss();
            });
        }

        Page page() {
            return page;
        }

        BrowserContext context() {
            return context;
        }

        /// What the pages of this visitor did that no page may do; the list is then empty again.
        List<String> complaints() {
            List<String> found = new ArrayList<>(complaints);
            complaints.clear();
            return found;
        }

        /// Waits until that has the focus. A browser gives it to the field a page wants it for after
        /// the page has loaded, and keys pressed before go nowhere.
        Visitor focused(Locator wanted) {
            PlaywrightAssertions.assertThat(wanted).isFocused();
            return this;
        }

        /// Goes on with the tab key until that is reached, and asserts that one sees where one is.
        Visitor tabTo(Locator wanted) {
            for (int i = 0; i < MOST_TABS; i++) {
                if ((Boolean) wanted.evaluate("element => element === document.activeElement")) {
                    assertThat((Boolean) wanted.evaluate("element => element.matches(':focus-visible')"))
                            .as("one sees where one is")
                            .isTrue();
                    return this;
                }
                page.keyboard().press("Tab");
            }
            throw new AssertionError("not reached by the keyboard: " + wanted);
        }

        /// A picture of the whole page, for people to look at: `target/screenshots/<name>.png`.
        Visitor shot(String name) throws IOException {
            Files.createDirectories(SHOTS);
            page.screenshot(new Page.ScreenshotOptions()
                    .setPath(SHOTS.resolve(name + ".png"))
                    .setFullPage(true));
            return this;
        }

        /// Pictures of the page as it stands, narrow and wide, light and dark, also of an answer that
        /// cannot be loaded again: `<name>-dark-390` and so on. Narrow and dark, wide and light it is
        /// [#checked]: between them every rule is looked at once. What is wrong is told after the last.
        Visitor looks(String name) throws IOException {
            AssertionError wrong = null;
            for (int width : new int[] {390, 1440}) {
                for (boolean dark : new boolean[] {true, false}) {
                    page.setViewportSize(width, heightOf(width));
                    page.emulateMedia(
                            new Page.EmulateMediaOptions().setColorScheme(dark ? ColorScheme.DARK : ColorScheme.LIGHT));
                    PlaywrightAssertions.assertThat(page.locator("html"))
                            .hasAttribute("data-bs-theme", dark ? "dark" : "light");
                    shot(name + (dark ? "-dark-" : "-light-") + width);
                    try {
                        if (dark == (width < WIDE)) {
                            checked();
                        }
                    } catch (AssertionError e) {
                        wrong = wrong == null ? e : wrong;
                    }
                }
            }
            if (wrong != null) {
                throw wrong;
            }
            return this;
        }

        /// Asserts that the page breaks no rule of axe that is serious or worse, and does not scroll sideways.
        Visitor checked() throws IOException {
            page.evaluate(Files.readString(PACKAGES.resolve("axe-core").resolve("axe.min.js")));
            Object found = page.evaluate(
                    "async () => (await axe.run(document, {resultTypes: ['violations']})).violations"
                            + ".filter(v => v.impact === 'serious' || v.impact === 'critical')"
                            + ".map(v => v.id + ': ' + v.nodes.slice(0, 3).map(n => n.html + ' ' + n.failureSummary).join(' '))");
            assertThat((List<?>) found).as("axe at " + page.url()).isEmpty();
            assertThat((Boolean) page.evaluate(
                            "() => document.documentElement.scrollWidth <= document.documentElement.clientWidth"))
                    .as("no scrolling sideways at " + page.url())
                    .isTrue();
            return this;
        }

        @Override
        public void close() {
            context.close();
        }
    }

    private static Optional<Path> onPath(String program) {
        return Stream.of(Objects.requireNonNullElse(System.getenv("PATH"), "").split(":"))
                .map(folder -> Path.of(folder, program))
                .filter(Files::isExecutable)
                .findFirst();
    }

    private static void install() throws IOException, InterruptedException {
        Path runner = Path.of("..", "conformance", "run").toAbsolutePath().normalize();
        Process process = new ProcessBuilder("bash", runner.toString(), "--install-only", "openai-js")
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        if (!process.waitFor(INSTALL_MINUTES, TimeUnit.MINUTES)) {
            process.descendants().forEach(ProcessHandle::destroyForcibly);
            process.destroyForcibly();
        }
    }

    /// The folder that Playwright wants: `package` and `node`.
    private static Path driver(Path core, Path node) throws IOException {
        Path driver = Path.of("target", "playwright").toAbsolutePath();
        Files.createDirectories(driver);
        link(driver.resolve("package"), core.toAbsolutePath().normalize());
        link(driver.resolve("node"), node);
        return driver;
    }

    /// Another test process may make the same link at the same time.
    private static void link(Path at, Path target) throws IOException {
        try {
            Files.createSymbolicLink(at, target);
        } catch (FileAlreadyExistsException e) {
            if (!Files.readSymbolicLink(at).equals(target)) {
                Files.delete(at);
                Files.createSymbolicLink(at, target);
            }
        }
    }
}
