package dev.faregate.flow;

import java.nio.charset.StandardCharsets;
import java.util.List;

/// Texts that run as a script wherever a page forgets to escape them, planted where strangers can
/// write: titles and referers of apps, names of keys and clients. Each calls what [RealBrowser] listens
/// for.
final class PlantedApps {
    static final List<String> TEXTS = List.of(
            "<script>fgExecuted('script')</script>",
            "\"><img src=x onerror=fgExecuted('img')>",
            "'><svg/onload=fgExecuted('svg')>",
            "</bdi></h2></title><script>fgExecuted('title')</script>",
            "\" autofocus onfocus=\"fgExecuted('focus')\" x=\"",
            "<details open ontoggle=fgExecuted('toggle')>",
            "<iframe srcdoc=\"<script>parent.fgExecuted('frame')</script>\">",
            "<a href=\"javascript:fgExecuted('link')\">click</a>",
            "javascript:fgExecuted('address')",
            "<div hx-get=\"/\" hx-trigger=\"load\" hx-on:load=\"fgExecuted('hx')\">",
            "${fgExecuted('template')}{{fgExecuted('mustache')}}",
            "<meta http-equiv=refresh content=\"0;url=javascript:fgExecuted('meta')\">",
            "<style>*{background:url(javascript:fgExecuted('css'))}</style>",
            "&lt;script&gt;fgExecuted('entity')&lt;/script&gt;",
            "<math><mtext><script>fgExecuted('math')</script>",
            "<x/onclick=fgExecuted('x')>\u202egnp.exe\u200b");

    static final List<String> REFERERS = List.of(
            "javascript:fgExecuted('referer')",
            "data:text/html,<script>fgExecuted('data')</script>",
            "https://evil.example/\"><script>fgExecuted('path')</script>",
            "https://evil.example\"onmouseover=\"fgExecuted('host')",
            "https://evil.example/'-fgExecuted('quote')-'",
            "https://user:\"><img src=x onerror=fgExecuted(1)>@evil.example/");

    private PlantedApps() {}

    /// Has an app use a model once for each of them: titles at `https://t0.example`,
    /// `https://t1.example`, ...
    static void use(TestServer server) {
        for (int i = 0; i < TEXTS.size(); i++) {
            use(server, "https://t" + i + ".example/app", TEXTS.get(i));
        }
        REFERERS.forEach(referer -> use(server, referer, "Bad referer"));
    }

    static void use(TestServer server, String referer, String title) {
        // Header bytes are Latin-1 on the wire, titles in UTF-8.
        String wire = new String(title.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1)
                .replaceAll("[^\\x20-\\x7e]", "");
        var answer = server.post(
                "/v1/chat/completions",
                TestServer.chat("test/priced", "\"max_tokens\":50"),
                TestServer.INFERENCE_KEY,
                "HTTP-Referer",
                referer,
                "X-Title",
                wire);
        if (answer.statusCode() != 200) {
            throw new AssertionError(answer.body());
        }
    }
}
