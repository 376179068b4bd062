package dev.faregate.accounts;

import dev.faregate.base.ApiError;
import dev.faregate.base.ApiException;
import dev.faregate.base.Secret;
import dev.faregate.http.FormFields;
import dev.faregate.http.Response;
import dev.faregate.identity.AuditLog;
import dev.faregate.identity.Session;
import dev.faregate.identity.Writes;
import dev.faregate.pages.Pages;
import dev.faregate.pages.Visit;
import dev.faregate.storage.Database;
import dev.faregate.storage.Tx;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// `/account/security`: what a person shows at sign-in besides a password, and where they are signed in.
public final class SecurityPage {
    static final String PATH = "/account/security";
    private static final String SECTION = "security";
    private static final int MAX_CODE = 40;
    private static final int MAX_NAME = 100;
    private static final int UNPROCESSABLE = 422;

    /// A passkey as the page shows it.
    public record PasskeyRow(
            String id, String name, boolean synced, SecurityTexts.When added, SecurityTexts.@Nullable When used) {}

    /// A browser that is signed in.
    public record SessionRow(
            String id,
            String browser,
            String address,
            String how,
            SecurityTexts.When opened,
            SecurityTexts.When seen,
            boolean current) {}

    /// An identity provider of the organization; `connected`: this person said that it means them.
    public record ProviderRow(String id, String name, boolean connected) {}

    /// All that the page shows. `totp` is since when there is an authenticator app, or null.
    public record Shown(
            SecurityTexts.@Nullable When totp,
            boolean factor,
            int recoveryLeft,
            List<PasskeyRow> passkeys,
            boolean passkeysPossible,
            List<ProviderRow> providers,
            List<SessionRow> sessions) {}

    private final Database database;
    private final Pages pages;
    private final SignIns signIns;
    private final SecurityProof proof;
    private final Totp totp;
    private final Passkeys passkeys;
    private final RecoveryCodes recovery = new RecoveryCodes();
    private final SsoStore sso = new SsoStore();
    private final Writes writes = new Writes(new AuditLog());

    SecurityPage(Database database, Pages pages, SignIns signIns, SecurityProof proof, Totp totp, Passkeys passkeys) {
        this.database = database;
        this.pages = pages;
        this.signIns = signIns;
        this.proof = proof;
        this.totp = totp;
        this.passkeys = passkeys;
    }

    /// `GET /account/security`.
    public Response page(Visit visit) {
        Session session = visit.session();
        Shown shown = database.read(tx -> shown(tx, session));
        return visit.page("factors/security.jte", "Security", SECTION, Map.of("shown", shown));
    }

    private Shown shown(Tx tx, Session session) {
        Instant now = tx.now();
        String person = session.userId();
        Instant since = totp.since(tx, person);
        List<PasskeyRow> keys = passkeys.store().list(tx, person).stream()
                .map(key -> new PasskeyRow(
                        key.id(),
                        key.name(),
                        key.backedUp(),
                        new SecurityTexts.When(key.createdAt(), now),
                        key.lastUsedAt() == null ? null : new SecurityTexts.When(key.lastUsedAt(), now)))
                .toList();
        List<SessionRow> sessions = pages.sessions().list(tx, person).stream()
                .map(open -> new SessionRow(
                        open.id(),
                        SecurityTexts.browser(open.userAgent()),
                        open.address(),
                        how(open),
                        new SecurityTexts.When(open.createdAt(), now),
                        new SecurityTexts.When(open.lastSeenAt(), now),
                        open.id().equals(session.id())))
                .toList();
        return new Shown(
                since == null ? null : new SecurityTexts.When(since, now),
                since != null || !keys.isEmpty(),
                recovery.left(tx, person),
                keys,
                passkeys.party().isPresent(),
                sso.list(tx, session.organizationId()).stream()
                        .filter(SsoIssuer::enabled)
                        .map(it -> new ProviderRow(it.id(), it.name(), sso.isConnected(tx, it.id(), person)))
                        .toList(),
                sessions);
    }

    private static String how(Session session) {
        return switch (session.method()) {
            case LINK -> session.secondFactor() ? "Link and second step" : "Link";
            case PASSWORD -> session.secondFactor() ? "Password and second step" : "Password";
            case PASSKEY -> "Passkey";
            case SSO -> "Single sign-on";
        };
    }

    // Sessions

