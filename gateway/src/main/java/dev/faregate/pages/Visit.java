package dev.faregate.pages;

import dev.faregate.base.ApiError;
import dev.faregate.base.ApiException;
import dev.faregate.http.FormFields;
import dev.faregate.http.QueryParameters;
import dev.faregate.http.Request;
import dev.faregate.http.RequestHead;
import dev.faregate.http.Response;
import dev.faregate.identity.Session;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// One request for a page, by somebody who may be signed in. Its form, if it is one, has been checked to come
/// from a page of ours.
public final class Visit {
    private static final int MAX_NEXT = 4_000;

    private final Pages pages;
    private final Request request;
    private final FormFields form;
    private final String csrf;
    private final String theme;
    private final View.@Nullable Notice notice;
    private final @Nullable String freshVisitor;
    private boolean noticeShown;

    Visit(
            Pages pages,
            Request request,
            FormFields form,
            String csrf,
            String theme,
            View.@Nullable Notice notice,
            @Nullable String freshVisitor) {
        this.pages = pages;
        this.request = request;
        this.form = form;
        this.csrf = csrf;
        this.theme = theme;
        this.notice = notice;
        this.freshVisitor = freshVisitor;
    }

    /// The request, whose principal is the session where there is one.
    public Request request() {
        return request;
    }

    /// The same with another body: a call of the API that the page makes in the name of its visitor.
    public Request request(byte[] body) {
        return new Request(head(), body, request.principal());
    }

    public RequestHead head() {
        return request.head();
    }

    public FormFields form() {
        return form;
    }

    public QueryParameters query() {
        return new QueryParameters(head().query());
    }

    public @Nullable Session findSession() {
        return (Session) request.principal();
    }

    /// The session of a page that is only for people who are signed in.
    public Session session() {
        return request.principal(Session.class);
    }

    /// Throws a 403 unless this may be done by somebody of that role.
    public Session require(boolean allowed) {
        if (!allowed) {
            throw new ApiException(new ApiError.Forbidden(
                    "Your role in " + session().organizationName() + " does not allow this. Ask an owner or an admin.",
                    "role",
                    Map.of("role", session().role().word())));
        }
        return session();
    }

    /// Throws a 403 unless the visitor manages the organization.
    public Session requireManager() {
        return require(session().role().managesOrganization());
    }

    /// Throws the 404 of an address that leads nowhere unless the visitor runs this server: nobody else learns what is
    /// here.
    public Session requireOperator() {
        if (!session().operator()) {
            throw new ApiException(Pages.NOT_THERE);
        }
        return session();
    }

    /// The token that every form of this visit carries in its field `csrf`.
    public String csrf() {
        return csrf;
    }

    /// True when a script of ours asks for a part of a page.
    public boolean isPartial() {
        return "true".equals(head().header("hx-request"));
    }

    /// A whole page from a template. `values` are the template's parameters besides `view`.
    public Response page(String template, String title, String section, Map<String, ?> values) {
        return page(200, template, title, section, values);
    }

    public Response page(int status, String template, String title, String section, Map<String, ?> values) {
        noticeShown = true;
        return pages.html().page(status, template, view(title, section, notice), values);
    }

    /// A part of a page, for a script of ours to put in place.
    public Response part(String template, Map<String, ?> values) {
        return part(200, template, values);
    }

    public Response part(int status, String template, Map<String, ?> values) {
        return pages.html().page(status, template, view("", "", null), values);
    }

    private View view(String title, String section, View.@Nullable Notice shown) {
        return new View(title, section, findSession(), csrf, theme, comeBackTo(), shown);
    }

    /// Goes to another page of ours after a form was taken: always a GET (RFC 9700 section 4.12).
    public Response goTo(String path) {
        return isPartial()
                ? Response.text(200, "").withHeader("HX-Redirect", path)
                : Response.text(303, "").withHeader("Cache-Control", "no-store").withHeader("Location", path);
    }

    /// The same, and the page there begins with this line.
    public Response goTo(String path, String kind, String notice) {
        return pages.withNotice(goTo(path), kind, notice);
    }

    /// The address to go to after sign-in, if the query or form names one of ours: a path, never another host. Whatever
    /// else stands there is as nothing.
    public @Nullable String next() {
        List<String> typed = form.raw("next");
        String wanted = typed.size() == 1 ? typed.getFirst() : head().queryParameter("next");
        return typed.size() > 1 || wanted == null || !isOurPath(wanted) ? null : wanted;
    }

    /// `//host` and `/\host` are other hosts to a browser.
    static boolean isOurPath(String path) {
        return path.length() <= MAX_NEXT
                && path.startsWith("/")
                && !path.startsWith("//")
                && path.chars().allMatch(c -> c > ' ' && c < 0x7f && c != '\\');
    }

    /// What is remembered of this visit in the browser.
    Response remember(Response response) {
        Response answer = response;
        if (freshVisitor != null) {
            answer = pages.cookies().with(answer, Pages.VISITOR, freshVisitor, null);
        }
        if (noticeShown && notice != null) {
            answer = pages.cookies().without(answer, Pages.NOTICE);
        }
        return answer;
    }

    /// Where a small form of the layout leads back to: this page, unless it is the answer of another form.
    private String comeBackTo() {
        String address = address();
        return head().method().equals("GET") && isOurPath(address) ? address : "/";
    }

    /// The path and query as they were asked for, to come back to.
    String address() {
        StringBuilder address = new StringBuilder(head().path());
        char mark = '?';
        for (Map.Entry<String, List<String>> entry : head().query().entrySet()) {
            for (String value : entry.getValue()) {
                address.append(mark)
                        .append(URLEncoder.encode(entry.getKey(), StandardCharsets.UTF_8))
                        .append('=')
                        .append(URLEncoder.encode(value, StandardCharsets.UTF_8));
                mark = '&';
            }
        }
        return address.toString();
    }
}
