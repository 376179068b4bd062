package dev.faregate.accounts;

import dev.faregate.accounts.InvitationStore.Invitation;
import dev.faregate.base.ApiError;
import dev.faregate.base.ApiException;
import dev.faregate.base.Secret;
import dev.faregate.base.Tokens;
import dev.faregate.http.Response;
import dev.faregate.identity.Member;
import dev.faregate.identity.Organization;
import dev.faregate.identity.OrganizationStore;
import dev.faregate.identity.Role;
import dev.faregate.identity.Session;
import dev.faregate.identity.Writes;
import dev.faregate.keys.Exposure;
import dev.faregate.keys.ExposureStore;
import dev.faregate.keys.KeyStore;
import dev.faregate.pages.Moments;
import dev.faregate.pages.Visit;
import dev.faregate.storage.Tx;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// `/settings/members`: who is in the organization, as what, who was asked to join, and what it is
/// called, and whether it is told of unusual spend. Owners manage everybody, admins everybody but owners; the last
/// owner stays.
public final class MembersPages {
    private static final String PATH = "/settings/members";
    private static final String SECTION = "members";
    private static final String ORGANIZATION = "organization";
    private static final int PAGE = 100;
    private static final int MAX_PAGES = 1_000;
    private static final int MAX_INVITATIONS = 200;

    /// A member as a page shows one.
    public record Row(String id, String name, String email, String role, String since, boolean you, boolean managed) {}

    /// An open invitation as a page shows one.
    public record Asked(String id, String email, String role, String until) {}

    /// What a role may do, to choose by.
    public record Choice(String word, String meaning) {}

    private final Desk desk;
    private final KeyStore keyStore;
    private final Departures departures;
    private final Writes writes;
    private final Supplier<SignUp> signUp;

    MembersPages(Desk desk, KeyStore keyStore, Departures departures, Writes writes, Supplier<SignUp> signUp) {
        this.desk = desk;
        this.keyStore = keyStore;
        this.departures = departures;
        this.writes = writes;
        this.signUp = signUp;
    }

    /// Whether somebody of this role decides about somebody of that one.
    static boolean manages(Role role, Role other) {
        return role == Role.OWNER || (role == Role.ADMIN && other != Role.OWNER);
    }

    static List<Choice> choices(Role role) {
        return Arrays.stream(Role.values())
                .filter(choice -> manages(role, choice))
                .map(choice -> new Choice(choice.word(), meaning(choice)))
                .toList();
    }

    private static String meaning(Role role) {
        return switch (role) {
            case OWNER -> "everything, also other owners and management keys";
            case ADMIN -> "everything but owners";
            case MEMBER -> "makes keys of their own and sees what is theirs";
            case BILLING -> "sees everything, grants and corrects credits";
            case VIEWER -> "sees everything, changes nothing";
        };
    }

    /// `GET /settings/members`.
    public Response list(Visit visit) {
        return list(visit, 200, "", Role.MEMBER.word(), null);
    }

    private Response list(Visit visit, int status, String email, String role, @Nullable Problem problem) {
        Session session = visit.require(visit.session().role().seesEverything());
        String organization = session.organizationId();
        int page = visit.query().findWhole("page", 1, MAX_PAGES) instanceof Integer number ? number : 1;
        Map<String, Object> values = new HashMap<>();
        desk.database().read(tx -> {
            List<Row> rows = new ArrayList<>();
            for (Member member : desk.members().list(tx, organization, (page - 1) * PAGE, PAGE)) {
                rows.add(row(session, member));
            }
            values.put("members", rows);
            int count = desk.members().count(tx, organization);
            values.put("count", count);
            values.put("alerts", OrganizationStore.wantsSpendAlerts(tx, organization));
            values.put("disables", ExposureStore.policy(tx, organization) == Exposure.Policy.DISABLE);
            values.put("pages", (count + PAGE - 1) / PAGE);
            values.put(
                    "invitations",
                    desk.invitations().list(tx, organization, MAX_INVITATIONS).stream()
                            .map(MembersPages::asked)
                            .toList());
            return null;
        });
        values.put("page", page);
        values.put("manages", session.role().managesOrganization());
        values.put("choices", choices(session.role()));
        values.put("email", email);
        values.put("role", role);
        values.put("problem", problem);
        values.put("owner", session.role() == Role.OWNER);
        boolean renames = visit.form().names().contains(ORGANIZATION);
        values.put("organization", renames ? typed(visit, ORGANIZATION) : session.organizationName());
        values.put("mail", desk.outbox().isOn());
        values.put("closed", signUp.get() == SignUp.CLOSED);
        return visit.page(status, "accounts/members.jte", "Members", SECTION, values);
    }

