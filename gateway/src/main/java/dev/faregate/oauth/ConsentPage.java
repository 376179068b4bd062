package dev.faregate.oauth;

import dev.faregate.apps.AppStore;
import dev.faregate.base.ApiError;
import dev.faregate.base.ApiException;
import dev.faregate.base.Usd;
import dev.faregate.credits.Window;
import dev.faregate.http.FormFields;
import dev.faregate.http.Response;
import dev.faregate.identity.Session;
import dev.faregate.pages.Pages;
import dev.faregate.pages.Visit;
import dev.faregate.storage.Database;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The page on which a person gives an app a key, or does not: who asks, what it may do, where the answer
/// goes, and the bounds that the person sets. The form goes back to the address of the page, so what was
/// asked for is read and checked a second time, and nothing in the form can change it. Safe to share
/// between threads; blocks.
final class ConsentPage {
    /// What an app asks a person for. The last four fill the form, which the person may change. `userCode`:
    /// what a device shows, for the person to compare.
    record Asked(
            Asker asker,
            Scopes scopes,
            @Nullable String userCode,
            @Nullable String limit,
            Window reset,
            String end) {
        /// Nothing but the app and the rights it wants.
        static Asked of(Asker asker, Scopes scopes) {
            return new Asked(asker, scopes, null, null, Window.MONTHLY, NEVER);
        }
    }

    /// How a person answers.
    sealed interface Answer {
        record Allowed(Terms terms) implements Answer {}

        record Denied() implements Answer {}

        /// Something was typed that cannot be; the page says what.
        record Again(Response page) implements Answer {}
    }

    static final String NEVER = "never";

    /// An app that names no limit is offered this one.
    private static final String USUAL_LIMIT = "10";

    private static final int MAX_LIMIT_LENGTH = 20;
    private static final int MAX_REFERENCE_LENGTH = 50;
    private static final List<String> DECISIONS = List.of("allow", "deny");
    private static final List<ConsentView.Choice> RESETS = List.of(
            new ConsentView.Choice("total", "Never"),
            new ConsentView.Choice("daily", "Every day"),
            new ConsentView.Choice("weekly", "Every Monday"),
            new ConsentView.Choice("monthly", "Every month"));

    /// Days, or never.
    private static final List<ConsentView.Choice> ENDS = List.of(
            new ConsentView.Choice(NEVER, "Never"),
            new ConsentView.Choice("1", "In a day"),
            new ConsentView.Choice("7", "In 7 days"),
            new ConsentView.Choice("30", "In 30 days"),
            new ConsentView.Choice("90", "In 90 days"),
            new ConsentView.Choice("365", "In a year"));

    private final Database database;
    private final Pages pages;
    private final AppStore apps;
    private final GrantStore grants = new GrantStore();
    private final ConsentStore store = new ConsentStore();

    ConsentPage(Database database, Pages pages, AppStore apps) {
        this.database = database;
        this.pages = pages;
        this.apps = apps;
    }

    /// What the form says, as it was typed.
    private record Typed(String name, String limit, String reset, String end, String workspace) {}

    private record Problem(String field, String text) {}

    /// The page. Throws a 403 for somebody who may make no keys.
    Response show(Visit visit, Asked asked) {
        Session session = visit.require(visit.session().role().usesKeys());
        return page(visit, session, asked, first(asked), null);
    }

    /// Reads the form of the page. Throws a 403 for somebody who may make no keys.
    Answer read(Visit visit, Asked asked) {
        FormFields form = visit.form();
        if ("deny".equals(form.findWord("decision", DECISIONS))) {
            return new Answer.Denied();
        }
        Session session = visit.require(visit.session().role().usesKeys());
        Typed typed = new Typed(
                said(form, "name"),
                said(form, "limit"),
                said(form, "reset"),
                said(form, "end"),
                said(form, "workspace"));
        try {
            return new Answer.Allowed(terms(form, session));
        } catch (ApiException e) {
            if (e.error() instanceof ApiError.BadRequest(var message, var field) && field != null) {
                return new Answer.Again(page(visit, session, asked, typed, new Problem(field, sentence(message))));
            }
            throw e;
        }
    }

    /// Leads the person back to the app: a GET, wherever it is (RFC 9700 section 4.12), and no word of
    /// where from.
    static Response leave(String address) {
        return new Response(303, "text/plain; charset=utf-8", List.of(), new byte[0])
                .withHeader("Location", address)
                .withHeader("Cache-Control", "no-store")
                .withHeader("Referrer-Policy", "no-referrer");
    }

