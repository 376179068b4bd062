package dev.faregate.pages;

import static org.assertj.core.api.Assertions.assertThat;

import dev.faregate.base.ApiError;
import dev.faregate.http.ErrorRenderer;
import dev.faregate.http.Response;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class HtmlTest {
    private final Html html = new Html(false);

    /// Such a page knows no browser, so it has no token that a form of its could bring.
    @Test
    void offersNoFormOnAPageThatTheEdgeMade() {
        Response page = html.render(ErrorRenderer.render(new ApiError.Internal("incident-7")), "request-1");
        String text = new String(page.body(), StandardCharsets.UTF_8);
        assertThat(page.status()).isEqualTo(500);
        assertThat(text).contains("That went wrong").doesNotContain("<form");
    }
}
