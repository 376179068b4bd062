package dev.faregate.accounts;

import dev.faregate.base.ApiError;
import dev.faregate.base.ApiException;
import dev.faregate.base.Secret;
import dev.faregate.base.Tokens;
import dev.faregate.base.Usd;
import dev.faregate.credits.Limits;
import dev.faregate.credits.Scope;
import dev.faregate.credits.Window;
import dev.faregate.http.Response;
import dev.faregate.identity.Organization;
import dev.faregate.identity.OrganizationStore.Home;
import dev.faregate.identity.Role;
import dev.faregate.identity.Session;
import dev.faregate.pages.Visit;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// `/sign-up`, for a server that is open to everybody. The address is shown to be theirs before there
/// is an account, and the answer is the same whether it has one already: only its owner is told, by
/// mail.
public final class SignUpPages {
    private static final String CLOSED =
            "New accounts are not open on this server. Ask somebody who uses it for an invitation.";

    private final Desk desk;
    private final Supplier<SignUp> signUp;
    private final Limits limits;

    SignUpPages(Desk desk, Supplier<SignUp> signUp, Limits limits) {
        this.desk = desk;
        this.signUp = signUp;
        this.limits = limits;
    }

    private boolean isOpen() {
        return signUp.get() == SignUp.OPEN && desk.outbox().isOn();
    }

    /// `GET /sign-up`.
    public Response show(Visit visit) {
        return isOpen() ? page(visit, 200, "", null) : closed(visit);
    }

    private static Response closed(Visit visit) {
        return Messages.page(visit, 403, "No new accounts", CLOSED, "Sign in", "/sign-in");
    }

    /// `POST /sign-up`: a mail goes out in any case.
    public Response ask(Visit visit) {
        if (!isOpen()) {
            return closed(visit);
        }
        String email;
        try {
            email = Desk.email(visit.form());
        } catch (ApiException e) {
            return page(visit, Desk.UNPROCESSABLE, String.join("", visit.form().all(Desk.EMAIL, 2_000)), Problem.of(e));
        }
        if (!desk.admits(Throttle.mailFrom(visit.head().remote()))) {
            return page(visit, Desk.TOO_MANY, email, Messages.TOO_MANY_MAILS)
                    .withHeader("Retry-After", Desk.RETRY_AFTER_S);
        }
        Secret token = Tokens.generate();
        // Both are made, so that both cost the same.
        Outbox.Sealable fresh = desk.outbox().seal(desk.texts().confirmSignUp(email, token), lifetime());
        Outbox.Sealable known = desk.outbox().seal(desk.texts().alreadySignedUp(email), lifetime());
        desk.database().write(tx -> {
            if (desk.throttle().take(tx, Throttle.mailTo(email))) {
                boolean exists = desk.people().findByEmail(tx, email).isPresent();
                desk.links().insert(tx, exists ? Tokens.generate() : token, LinkStore.Purpose.SIGN_UP, null, email);
                desk.outbox().put(tx, exists ? known : fresh);
            }
            return null;
        });
        desk.outbox().wake();
        return Messages.checkYourMail(visit, email);
    }

    private static java.time.Duration lifetime() {
        return LinkStore.Purpose.SIGN_UP.lifetime;
    }

    /// `GET /sign-up/confirm`: the link in the mail.
    public Response confirm(Visit visit) {
        String token = Desk.token(visit);
        return desk.database()
                .read(tx -> desk.links().find(tx, token, LinkStore.Purpose.SIGN_UP))
                .map(link -> newcomer(visit, 200, String.valueOf(link.email()), String.valueOf(token), null))
                .orElseGet(() -> Messages.deadLink(visit, "Ask for a new one.", "Sign up", "/sign-up"));
    }

    /// `POST /sign-up/confirm`: makes the person and an organization of their own. It is prepaid with nothing in it, so
    /// that a stranger spends nothing until somebody grants credit.
    public Response create(Visit visit) {
        String token = Desk.token(visit);
        LinkStore.Link link = desk.database()
                .read(tx -> desk.links().find(tx, token, LinkStore.Purpose.SIGN_UP))
                .orElse(null);
        if (link == null || !isOpen()) {
            return Messages.deadLink(visit, "Ask for a new one.", "Sign up", "/sign-up");
        }
        String email = String.valueOf(link.email());
        PersonName name;
        String hash;
        try {
            name = PersonName.from(visit.form());
            hash = desk.passwords().hash(desk.newPassword(visit.form(), List.of(email, name.whole())));
        } catch (ApiException e) {
            return newcomer(visit, Desk.UNPROCESSABLE, email, String.valueOf(token), Problem.of(e));
        }
        SignIns.Proven made;
        try {
            made = desk.database().write(tx -> {
                if (desk.links().take(tx, token, LinkStore.Purpose.SIGN_UP).isEmpty()) {
                    throw new ApiException(new ApiError.Conflict("This link was used already. Sign in instead."));
                }
                Home home =
                        desk.organizations().create(tx, name.whole() + "'s organization", Organization.Billing.PREPAID);
                limits.define(tx, Scope.BALANCE, home.organization().id(), Window.TOTAL, Usd.ZERO);
                String organization = home.organization().id();
                String id = desk.join(tx, email, name, true, hash, organization, Role.OWNER);
                desk.record(tx, visit, organization, id, "account.create", Map.of("email", email));
                return new SignIns.Proven(id, organization, home.workspace().id());
            });
        } catch (ApiException e) {
            return newcomer(visit, 409, email, String.valueOf(token), Problem.of(e));
        }
        return desk.signIns().proven(visit, made, Session.Method.PASSWORD, "/setup/models");
    }

    private Response newcomer(Visit visit, int status, String email, String token, @Nullable Problem problem) {
        return Messages.newcomer(
                visit,
                status,
                "Create your account",
                "/sign-up/confirm",
                email,
                token,
                desk.rules().minLength(),
                problem);
    }

    private Response page(Visit visit, int status, String email, @Nullable Problem problem) {
        Map<String, Object> values = new HashMap<>();
        values.put("email", email);
        values.put("problem", problem);
        return visit.page(status, "accounts/sign_up.jte", "Create an account", "", values);
    }
}