    private static Row row(Session session, Member member) {
        PersonName name = PersonName.of(member.firstName(), member.lastName());
        return new Row(
                member.userId(),
                name.whole().isEmpty() ? member.email() : name.whole(),
                member.email(),
                member.role().word(),
                Moments.date(member.since()),
                member.userId().equals(session.userId()),
                manages(session.role(), member.role()));
    }

    private static Asked asked(Invitation invitation) {
        return new Asked(
                invitation.id(), invitation.email(), invitation.role().word(), Moments.date(invitation.expiresAt()));
    }

    /// `POST /settings/members/invite`: by mail; without mail the link is shown, this once.
    public Response invite(Visit visit) {
        Session session = visit.requireManager();
        try {
            return send(visit, session, Desk.email(visit.form()), role(visit, session), null);
        } catch (ApiException e) {
            return list(visit, Desk.UNPROCESSABLE, typed(visit, Desk.EMAIL), typed(visit, "role"), Problem.of(e));
        }
    }

    /// `POST /settings/invitations/{id}/resend`: the same once more, with a new link that lives as long as a first one;
    /// the former link ends.
    public Response resend(Visit visit) {
        Session session = visit.requireManager();
        Invitation former = desk.database().read(tx -> invitation(tx, visit, session));
        try {
            return send(visit, session, former.email(), former.role(), former.id());
        } catch (ApiException e) {
            return list(visit, Desk.UNPROCESSABLE, "", Role.MEMBER.word(), Problem.of(e));
        }
    }

    /// `former`: the invitation that this one takes the place of, which must still be open; null for a first one.
    private Response send(Visit visit, Session session, String email, Role role, @Nullable String former) {
        String organization = session.organizationId();
        boolean mailed = desk.outbox().isOn();
        Secret token = Tokens.generate();
        Outbox.Sealable mail = mailed
                ? desk.outbox()
                        .seal(
                                desk.texts()
                                        .invitation(
                                                email, session.displayName(), session.organizationName(), role, token),
                                InvitationStore.LIFETIME)
                : null;
        desk.database().write(tx -> {
            if (former != null) {
                invitation(tx, visit, session);
            }
            boolean member = desk.people()
                    .findByEmail(tx, email)
                    .flatMap(person -> desk.members().find(tx, organization, person.id()))
                    .isPresent();
            if (member) {
                throw Desk.wrong(Desk.EMAIL, "They are a member already.");
            }
            if (!desk.throttle().take(tx, Throttle.invitations(organization))) {
                throw Desk.wrong(Desk.EMAIL, "Too many invitations in an hour. Wait a while.");
            }
            Invitation made = desk.invitations().insert(tx, token, organization, email, role, mailed, session.userId());
            if (mail != null) {
                desk.outbox().put(tx, mail);
            }
            writes.record(
                    tx,
                    visit.request(),
                    former == null ? "member.invite" : "invitation.resend",
                    made.id(),
                    Map.of("email", email, "role", role.word()));
            return null;
        });
        desk.outbox().wake();
        return mailed
                ? visit.goTo(
                        PATH,
                        "success",
                        former == null
                                ? email + " is invited as " + role.word() + "."
                                : email + " is sent a new link; the former one ends.")
                : visit.page(
                        "accounts/invited.jte",
                        "Invitation made",
                        SECTION,
                        Map.of(
                                "email",
                                email,
                                "link",
                                desk.texts().link("/invitation", token).reveal()));
    }

