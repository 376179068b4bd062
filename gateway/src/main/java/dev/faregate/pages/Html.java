package dev.faregate.pages;

import dev.faregate.http.ErrorShape;
import dev.faregate.http.Response;
import dev.faregate.http.WireError;
import gg.jte.ContentType;
import gg.jte.TemplateEngine;
import gg.jte.output.Utf8ByteOutput;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Templates to answers. Everything a template prints is escaped for the place where it stands; the headers keep a page
/// from running, loading or being framed by anything that is not ours.
public final class Html implements ErrorShape {
    /// Where the build puts the templates as classes.
    private static final String TEMPLATES = "dev.faregate.templates";

    private static final String TYPE = "text/html; charset=utf-8";

    private static final String POLICY =
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:;"
                    + " font-src 'self'; connect-src 'self'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'";

    private final TemplateEngine engine =
            TemplateEngine.createPrecompiled(null, ContentType.Html, Html.class.getClassLoader(), TEMPLATES);
    private final boolean secure;

    Html(boolean secure) {
        this.secure = secure;
    }

    /// A page about somebody, or for one moment: nobody keeps it.
    Response page(int status, String template, View view, Map<String, ?> values) {
        return guarded(status, rendered(template, view, values)).withHeader("Cache-Control", "no-store");
    }

    /// A page that is the same for everybody but for the theme, which a cookie tells: kept, and asked about each time.
    Response stillPage(StillPage page, View view) {
        return guarded(200, rendered(page.template(), view, page.values()))
                .withHeader("Cache-Control", "no-cache")
                .withHeader("Vary", "Cookie");
    }

    private byte[] rendered(String template, View view, Map<String, ?> values) {
        Map<String, Object> parameters = new HashMap<>(values);
        parameters.put("view", view);
        Utf8ByteOutput output = new Utf8ByteOutput();
        engine.render(template, parameters, output);
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(output.getContentLength());
        try {
            output.writeTo(bytes);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }

    /// The same page, whose form may also lead to that origin: browsers hold redirects after a form to `form-action`
    /// too. Only for consent pages, whose answer goes back to the app.
    public Response formLeadingTo(Response page, String origin) {
        if (!origin.matches("[a-z][a-z0-9+.-]*:(//[A-Za-z0-9.:\\[\\]-]+)?")) {
            throw new IllegalArgumentException("not an origin");
        }
        List<Map.Entry<String, String>> headers = page.headers().stream()
                .filter(header -> !header.getKey().equals("Content-Security-Policy"))
                .toList();
        return new Response(page.status(), page.contentType(), headers, page.body())
                .withHeader("Content-Security-Policy", POLICY + " " + origin);
    }

    private Response guarded(int status, byte[] page) {
        Response guarded = new Response(status, TYPE, List.of(), page)
                .withHeader("Content-Security-Policy", POLICY)
                .withHeader("X-Content-Type-Options", "nosniff")
                .withHeader("X-Frame-Options", "DENY")
                .withHeader("Referrer-Policy", "no-referrer")
                .withHeader("Cross-Origin-Opener-Policy", "same-origin")
                .withHeader("Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()");
        return secure ? guarded.withHeader("Strict-Transport-Security", "max-age=31536000") : guarded;
    }

    /// What a failure is called above what is said about it.
    static String headline(int status) {
        return switch (status) {
            case 404, 405, 410 -> "There is nothing here";
            case 403 -> "This is not for you";
            default -> status >= 500 ? "That went wrong" : "That did not work";
        };
    }

    /// A failure that the edge found, or a bug, told to a person. Called on the event loop; does not block.
    @Override
    public Response render(WireError error, String requestId) {
        View view = new View(headline(error.status()), "", null, "", "auto", "/", null);
        return page(error.status(), "pages/error.jte", view, Map.of("status", error.status(), "text", error.message()));
    }
}