    /// `POST /account/security/sessions/{id}/end`: from its next request on that browser is signed out.
    public Response endSession(Visit visit) {
        Session session = visit.session();
        String id = visit.head().uuid("id").orElse("");
        boolean ended = database.write(tx -> {
            boolean there = pages.sessions().end(tx, session.userId(), id);
            if (there) {
                writes.record(tx, visit.request(), "session.end", id, Map.of());
            }
            return there;
        });
        if (!ended) {
            throw new ApiException(new ApiError.NotFound("There is no such session of yours; it may have ended."));
        }
        return id.equals(session.id())
                ? pages.signedOut(visit.goTo(Pages.SIGN_IN))
                : visit.goTo(PATH, "success", "That browser is signed out.");
    }

    /// `POST /account/security/sessions/end-others`.
    public Response endOthers(Visit visit) {
        Session session = visit.session();
        int ended = database.write(tx -> {
            int count = pages.sessions().endAll(tx, session.userId(), session.id());
            writes.record(tx, visit.request(), "session.end_others", session.userId(), Map.of("count", count));
            return count;
        });
        return visit.goTo(
                PATH,
                "success",
                ended == 0 ? "You were signed in nowhere else." : "Signed out everywhere else: " + ended + ".");
    }

    // Authenticator app

    /// `POST /account/security/totp`: a fresh secret, shown in this answer and never again.
    public Response beginTotp(Visit visit) {
        Response asked = proof.ask(visit, PATH);
        if (asked != null) {
            return asked;
        }
        Session session = visit.session();
        Secret secret = totp.begin(session.userId()).orElse(null);
        if (secret == null) {
            return visit.goTo(PATH, "info", "You have an authenticator app already. Remove it to set up another one.");
        }
        return visit.page(
                "factors/totp.jte",
                "Set up an authenticator app",
                SECTION,
                Map.of(
                        "picture",
                        TotpPicture.of(TotpCodes.address(secret, session.email())),
                        "secret",
                        TotpCodes.grouped(secret)));
    }

    /// `POST /account/security/totp/confirm`: the first code shows that the app has the secret.
    public Response confirmTotp(Visit visit) {
        Session session = visit.session();
        Totp.Reading reading = totp.read(session.userId(), visit.form().text("code", MAX_CODE));
        record Taken(Totp.Verdict verdict, List<Secret> codes, Instant now) {}
        Taken taken = database.write(tx -> {
            Totp.Verdict verdict = totp.take(tx, session.userId(), reading, true);
            List<Secret> codes = List.of();
            if (verdict instanceof Totp.Verdict.Right) {
                codes = firstCodes(tx, session.userId());
                pages.sessions().proved(tx, session.id(), true);
                writes.record(tx, visit.request(), "factor.add", session.userId(), Map.of("kind", "totp"));
            }
            return new Taken(verdict, codes, tx.now());
        });
        return switch (taken.verdict()) {
            case Totp.Verdict.Right _ ->
                added(visit, taken.codes(), "From now on you are asked for a code of your app after your password.");
            case Totp.Verdict.Wrong _ ->
                totpAgain(
                        visit, "That code is not right. Check that the clock of your phone is, and type the next one.");
            case Totp.Verdict.Locked(var until) -> totpAgain(visit, SecurityTexts.locked(until, taken.now()));
            case Totp.Verdict.Absent _ -> visit.goTo(PATH, "warning", "That set-up is over. Begin again.");
        };
    }

    /// The secret is not shown a second time: who has scanned it needs the field only.
    private static Response totpAgain(Visit visit, String error) {
        return visit.page(
                UNPROCESSABLE, "factors/totp.jte", "Set up an authenticator app", SECTION, Map.of("error", error));
    }

    /// `POST /account/security/totp/remove`.
    public Response removeTotp(Visit visit) {
        Response asked = proof.ask(visit, PATH);
        if (asked != null) {
            return asked;
        }
        Session session = visit.session();
        database.write(tx -> {
            if (totp.remove(tx, session.userId())) {
                forgetCodesWithoutFactor(tx, session.userId());
                writes.record(tx, visit.request(), "factor.remove", session.userId(), Map.of("kind", "totp"));
            }
            return null;
        });
        return visit.goTo(PATH, "success", "Your authenticator app is not asked for any more.");
    }

    // Passkeys

    /// `GET /account/security/passkeys/new`.
    public Response newPasskey(Visit visit) {
        Response asked = proof.ask(visit, PATH + "/passkeys/new");
        return asked == null ? passkeyPage(visit, "", null) : asked;
    }

