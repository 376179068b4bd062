package dev.faregate.accounts;

import com.nimbusds.openid.connect.sdk.op.OIDCProviderMetadata;
import dev.faregate.base.ApiError;
import dev.faregate.base.ApiException;
import dev.faregate.base.Secret;
import dev.faregate.base.Tokens;
import dev.faregate.byok.Sealer;
import dev.faregate.http.Response;
import dev.faregate.identity.Actor;
import dev.faregate.identity.AuditLog;
import dev.faregate.identity.Session;
import dev.faregate.pages.Pages;
import dev.faregate.pages.Visit;
import dev.faregate.storage.Database;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Sign-in at an identity provider (`/sign-in/sso/{id}`), and connecting one to an account that exists.
public final class SsoPage {
    private static final String COOKIE = "sso";
    private static final int MAX_LINKS = 20;
    private static final int MAX_CODE = 8_000;
    private static final int FORBIDDEN = 403;
    private static final int RETRY_S = 300;
    private static final String LOST =
            "This sign-in did not begin in this browser, took too long, or was used before. Begin again.";

    private final Database database;
    private final Pages pages;
    private final Sealer sealer;
    private final SignIns signIns;
    private final SecurityProof proof;
    private final SsoProvider provider;
    private final GroupMappings mappings;
    private final SsoStore store = new SsoStore();
    private final SsoAdmission admission = new SsoAdmission();
    private final AuditLog audit = new AuditLog();

    SsoPage(
            Database database,
            Pages pages,
            Sealer sealer,
            SignIns signIns,
            SecurityProof proof,
            SsoProvider provider,
            GroupMappings mappings) {
        this.mappings = mappings;
        this.database = database;
        this.pages = pages;
        this.sealer = sealer;
        this.signIns = signIns;
        this.proof = proof;
        this.provider = provider;
    }

    /// The providers that the sign-in page should offer.
    public List<SignInLink> links() {
        return database.read(tx -> store.links(tx, MAX_LINKS));
    }

    /// `GET /sign-in/sso/{id}`: sends the browser to the provider. A link and no form: browsers hold what
    /// follows a form to our own pages.
    public Response start(Visit visit) {
        SsoIssuer issuer = issuer(visit);
        String token = begin(visit, issuer, null, visit.next());
        return pages.cookies().with(send(visit, issuer, token), COOKIE, token, SsoStore.REQUEST_LIFETIME);
    }

    /// `POST /account/security/sso/{id}/connect`: begins, and leads to the page that sends the browser away, past the
    /// policy on forms.
    public Response connect(Visit visit) {
        Response asked = proof.ask(visit, SecurityPage.PATH);
        if (asked != null) {
            return asked;
        }
        SsoIssuer issuer = issuer(visit);
        Session session = visit.session();
        if (!issuer.organizationId().equals(session.organizationId())) {
            throw none();
        }
        String token = begin(visit, issuer, session.userId(), SecurityPage.PATH);
        Response onward = visit.goTo("/account/security/sso/" + issuer.id() + "/connect");
        return pages.cookies().with(onward, COOKIE, token, SsoStore.REQUEST_LIFETIME);
    }

    /// `GET` of the same. Only what the form began goes on here: a link of somebody else must not connect their account
    /// at the provider to the one that is signed in.
    public Response goOnConnecting(Visit visit) {
        SsoIssuer issuer = issuer(visit);
        String person = visit.session().userId();
        String token = pages.cookies().find(visit.head(), COOKIE);
        boolean began = token != null
                && database.read(
                        tx -> store.find(tx, token, issuer.id(), person).isPresent());
        return token != null && began ? send(visit, issuer, token) : failed(visit, issuer.name(), LOST);
    }

    /// `POST /account/security/sso/{id}/disconnect`.
    public Response disconnect(Visit visit) {
        Response asked = proof.ask(visit, SecurityPage.PATH);
        if (asked != null) {
            return asked;
        }
        SsoIssuer issuer = issuer(visit);
        Session session = visit.session();
        database.write(tx -> {
            store.disconnect(tx, issuer.id(), session.userId());
            return null;
        });
        return visit.goTo(SecurityPage.PATH, "success", issuer.name() + " does not sign you in any more.");
    }

    /// Notes a sign-in that begins; what comes back is for the browser alone.
    private String begin(Visit visit, SsoIssuer issuer, @Nullable String personId, @Nullable String next) {
        String token = Tokens.generate().reveal();
        boolean room = database.write(tx -> store.start(
                tx,
                token,
                new SsoStore.Started(issuer.id(), personId, next),
                visit.head().remote().getHostAddress()));
        if (!room) {
            throw new ApiException(new ApiError.Unavailable(
                    "Too many sign-ins from your address are under way. Wait some minutes, or sign in another way.",
                    RETRY_S));
        }
        return token;
    }

    private Response send(Visit visit, SsoIssuer issuer, String token) {
        try {
            OIDCProviderMetadata metadata = provider.discover(issuer.issuer());
            return visit.goTo(
                    provider.request(metadata, issuer, callback(issuer), token).toString());
        } catch (SsoFailure e) {
            return failed(visit, issuer.name(), e.text());
        }
    }

