package dev.faregate.flow;

import java.io.IOException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

/// [OneServer] and a browser that looks at its pages; skipped where there is none.
abstract class BrowserTest extends OneServer {
    RealBrowser browser;

    BrowserTest() {}

    BrowserTest(String settings) {
        super(settings);
    }

    @BeforeAll
    void openBrowser() throws IOException, InterruptedException {
        browser = RealBrowser.start();
    }

    @AfterAll
    void closeBrowser() {
        if (browser != null) {
            browser.close();
        }
    }
}
