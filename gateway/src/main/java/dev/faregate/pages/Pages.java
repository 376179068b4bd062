package dev.faregate.pages;

import dev.faregate.base.ApiError;
import dev.faregate.base.ApiException;
import dev.faregate.base.Secret;
import dev.faregate.base.Sha256;
import dev.faregate.base.Tokens;
import dev.faregate.http.Access;
import dev.faregate.http.ErrorRenderer;
import dev.faregate.http.FormFields;
import dev.faregate.http.Handler;
import dev.faregate.http.Request;
import dev.faregate.http.RequestHead;
import dev.faregate.http.Response;
import dev.faregate.http.Route;
import dev.faregate.http.WireError;
import dev.faregate.identity.Session;
import dev.faregate.identity.Sessions;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// Makes the routes of pages, and does for each what none may forget: finds the session, sends strangers to the sign-in
/// page, and takes a form only from a page of ours.
///
/// A form carries a token that is bound to the session's cookie (to a visitor's, before sign-in), and the browser
/// must not say that another site sent it. So neither a forged form nor a planted session works (OWASP: signed
/// double submit).
public final class Pages {
    /// The cookies, without the prefix.
    static final String SESSION = "session";

    static final String VISITOR = "visitor";
    static final String NOTICE = "notice";
    static final String THEME = "theme";

    public static final String SIGN_IN = "/sign-in";

    /// The field of a form, and the header of a script's request.
    static final String CSRF_FIELD = "csrf";

    static final String CSRF_HEADER = "x-csrf-token";
    private static final int MAX_CSRF = 100;
    private static final int MAX_NOTICE = 500;
    private static final Duration THEME_LIFETIME = Duration.ofDays(365);

    private final Sessions sessions;
    private final Html html;
    private final Cookies cookies;
    private final Supplier<String> publicUrl;

    /// `publicUrl`: where people reach this server, without a trailing slash; what a request says in Host is never
    /// believed. `secure`: that address is behind TLS.
    public Pages(Sessions sessions, Supplier<String> publicUrl, boolean secure) {
        this.sessions = sessions;
        this.publicUrl = publicUrl;
        this.cookies = new Cookies(secure);
        this.html = new Html(secure);
    }

    public Html html() {
        return html;
    }

    public Cookies cookies() {
        return cookies;
    }

    public Sessions sessions() {
        return sessions;
    }

    public String publicUrl() {
        return publicUrl.get();
    }

    /// A page for everybody.
    public Route open(String method, String pattern, Page page) {
        return route(method, pattern, Access.PUBLIC, page);
    }

    /// A page for people who are signed in.
    public Route signedIn(String method, String pattern, Page page) {
        return route(method, pattern, Access.SESSION, page);
    }

    /// A page that is the same for everybody, whoever is signed in: no session is looked for, no cookie is set, and
    /// whoever kept it gets a 304. It must hold no form.
    public Route still(String path, Supplier<StillPage> page) {
        Handler.Blocking handler = request -> {
            StillPage still = page.get();
            View view = new View(still.title(), "", null, "", theme(request.head()), path, null);
            return EntityTag.answer(request.head(), html.stillPage(still, view));
        };
        return Route.blocking("GET", path, Access.PUBLIC, handler).withErrors(html);
    }

    /// The address of an asset, with its version.
    public static String asset(String name) {
        return Assets.address(name);
    }

    /// What every installation of the pages has: assets, and the choice of theme.
    public List<Route> own() {
        return List.of(
                Route.blocking("GET", "/assets/{name}", Access.PUBLIC, new Assets()::handle)
                        .withErrors(html),
                open("POST", "/theme", this::theme));
    }

    /// What people see who follow an address that leads nowhere: with the navigation, if they are signed in.
    public Route notThere() {
        return open("GET", "/", visit -> failure(visit, NOT_THERE));
    }

    static final ApiError NOT_THERE =
            new ApiError.NotFound("No page has this address. It may be mistyped, or what it showed is gone.");

    private Route route(String method, String pattern, Access access, Page page) {
        Handler.Blocking handler = request -> answer(request, access, page);
        return Route.blocking(method, pattern, access, handler).withErrors(html);
    }

