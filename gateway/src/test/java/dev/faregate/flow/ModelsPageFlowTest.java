package dev.faregate.flow;

import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Page;
import dev.faregate.identity.Role;
import dev.faregate.testkit.ScriptedUpstream;
import java.net.http.HttpResponse;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// The models as pages, with and without a browser.
class ModelsPageFlowTest {
    private ScriptedUpstream upstream;
    private TestServer server;

    @BeforeEach
    void start() {
        upstream = ScriptedUpstream.start();
        server = TestServer.start(upstream);
    }

    @AfterEach
    void stop() {
        server.close();
        upstream.close();
    }

    private PageClient stranger() {
        return new PageClient(server.port());
    }

    @Test
    void showsStrangersWhatTheListsOfTheApiShowThem() {
        HttpResponse<String> list = stranger().get("/models");
        assertThat(list.statusCode()).isEqualTo(200);
        assertThat(list.body())
                .contains("href=\"/models/test/priced\"", "href=\"/models/faregate/echo\"", "Free", "href=\"/sign-in\"")
                .doesNotContain("No provider is set up");
        assertThat(stranger().get("/models/test/priced").body())
                .contains("Providers", "/api/v1/chat/completions", "\"model\": \"test/priced\"");
        HttpResponse<String> missing = stranger().get("/models/test/nothing");
        assertThat(missing.statusCode()).isEqualTo(404);
        assertThat(missing.body()).contains("This server serves no such model now");
    }

    @Test
    void asksStrangersToSignInWhereTheListsAreClosed() {
        server.close();
        server = TestServer.startWith("models.public: false\n", upstream);
        assertThat(PageClient.location(stranger().get("/models"))).isEqualTo("/sign-in?next=%2Fmodels");
        assertThat(PageClient.location(stranger().get("/models/test/priced")))
                .isEqualTo("/sign-in?next=%2Fmodels%2Ftest%2Fpriced");
        PageClient viewer = Persons.client(server, Persons.signedIn(server, Role.VIEWER, "viewer@example.com"));
        assertThat(viewer.get("/models").statusCode()).isEqualTo(200);
        assertThat(viewer.get("/models/test/priced").statusCode()).isEqualTo(200);
    }

    @Test
    void findsModelsByTheWordsOfTheApi() {
        PageClient client = stranger();
        assertThat(client.get("/models?q=PRICED&sort=pricing-low-to-high&context=1&input_modalities=text&max_price=")
                        .body())
                .contains("href=\"/models/test/priced\"", "1 model<")
                .doesNotContain("href=\"/models/faregate/echo\"");
        assertThat(client.get("/models?q=priced&max_price=0").body()).contains("No model is like that");
        assertThat(client.get("/models?output_modalities=embeddings").body()).contains("No model is like that");
        assertThat(client.get("/models?context=33").body()).contains("Context of at least 33</option>");
        assertThat(client.get("/models?offset=1000").body())
                .as("the last page")
                .contains("href=\"/models/test/priced\"");
        for (String wrong : List.of(
                "sort=best", "context=much", "max_price=free", "input_modalities=smell", "supported_parameters=x")) {
            HttpResponse<String> answer = client.get("/models?" + wrong);
            assertThat(answer.statusCode()).as(wrong).isEqualTo(400);
            assertThat(answer.body()).contains(wrong.substring(0, wrong.indexOf('=')));
        }
    }

    @Test
    void looksRightInABrowser() throws Exception {
        try (RealBrowser browser = RealBrowser.start()) {
            Persons.Person owner = Persons.signedIn(server, Role.OWNER, "owner@example.com");
            try (RealBrowser.Visitor visitor = browser.visitor(server, owner, 1440, false)) {
                Page page = visitor.page();
                page.navigate("/models");
                visitor.looks("models");
                page.locator(".fg-toolbar input[name=q]").fill("priced");
                page.locator(".fg-toolbar button[type=submit]").click();
                assertThat(page.url()).contains("q=priced");
                page.locator("tbody a").first().click();
                assertThat(page.url()).endsWith("/models/test/priced");
                visitor.looks("model");
                page.navigate("/models?q=nothing");
                visitor.looks("models-none");
                assertThat(visitor.complaints()).isEmpty();
            }
            try (RealBrowser.Visitor visitor = browser.visitor(server, owner, 1440, false)) {
                visitor.page().navigate("/models");
                visitor.looks("models-stranger");
            }
        }
    }
}
