package dev.faregate.oauth;

import dev.faregate.base.Usd;
import dev.faregate.credits.Window;
import dev.faregate.http.FormFields;
import dev.faregate.http.Response;
import dev.faregate.pages.Visit;
import java.math.BigDecimal;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// OpenRouter's way to a key (contract 3.4): `/auth?callback_url=…&code_challenge=…`, for apps that nobody
/// registered. Without a callback the person carries the code over by hand.
public final class AuthPage {
    private static final int MAX_LABEL_LENGTH = 100;
    private static final int MAX_LIMIT_LENGTH = 20;
    private static final int MAX_CHALLENGE_LENGTH = 128;
    private static final List<String> RESETS = List.of("daily", "weekly", "monthly");

    private final ConsentPage consent;
    private final AuthCodes codes;
    private final boolean legacyPkce;

    /// `legacyPkce`: challenges in the clear, and none at all, are taken too (setting `oauth.legacy_pkce`).
    AuthPage(ConsentPage consent, AuthCodes codes, boolean legacyPkce) {
        this.consent = consent;
        this.codes = codes;
        this.legacyPkce = legacyPkce;
    }

    /// What stands in the address of the page. Nothing of it is sent on before it was checked: the callback
    /// is where an answer would go.
    private record Wanted(
            ConsentPage.Asked asked,
            @Nullable Pkce pkce,
            @Nullable String state) {
        Asker asker() {
            return asked.asker();
        }
    }

    /// `GET /auth`.
    public Response show(Visit visit) {
        return consent.show(visit, wanted(visit).asked());
    }

    /// `POST /auth`: the person's answer.
    public Response answer(Visit visit) {
        Wanted wanted = wanted(visit);
        return switch (consent.read(visit, wanted.asked())) {
            case ConsentPage.Answer.Again(Response page) -> page;
            case ConsentPage.Answer.Denied() -> denied(visit, wanted);
            case ConsentPage.Answer.Allowed(Terms terms) -> allowed(visit, wanted, terms);
        };
    }

    private Response allowed(Visit visit, Wanted wanted, Terms terms) {
        AuthCodes.Made made = codes.make(
                new AuthCodes.Consent(
                        visit.session(),
                        wanted.asker(),
                        terms,
                        Scopes.READ_WRITE,
                        List.of(),
                        false,
                        wanted.pkce(),
                        AuthCode.LIFETIME),
                visit.head().requestId());
        Callback callback = wanted.asker().callback();
        return callback == null
                ? visit.page(
                        "oauth/code.jte",
                        "Your code",
                        "",
                        Map.of("app", wanted.asker().name(), "code", made.text().reveal()))
                : ConsentPage.leave(callback.with(answer("code", made.text().reveal(), wanted.state())));
    }

    private static Response denied(Visit visit, Wanted wanted) {
        Callback callback = wanted.asker().callback();
        return callback == null
                ? visit.page(
                        "oauth/denied.jte",
                        "Nothing was given",
                        "",
                        Map.of("app", wanted.asker().name()))
                : ConsentPage.leave(callback.with(answer("error", "access_denied", wanted.state())));
    }

    private static Map<String, String> answer(String name, String value, @Nullable String state) {
        Map<String, String> answer = new LinkedHashMap<>();
        answer.put(name, value);
        if (state != null) {
            answer.put("state", state);
        }
        return answer;
    }

    /// Reads the address. Throws a 400 that names the parameter, which is told here and not at the
    /// callback.
    private Wanted wanted(Visit visit) {
        FormFields query = new FormFields(visit.head().query());
        String address = query.findText("callback_url", Callback.MAX_LENGTH);
        Callback callback = address == null ? null : Callback.of("callback_url", address);
        Pkce pkce = pkce(query, callback == null);
        String label = query.findText("key_label", MAX_LABEL_LENGTH);
        String reset = query.findWord("usage_limit_type", RESETS);
        String limit = limit(query.findText("limit", MAX_LIMIT_LENGTH));
        ConsentPage.Asked asked = new ConsentPage.Asked(
                new Asker(null, callback, label),
                Scopes.READ_WRITE,
                null,
                limit,
                window(limit, reset),
                ConsentPage.NEVER);
        return new Wanted(asked, pkce, Parameters.ofQuery(visit.request()).findQuietly("state"));
    }

    /// An app that names a limit and no period means the whole life of the key.
    private static Window window(@Nullable String limit, @Nullable String reset) {
        if (reset != null) {
            return Window.valueOf(reset.toUpperCase(Locale.ROOT));
        }
        return limit == null ? Window.MONTHLY : Window.TOTAL;
    }

    private @Nullable Pkce pkce(FormFields query, boolean headless) {
        String challenge = query.findText("code_challenge", MAX_CHALLENGE_LENGTH);
        String method = query.findWord("code_challenge_method", Pkce.Method.WORDS);
        if (challenge == null && method == null && legacyPkce && !headless) {
            return null;
        }
        if (challenge == null) {
            throw FormFields.wrong("code_challenge", "is required, with code_challenge_method=S256");
        }
        if (!"S256".equals(method) && !legacyPkce) {
            throw FormFields.wrong("code_challenge_method", "must be S256");
        }
        return Pkce.of("code_challenge", challenge, method);
    }

    /// What an app proposes; the person sees and may change it, so only its form is checked.
    private static @Nullable String limit(@Nullable String text) {
        if (text == null) {
            return null;
        }
        try {
            if (!Usd.of(new BigDecimal(text)).isNegative()) {
                return text;
            }
        } catch (NumberFormatException | ArithmeticException e) {
            throw FormFields.wrong("limit", "must be an amount of US dollars");
        }
        throw FormFields.wrong("limit", "must not be negative");
    }
}