    /// `POST /settings/invitations/{id}/revoke`.
    public Response revoke(Visit visit) {
        Session session = visit.requireManager();
        Invitation ended = desk.database().write(tx -> {
            Invitation found = invitation(tx, visit, session);
            desk.invitations().delete(tx, session.organizationId(), found.id());
            writes.record(tx, visit.request(), "invitation.revoke", found.id(), Map.of("email", found.email()));
            return found;
        });
        return visit.goTo(PATH, "success", "The invitation of " + ended.email() + " is taken back.");
    }

    /// The open invitation that the address names, if it is for the session to decide about; else a 404.
    private Invitation invitation(Tx tx, Visit visit, Session session) {
        String id = visit.head().uuid("id").orElseThrow(MembersPages::nobody);
        return desk.invitations()
                .find(tx, session.organizationId(), id)
                .filter(invitation -> manages(session.role(), invitation.role()))
                .orElseThrow(MembersPages::nobody);
    }

    /// `POST /settings/organization/name`, for owners.
    public Response renameOrganization(Visit visit) {
        Session session = visit.require(visit.session().role() == Role.OWNER);
        String name;
        try {
            name = visit.form().text(ORGANIZATION, Organization.MAX_NAME);
        } catch (ApiException e) {
            return list(visit, Desk.UNPROCESSABLE, "", Role.MEMBER.word(), Problem.of(e));
        }
        desk.database().write(tx -> {
            desk.organizations().rename(tx, session.organizationId(), name);
            writes.record(
                    tx,
                    visit.request(),
                    "organization.rename",
                    session.organizationId(),
                    Map.of("from", session.organizationName(), "to", name));
            return null;
        });
        return visit.goTo(PATH, "success", "The organization is called “" + name + "” now.");
    }

    /// `POST /settings/organization/alerts`: whether people are told of unusual spend.
    public Response switchAlerts(Visit visit) {
        Session session = visit.requireManager();
        boolean wanted = visit.form().flag("alerts");
        desk.database().write(tx -> {
            if (OrganizationStore.wantSpendAlerts(tx, session.organizationId(), wanted)) {
                writes.record(
                        tx,
                        visit.request(),
                        "organization.update",
                        session.organizationId(),
                        Map.of("is_spend_alert_enabled", wanted));
            }
            return null;
        });
        return visit.goTo(
                PATH,
                "success",
                wanted ? "You will be told of unusual spend." : "Nobody is told of unusual spend any more.");
    }

    /// `POST /settings/organization/exposed-keys`: what happens to a key that was found in public.
    public Response choosePolicy(Visit visit) {
        Session session = visit.requireManager();
        Exposure.Policy policy = visit.form().flag("disable") ? Exposure.Policy.DISABLE : Exposure.Policy.NOTIFY;
        desk.database().write(tx -> {
            if (ExposureStore.setPolicy(tx, session.organizationId(), policy)) {
                writes.record(
                        tx,
                        visit.request(),
                        "organization.update",
                        session.organizationId(),
                        Map.of("exposed_keys", policy.word()));
            }
            return null;
        });
        return visit.goTo(
                PATH,
                "success",
                policy == Exposure.Policy.DISABLE
                        ? "Keys that are found in public are disabled at once."
                        : "Keys that are found in public go on working; you are told.");
    }

    /// `GET /settings/members/{id}`.
    public Response show(Visit visit) {
        return show(visit, 200, null);
    }