    /// The complaint as it stands beside its field, which it need not name.
    private static String sentence(String message) {
        return message.replaceFirst("^`[a-z]+` ", "This ");
    }

    private Terms terms(FormFields form, Session session) {
        String name = form.text("name", OAuthClient.MAX_NAME_LENGTH);
        Usd limit = limit(form.findText("limit", MAX_LIMIT_LENGTH));
        String reset = form.findWord(
                "reset", RESETS.stream().map(ConsentView.Choice::value).toList());
        String end = form.findWord(
                "end", ENDS.stream().map(ConsentView.Choice::value).toList());
        String workspace = form.text("workspace", MAX_REFERENCE_LENGTH);
        return database.read(tx -> {
            if (store.workspaces(tx, session).stream()
                    .noneMatch(choice -> choice.value().equals(workspace))) {
                throw FormFields.wrong("workspace", "is none that you may make keys in");
            }
            return new Terms(
                    workspace,
                    name,
                    limit,
                    limit == null || reset == null ? Window.TOTAL : Window.valueOf(reset.toUpperCase(Locale.ROOT)),
                    end(end, tx.now()));
        });
    }

    private static @Nullable Usd limit(@Nullable String text) {
        if (text == null) {
            return null;
        }
        try {
            Usd limit = Usd.of(
                    new BigDecimal(text.startsWith("$") ? text.substring(1).strip() : text));
            if (!limit.isNegative()) {
                return limit;
            }
        } catch (NumberFormatException e) {
            throw FormFields.wrong("limit", "must be an amount such as 5 or 12.50");
        } catch (ArithmeticException e) {
            throw FormFields.wrong("limit", "must have at most 9 decimals and be less than nine billion dollars");
        }
        throw FormFields.wrong("limit", "must not be negative");
    }

    private static @Nullable Instant end(@Nullable String days, Instant now) {
        return days == null || days.equals(NEVER) ? null : now.plus(Duration.ofDays(Long.parseLong(days)));
    }

    private Typed first(Asked asked) {
        String name = asked.asker().label() == null
                ? asked.asker().name()
                : asked.asker().label();
        return new Typed(
                name.substring(0, Math.min(name.length(), OAuthClient.MAX_NAME_LENGTH)),
                asked.limit() == null ? USUAL_LIMIT : asked.limit(),
                asked.reset().name().toLowerCase(Locale.ROOT),
                asked.end(),
                "");
    }

    /// What was typed, for the form to show again; nothing of it is believed.
    private static String said(FormFields form, String name) {
        List<String> all = form.raw(name);
        return all.size() == 1
                ? all.getFirst().substring(0, Math.min(all.getFirst().length(), 200))
                : "";
    }

    private Response page(Visit visit, Session session, Asked asked, Typed typed, @Nullable Problem problem) {
        Asker asker = asked.asker();
        Callback callback = asker.callback();
        OAuthClient client = asker.client();
        ConsentView view = database.read(tx -> new ConsentView(
                asker.name(),
                callback == null ? null : callback.place(),
                callback != null && !callback.isWeb(),
                client != null && client.origin() != OAuthClient.Origin.PAGE,
                (client != null || callback != null)
                        && !grants.keysOf(
                                        tx,
                                        session.organizationId(),
                                        session.userId(),
                                        asker.clientId(),
                                        apps.number(tx, asker.attribution()).orElse(-1))
                                .isEmpty(),
                asked.userCode(),
                rights(asked.scopes()),
                asked.scopes().mayWrite() ? null : "It cannot send prompts or change anything.",
                session.displayName(),
                session.organizationName(),
                store.workspaces(tx, session),
                RESETS,
                ENDS,
                problem == null ? null : problem.field(),
                problem == null ? null : problem.text(),
                typed.name(),
                typed.limit(),
                typed.reset(),
                typed.end(),
                typed.workspace()));
        Response page = visit.page(
                problem == null ? 200 : 422, "oauth/consent.jte", "Give an app a key", "", Map.of("consent", view));
        return callback == null ? page : pages.html().formLeadingTo(page, callback.source());
    }

    private static List<String> rights(Scopes scopes) {
        String read = "See the models you can use, and what its key has spent";
        return scopes.mayWrite()
                ? List.of("Send prompts to models, which your organization pays for, within the limit below", read)
                : List.of(read);
    }
}
