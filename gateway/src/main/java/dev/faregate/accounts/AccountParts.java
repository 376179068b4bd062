package dev.faregate.accounts;

import dev.faregate.byok.Sealer;
import dev.faregate.credits.Limits;
import dev.faregate.identity.AuditLog;
import dev.faregate.identity.MemberStore;
import dev.faregate.identity.OrganizationStore;
import dev.faregate.identity.Writes;
import dev.faregate.keys.Exposures;
import dev.faregate.keys.KeyStore;
import dev.faregate.keys.Keys;
import dev.faregate.keys.KeysHandler;
import dev.faregate.models.Catalogues;
import dev.faregate.pages.Pages;
import dev.faregate.storage.Database;
import dev.faregate.usage.SpendWatch;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Everything of this feature, made once, in order.
public final class AccountParts implements AutoCloseable {
    /// What the operator decides. Passwords have at least `passwordLength` characters; without `mail` none is sent.
    public record Options(
            SignUp signUp, int passwordLength, @Nullable MailSettings mail) {}

    /// What other features lend.
    public record Lent(
            Database database,
            Pages pages,
            SecurityParts security,
            OrganizationStore organizations,
            Limits limits,
            KeyStore keyStore,
            Keys keys,
            Departures departures,
            KeysHandler keysHandler,
            Writes writes,
            Sealer sealer,
            Catalogues catalogues) {}

    private static final Logger LOG = LoggerFactory.getLogger(AccountParts.class);

    private volatile SignUp signUp;
    private final Outbox outbox;
    private final KeyMails keyMails;
    private final SetupLinks setupLinks;
    private final SetupPages setup;
    private final SignInPages signIn;
    private final SignUpPages signUpPages;
    private final ResetPages reset;
    private final InvitationPages invitation;
    private final MembersPages members;
    private final AccountPages account;

    private AccountParts(Lent lent, Options options, Supplier<List<SignInLink>> ways) {
        this.signUp = options.signUp();
        LinkStore links = new LinkStore();
        InvitationStore invitations = new InvitationStore();
        Throttle throttle = new Throttle();
        MailSettings mail = options.mail();
        this.outbox = Outbox.start(
                lent.database(), lent.sealer(), mail == null ? null : new SmtpSender(mail), Outbox.USUAL_PAUSE, tx -> {
                    links.purge(tx);
                    invitations.purge(tx);
                    throttle.purge(tx);
                });
        AuditLog audit = new AuditLog();
        Desk desk = new Desk(
                lent.database(),
                lent.pages(),
                lent.organizations(),
                new MemberStore(),
                new PersonStore(),
                links,
                invitations,
                throttle,
                lent.security().passwords(),
                new PasswordRules(options.passwordLength()),
                outbox,
                new MailTexts(lent.pages()::publicUrl),
                lent.security().signIns(),
                audit);
        this.keyMails = new KeyMails(lent.organizations(), desk.people(), outbox, desk.texts());
        this.setupLinks = new SetupLinks(lent.database(), audit, lent.pages()::publicUrl);
        this.setup = new SetupPages(desk, lent.keys(), lent.keysHandler(), lent.catalogues());
        this.signIn = new SignInPages(desk, this::signUp, ways);
        this.signUpPages = new SignUpPages(desk, this::signUp, lent.limits());
        this.reset = new ResetPages(desk);
        this.invitation = new InvitationPages(desk, this::signUp, new GroupMappings(lent.departures()));
        this.members = new MembersPages(desk, lent.keyStore(), lent.departures(), lent.writes(), this::signUp);
        this.account = new AccountPages(desk, lent.departures(), lent.writes());
    }

    /// `ways`: further ways to sign in, in the order of their buttons.
    public static AccountParts start(Lent lent, Options options, Supplier<List<SignInLink>> ways) {
        AccountParts parts = new AccountParts(lent, options, ways);
        boolean owned = lent.database()
                .read(tx -> lent.organizations()
                        .findBySlug(tx, OrganizationStore.DEFAULT_SLUG)
                        .filter(organization -> Owners.count(tx, organization.id()) == 0)
                        .isEmpty());
        if (!owned) {
            LOG.info("No owner account yet; ./faregate setup-link prints a link that makes one");
        }
        return parts;
    }

    private SignUp signUp() {
        return signUp;
    }

    /// Who may come to have an account from now on.
    public void admit(SignUp changed) {
        signUp = changed;
    }

    /// Tells the people of a key by mail that it was found in public.
    public Exposures.Messenger exposureMails() {
        return keyMails;
    }

    public SetupLinks setupLinks() {
        return setupLinks;
    }

    public SetupPages setup() {
        return setup;
    }

    public SignInPages signIn() {
        return signIn;
    }

    public SignUpPages signUpPages() {
        return signUpPages;
    }

    public ResetPages reset() {
        return reset;
    }

    public InvitationPages invitation() {
        return invitation;
    }

    public MembersPages members() {
        return members;
    }

    public AccountPages account() {
        return account;
    }

    /// Tells people of unusual spend by mail.
    public SpendWatch.Messenger spendMails() {
        return keyMails;
    }

    @Override
    public void close() {
        outbox.close();
    }
}
