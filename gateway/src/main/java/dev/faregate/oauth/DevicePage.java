package dev.faregate.oauth;

import dev.faregate.base.ApiError;
import dev.faregate.base.ApiException;
import dev.faregate.credits.Window;
import dev.faregate.http.Response;
import dev.faregate.identity.Session;
import dev.faregate.pages.Visit;
import java.time.Duration;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// `/device`: where a person types the code that a device shows (RFC 8628 section 3.3) and decides. The
/// code is shown again beside the question, also where it came with the address: "the authorization
/// server SHOULD display the user_code and ask the user to verify that it matches".
///
/// Codes are short, so wrong ones are counted, by person and by address (section 5.1).
public final class DevicePage {
    static final String PATH = "/device";

    /// Wrong codes of one person, and from one address, in a window.
    static final int MAX_WRONG = 10;

    static final Duration WINDOW = Duration.ofMinutes(10);
    private static final int MAX_CODE_LENGTH = 40;

    private final ConsentPage consent;
    private final DeviceCodes codes;
    private final Clients clients;
    private final Attempts wrongByPerson;
    private final Attempts wrongByAddress;

    DevicePage(ConsentPage consent, DeviceCodes codes, Clients clients, InstantSource clock) {
        this.consent = consent;
        this.codes = codes;
        this.clients = clients;
        this.wrongByPerson = new Attempts(MAX_WRONG, WINDOW, clock);
        this.wrongByAddress = new Attempts(MAX_WRONG * 3, WINDOW, clock);
    }

    /// What a device asks for, as the consent page wants it.
    private record Wanted(String userCode, ConsentPage.Asked asked) {}

    /// `GET /device`: the field, or for a `user_code` that waits the question.
    public Response show(Visit visit) {
        visit.require(visit.session().role().usesKeys());
        String said = visit.query().find("user_code");
        if (said == null) {
            return field(visit, 200, "", null);
        }
        Wanted wanted = find(visit, said).orElse(null);
        return wanted == null ? unknown(visit, said) : consent.show(visit, wanted.asked());
    }

    /// `POST /device?user_code=...`: the person's answer.
    public Response answer(Visit visit) {
        Session session = visit.require(visit.session().role().usesKeys());
        String said = visit.query().find("user_code");
        Wanted wanted = said == null ? null : find(visit, said).orElse(null);
        if (wanted == null) {
            return unknown(visit, said == null ? "" : said);
        }
        Asker asker = wanted.asked().asker();
        return switch (consent.read(visit, wanted.asked())) {
            case ConsentPage.Answer.Again(Response page) -> page;
            case ConsentPage.Answer.Denied() -> {
                codes.deny(wanted.userCode());
                yield done(visit, asker.name(), false);
            }
            case ConsentPage.Answer.Allowed(Terms terms) ->
                codes.allow(
                                wanted.userCode(),
                                asker,
                                session,
                                terms,
                                wanted.asked().scopes(),
                                visit.head().requestId())
                        ? done(visit, asker.name(), true)
                        : unknown(visit, DeviceCode.shown(wanted.userCode()));
        };
    }

    /// The request of that code. Throws a 429 where too many wrong ones were tried, before it is looked
    /// at.
    private Optional<Wanted> find(Visit visit, String said) {
        String person = visit.session().userId();
        String address = visit.head().remote().getHostAddress();
        for (Attempts wrong : List.of(wrongByPerson, wrongByAddress)) {
            if (wrong.isSpent(wrong == wrongByPerson ? person : address)) {
                throw new ApiException(new ApiError.RateLimited(
                        "Too many wrong codes. Wait some minutes, have the device make a new code, and try again.",
                        wrong.most(),
                        wrong.opensAt(),
                        wrong.retryAfterSeconds()));
            }
        }
        String typed = said.length() > MAX_CODE_LENGTH ? null : DeviceCode.typed(said);
        Wanted wanted = typed == null
                ? null
                : codes.findOpen(typed).map(code -> wanted(typed, code)).orElse(null);
        if (wanted == null) {
            wrongByPerson.take(person);
            wrongByAddress.take(address);
        }
        return Optional.ofNullable(wanted);
    }

    private @Nullable Wanted wanted(String typed, DeviceCode code) {
        try {
            return clients.find(code.clientId())
                    .map(client -> new Wanted(
                            typed,
                            new ConsentPage.Asked(
                                    new Asker(client, null, null),
                                    code.scopes(),
                                    DeviceCode.shown(typed),
                                    null,
                                    Window.MONTHLY,
                                    ConsentPage.NEVER)))
                    .orElse(null);
        } catch (OAuthException e) {
            // Its document is not there any more: nobody can say who asks.
            return null;
        }
    }

    private static Response unknown(Visit visit, String said) {
        return field(
                visit,
                422,
                said.substring(0, Math.min(said.length(), MAX_CODE_LENGTH)),
                "No device waits with this code. It may be mistyped, used or older than ten minutes.");
    }

    private static Response field(Visit visit, int status, String typed, @Nullable String problem) {
        Map<String, @Nullable Object> values = new HashMap<>();
        values.put("typed", typed);
        values.put("problem", problem);
        return visit.page(status, "apps/device.jte", "Connect a device", "", values);
    }

    private static Response done(Visit visit, String app, boolean allowed) {
        return visit.page(
                "apps/deviceDone.jte",
                allowed ? "Device connected" : "Nothing was given",
                "",
                Map.of("app", app, "allowed", allowed));
    }
}