    private Response show(Visit visit, int status, @Nullable Problem problem) {
        Session session = visit.requireManager();
        Map<String, Object> values = new HashMap<>();
        Row shown = desk.database().read(tx -> {
            Member member = find(tx, visit, session);
            values.put(
                    "keys",
                    keyStore.createdBy(tx, session.organizationId(), member.userId())
                            .size());
            return row(session, member);
        });
        values.put("member", shown);
        values.put("choices", choices(session.role()));
        values.put("problem", problem);
        return visit.page(status, "accounts/member.jte", shown.name(), SECTION, values);
    }

    /// `POST /settings/members/{id}/role`.
    public Response changeRole(Visit visit) {
        Session session = visit.requireManager();
        try {
            Role role = role(visit, session);
            Member changed = desk.database().write(tx -> {
                Member member = managed(tx, visit, session);
                if (member.role() != role) {
                    Owners.keepOne(tx, session.organizationId(), member.role());
                    desk.members().join(tx, session.organizationId(), member.userId(), role);
                    writes.record(
                            tx,
                            visit.request(),
                            "member.role",
                            member.userId(),
                            Map.of("from", member.role().word(), "to", role.word()));
                }
                return member;
            });
            return visit.goTo(PATH, "success", changed.email() + " is " + role.word() + " now.");
        } catch (ApiException e) {
            return show(visit, Desk.UNPROCESSABLE, Problem.of(e));
        }
    }

    /// `POST /settings/members/{id}/remove`: with their sessions here, and their keys unless it is said otherwise.
    public Response remove(Visit visit) {
        Session session = visit.requireManager();
        boolean withKeys = visit.form().flag("keys");
        String typed = EmailAddress.normal(typed(visit, Desk.EMAIL));
        record Removed(Member member, Departures.Done departure) {}
        Removed removed;
        try {
            removed = desk.database().write(tx -> {
                Member member = managed(tx, visit, session);
                if (!member.email().equals(typed)) {
                    throw Desk.wrong(Desk.EMAIL, "Write their address as it stands above, to be sure.");
                }
                Owners.keepOne(tx, session.organizationId(), member.role());
                Departures.Done done = departures.leave(tx, session.organizationId(), member.userId(), withKeys);
                writes.record(
                        tx,
                        visit.request(),
                        "member.remove",
                        member.userId(),
                        Map.of(
                                "email",
                                member.email(),
                                "keys_deleted",
                                done.closed().size()));
                return new Removed(member, done);
            });
        } catch (ApiException e) {
            return show(visit, Desk.UNPROCESSABLE, Problem.of(e));
        }
        departures.finish(removed.departure());
        boolean self = removed.member().userId().equals(session.userId());
        return self
                ? visit.goTo("/sign-in", "success", "You left " + session.organizationName() + ".")
                : visit.goTo(PATH, "success", removed.member().email() + " is no member any more.");
    }

    private Role role(Visit visit, Session session) {
        List<String> words = choices(session.role()).stream().map(Choice::word).toList();
        String word = visit.form().findWord("role", words);
        if (word == null) {
            throw Desk.wrong("role", "Choose a role.");
        }
        return Role.ofWord(word);
    }

    private Member managed(Tx tx, Visit visit, Session session) {
        Member member = find(tx, visit, session);
        if (!manages(session.role(), member.role())) {
            throw new ApiException(new ApiError.Forbidden("Only an owner decides about owners.", "role", Map.of()));
        }
        return member;
    }

    private Member find(Tx tx, Visit visit, Session session) {
        Optional<String> id = visit.head().uuid("id");
        return id.flatMap(it -> desk.members().find(tx, session.organizationId(), it))
                .orElseThrow(MembersPages::nobody);
    }

    private static ApiException nobody() {
        return new ApiException(new ApiError.NotFound("There is no such member or invitation in this organization."));
    }

    private static String typed(Visit visit, String field) {
        return String.join("", visit.form().all(field, Integer.MAX_VALUE));
    }
}