    /// `POST /account/security/passkeys`.
    public Response addPasskey(Visit visit) {
        Response asked = proof.ask(visit, PATH + "/passkeys/new");
        if (asked != null) {
            return asked;
        }
        Session session = visit.session();
        FormFields form = visit.form();
        String given = form.findText("name", MAX_NAME);
        String name = given == null ? SecurityTexts.browser(visit.head().header("user-agent")) : given;
        String answer = form.text("credential", Passkeys.MAX_ANSWER);
        PasskeyStore.Passkey made = passkeys.party()
                .flatMap(party -> passkeys.made(visit, party, name, answer))
                .orElse(null);
        if (made == null) {
            return passkeyPage(visit, name, "No passkey was made: the page was too old. Try again.");
        }
        record Added(boolean done, List<Secret> codes) {}
        Added added = database.write(tx -> {
            boolean room = passkeys.store().list(tx, session.userId()).size() < Passkeys.MAX_PER_PERSON
                    && passkeys.store()
                            .findByCredential(tx, made.credentialId())
                            .isEmpty();
            if (!room) {
                return new Added(false, List.of());
            }
            passkeys.store().insert(tx, made);
            List<Secret> codes = firstCodes(tx, session.userId());
            pages.sessions().proved(tx, session.id(), true);
            writes.record(tx, visit.request(), "factor.add", session.userId(), Map.of("kind", "passkey", "name", name));
            return new Added(true, codes);
        });
        return added.done()
                ? added(visit, added.codes(), "The passkey \"" + name + "\" signs you in from now on.")
                : passkeyPage(
                        visit,
                        name,
                        "You have this passkey already, or " + Passkeys.MAX_PER_PERSON
                                + " of them, which is the most there can be.");
    }

    private Response passkeyPage(Visit visit, String name, @Nullable String error) {
        Map<String, Object> values = new HashMap<>();
        values.put("name", name);
        SecondStepPage.put(
                values,
                "options",
                passkeys.party().map(party -> passkeys.creation(visit, party)).orElse(null));
        SecondStepPage.put(values, "error", error);
        return visit.page(
                error == null ? 200 : UNPROCESSABLE, "factors/new_passkey.jte", "Add a passkey", SECTION, values);
    }

    /// `POST /account/security/passkeys/{id}/remove`.
    public Response removePasskey(Visit visit) {
        Response asked = proof.ask(visit, PATH);
        if (asked != null) {
            return asked;
        }
        Session session = visit.session();
        String id = visit.head().uuid("id").orElse("");
        boolean removed = database.write(tx -> {
            boolean there = passkeys.store().delete(tx, session.userId(), id);
            if (there) {
                forgetCodesWithoutFactor(tx, session.userId());
                writes.record(tx, visit.request(), "factor.remove", session.userId(), Map.of("kind", "passkey"));
            }
            return there;
        });
        if (!removed) {
            throw new ApiException(new ApiError.NotFound("There is no such passkey of yours."));
        }
        return visit.goTo(PATH, "success", "That passkey does not sign you in any more.");
    }

    // Recovery codes

    /// `POST /account/security/recovery`: a fresh set instead of the former one.
    public Response freshCodes(Visit visit) {
        Response asked = proof.ask(visit, PATH);
        if (asked != null) {
            return asked;
        }
        Session session = visit.session();
        List<Secret> codes = database.write(tx -> {
            if (!signIns.hasFactor(tx, session.userId())) {
                return List.<Secret>of();
            }
            List<Secret> made = recovery.make(tx, session.userId());
            writes.record(tx, visit.request(), "factor.recovery_codes", session.userId(), Map.of());
            return made;
        });
        return codes.isEmpty()
                ? visit.goTo(PATH, "info", "Recovery codes come with an authenticator app or a passkey.")
                : codesPage(visit, codes, "The former codes are good for nothing any more.");
    }

    private List<Secret> firstCodes(Tx tx, String personId) {
        return recovery.exist(tx, personId) ? List.of() : recovery.make(tx, personId);
    }

    private void forgetCodesWithoutFactor(Tx tx, String personId) {
        if (!signIns.hasFactor(tx, personId)) {
            recovery.forget(tx, personId);
        }
    }

    private static Response added(Visit visit, List<Secret> codes, String what) {
        return codes.isEmpty() ? visit.goTo(PATH, "success", what) : codesPage(visit, codes, what);
    }

    private static Response codesPage(Visit visit, List<Secret> codes, String what) {
        return visit.page(
                "factors/codes.jte",
                "Keep your recovery codes",
                SECTION,
                Map.of("codes", codes.stream().map(Secret::reveal).toList(), "what", what));
    }
}