    /// `GET /sign-in/sso/{id}/callback` (OpenID Connect Core section 3.1.2.5).
    public Response callback(Visit visit) {
        SsoIssuer issuer = issuer(visit);
        return pages.cookies().without(answer(visit, issuer), COOKIE);
    }

    private Response answer(Visit visit, SsoIssuer issuer) {
        String token = pages.cookies().find(visit.head(), COOKIE);
        String state = single(visit, "state");
        if (token == null || state == null || !same(state, SsoProvider.derived("state", token))) {
            return failed(visit, issuer.name(), LOST);
        }
        SsoStore.Started started =
                database.write(tx -> store.finish(tx, token, issuer.id()).orElse(null));
        if (started == null) {
            return failed(visit, issuer.name(), LOST);
        }
        try {
            OIDCProviderMetadata metadata = provider.discover(issuer.issuer());
            provider.checkIssuer(metadata, issuer, single(visit, "iss"));
            String code = single(visit, "code");
            if (code == null) {
                return failed(visit, issuer.name(), "The provider did not sign you in.");
            }
            SsoProvider.Claims claims =
                    provider.claims(metadata, issuer, secret(issuer), callback(issuer), token, code);
            return started.personId() == null
                    ? signIn(visit, issuer, claims, started.next())
                    : connected(visit, issuer, claims, started.personId());
        } catch (SsoFailure e) {
            return failed(visit, issuer.name(), e.text());
        }
    }

    private Response signIn(Visit visit, SsoIssuer issuer, SsoProvider.Claims claims, @Nullable String next) {
        record Signed(SsoAdmission.Result result, Departures.@Nullable Done keys) {}
        Signed signed = database.write(tx -> {
            SsoAdmission.Result admitted = admission.admit(tx, issuer, claims);
            Departures.Done keys = null;
            if (admitted instanceof SsoAdmission.Result.Admitted(String personId, boolean fresh) && fresh) {
                AuditLog.Author author = new AuditLog.Author(
                        Actor.Kind.USER, personId, visit.head().requestId());
                keys = mappings.arrive(tx, issuer.organizationId(), personId, author);
                audit.append(
                        tx,
                        issuer.organizationId(),
                        author,
                        new AuditLog.Event("member.join", personId, Map.of("sso_issuer", issuer.id())));
            }
            return new Signed(admitted, keys);
        });
        mappings.finish(signed.keys());
        return switch (signed.result()) {
            case SsoAdmission.Result.Refused(String why) -> failed(visit, issuer.name(), why);
            case SsoAdmission.Result.Admitted admitted ->
                signIns.proven(
                        visit,
                        database.read(tx -> signIns.in(tx, admitted.personId(), issuer.organizationId())),
                        Session.Method.SSO,
                        next);
        };
    }

    private Response connected(Visit visit, SsoIssuer issuer, SsoProvider.Claims claims, String personId) {
        Session session = visit.findSession();
        // The same person in the same browser as when it began.
        if (session == null || !session.userId().equals(personId)) {
            return failed(visit, issuer.name(), LOST);
        }
        boolean done = database.write(tx -> {
            boolean ours = admission.connect(tx, issuer, claims.subject(), personId);
            if (ours) {
                audit.append(
                        tx,
                        session.organizationId(),
                        new AuditLog.Author(
                                Actor.Kind.USER, personId, visit.head().requestId()),
                        new AuditLog.Event("factor.add", personId, Map.of("kind", "sso", "sso_issuer", issuer.id())));
            }
            return ours;
        });
        return done
                ? visit.goTo(SecurityPage.PATH, "success", issuer.name() + " signs you in from now on.")
                : failed(visit, issuer.name(), "The provider says you are somebody who has another account here.");
    }

    private @Nullable Secret secret(SsoIssuer issuer) throws SsoFailure {
        if (issuer.secret() == null) {
            return null;
        }
        return sealer.open(issuer.secret(), issuer.place())
                .orElseThrow(() -> new SsoFailure(
                        "This server cannot read the secret of that provider; an owner has to" + " type it in again."));
    }

    private URI callback(SsoIssuer issuer) {
        return URI.create(issuer.callback(pages.publicUrl()));
    }

    private SsoIssuer issuer(Visit visit) {
        return visit.head()
                .uuid("id")
                .flatMap(id -> database.read(tx -> store.find(tx, id)))
                .filter(SsoIssuer::enabled)
                .orElseThrow(SsoPage::none);
    }

    private static ApiException none() {
        return new ApiException(new ApiError.NotFound("There is no such identity provider; it may have been removed."));
    }

    /// A parameter that is there once (RFC 6749 section 3.1: not more than once).
    private static @Nullable String single(Visit visit, String name) {
        List<String> values = visit.head().query().getOrDefault(name, List.of());
        return values.size() == 1 && values.getFirst().length() <= MAX_CODE ? values.getFirst() : null;
    }

    private static boolean same(String one, String other) {
        return MessageDigest.isEqual(one.getBytes(StandardCharsets.UTF_8), other.getBytes(StandardCharsets.UTF_8));
    }

    private static Response failed(Visit visit, String name, String why) {
        return visit.page(FORBIDDEN, "factors/sso_failed.jte", "Not signed in", "", Map.of("name", name, "why", why));
    }
}