    private Response answer(Request request, Access access, Page page) {
        RequestHead head = request.head();
        String token = cookies.find(head, SESSION);
        Session session = token == null ? null : sessions.find(token, head).orElse(null);
        String bound = session == null ? cookies.find(head, VISITOR) : token;
        String fresh = null;
        if (bound == null) {
            fresh = Tokens.generate().reveal();
            bound = fresh;
        }
        boolean writes = !head.method().equals("GET") && !head.method().equals("HEAD");
        Visit visit = new Visit(
                this,
                new Request(head, request.body(), session),
                writes && FormFields.isForm(head) ? FormFields.of(request) : new FormFields(Map.of()),
                csrf(bound),
                theme(head),
                notice(head),
                fresh);
        if (session == null && access == Access.SESSION) {
            return visit.remember(toSignIn(visit, writes));
        }
        if (writes && !isOurs(visit, fresh == null)) {
            return visit.remember(failure(visit, FORGED));
        }
        try {
            return visit.remember(page.handle(visit));
        } catch (ApiException e) {
            return visit.remember(failure(visit, e.error()));
        }
    }

    private static final ApiError FORGED = new ApiError.Forbidden(
            "This form is no longer good: it is from before you signed in or out, or it did not come from this site. Load the page"
                    + " again and repeat what you did.",
            "csrf",
            Map.of());

    /// Both must hold: what only our page knows, and what the browser says about who sent it.
    private static boolean isOurs(Visit visit, boolean hadCookie) {
        String site = visit.head().header("sec-fetch-site");
        if (site != null && !site.equals("same-origin")) {
            return false;
        }
        String header = visit.head().header(CSRF_HEADER);
        String sent = header != null ? header : visit.form().findText(CSRF_FIELD, MAX_CSRF);
        return hadCookie
                && sent != null
                && MessageDigest.isEqual(
                        sent.getBytes(StandardCharsets.UTF_8), visit.csrf().getBytes(StandardCharsets.UTF_8));
    }

    /// A page may show this token: it does not tell the cookie that it comes from.
    private static String csrf(String cookie) {
        return Sha256.base64Url("csrf " + cookie);
    }

    private static Response toSignIn(Visit visit, boolean writes) {
        String back = visit.address();
        boolean returns = !writes && !visit.isPartial() && Visit.isOurPath(back) && !back.equals("/");
        return visit.goTo(returns ? leadingTo(SIGN_IN, back) : SIGN_IN);
    }

    private Response failure(Visit visit, ApiError error) {
        WireError wire = ErrorRenderer.render(error);
        Response page = visit.page(
                wire.status(),
                "pages/error.jte",
                Html.headline(wire.status()),
                "",
                Map.of("status", wire.status(), "text", wire.message()));
        for (Map.Entry<String, String> header : wire.headers()) {
            page = page.withHeader(header.getKey(), header.getValue());
        }
        return page;
    }

    // What is kept in the browser

    /// The answer of a sign-in: the browser has the new session, and forgets who it was before.
    public Response signedIn(Response response, Secret token) {
        return cookies.without(cookies.with(response, SESSION, token.reveal(), Session.LIFETIME), VISITOR);
    }

    /// The answer of a sign-out: nothing is left in the browser that shows who it was.
    public Response signedOut(Response response) {
        return cookies.without(response, SESSION).withHeader("Clear-Site-Data", "\"cache\", \"storage\"");
    }

    Response withNotice(Response response, String kind, String text) {
        String cut = text.substring(0, Math.min(text.length(), MAX_NOTICE));
        String value = Base64.getUrlEncoder()
                .withoutPadding()
                .encodeToString((kind + " " + cut).getBytes(StandardCharsets.UTF_8));
        return cookies.with(response, NOTICE, value, null);
    }

    private View.@Nullable Notice notice(RequestHead head) {
        String value = cookies.find(head, NOTICE);
        if (value == null || value.isEmpty()) {
            return null;
        }
        try {
            String text = new String(Base64.getUrlDecoder().decode(value), StandardCharsets.UTF_8);
            int space = text.indexOf(' ');
            String kind = space < 0 ? "" : text.substring(0, space);
            return List.of("success", "info", "warning", "danger").contains(kind)
                    ? new View.Notice(kind, text.substring(space + 1))
                    : null;
        } catch (IllegalArgumentException e) {
            return null;
        }
    }

    private String theme(RequestHead head) {
        String theme = cookies.find(head, THEME);
        return theme != null && View.THEMES.contains(theme) ? theme : "auto";
    }

    /// `POST /theme`: light, dark, or as the machine is set.
    private Response theme(Visit visit) {
        String wanted = visit.form().findWord("theme", View.THEMES);
        String back = visit.next();
        return cookies.with(
                visit.goTo(back == null ? "/" : back), THEME, wanted == null ? "auto" : wanted, THEME_LIFETIME);
    }

    /// The address of a page of ours that leads on to `next` when it is done.
    public static String leadingTo(String path, String next) {
        return path + "?next=" + URLEncoder.encode(next, StandardCharsets.UTF_8);
    }
}
