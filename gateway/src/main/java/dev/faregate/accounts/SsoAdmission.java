package dev.faregate.accounts;

import static dev.faregate.storage.tables.Tables.ORGANIZATION_MEMBER;

import dev.faregate.identity.Member;
import dev.faregate.identity.MemberStore;
import dev.faregate.identity.OrganizationStore;
import dev.faregate.identity.Role;
import dev.faregate.storage.Tx;
import org.jspecify.annotations.Nullable;

/// Whom a provider lets in, and as what. A provider belongs to one organization and may speak for that one
/// only: it never gets hold of somebody who is a member elsewhere too, unless they connected it to their
/// account themselves.
final class SsoAdmission {
    private static final int MAX_NAME = 100;

    /// What came of it.
    sealed interface Result {
        /// `fresh`: a membership that was made just now.
        record Admitted(String personId, boolean fresh) implements Result {}

        /// `why` is a sentence for the person.
        record Refused(String why) implements Result {}
    }

    private static final Result CONNECT = new Result.Refused(
            "You have an account here that this provider does not speak for yet. Sign in the way you always do, and connect the"
                    + " provider under Security; from then on it signs you in.");
    private static final Result NOT_VERIFIED = new Result.Refused(
            "The provider did not say that your e-mail address is verified, so it cannot be told whose account is yours.");
    private static final Result DEACTIVATED =
            new Result.Refused("Your organization's directory has deactivated your account.");
    private static final Result NO_ROLE =
            new Result.Refused("None of your groups may use this. Ask whoever keeps them at your provider.");
    private static final Result NO_MEMBER = new Result.Refused(
            "You are not a member of the organization that this provider belongs to. Ask an owner or an admin of it to invite"
                    + " you.");

    private final SsoStore store = new SsoStore();
    private final ScimStore directory = new ScimStore();
    private final MemberStore members = new MemberStore();
    private final PersonStore persons = new PersonStore();

    /// Finds or makes the member whom the claims are about, and gives them the role of their groups.
    Result admit(Tx tx, SsoIssuer issuer, SsoProvider.Claims claims) {
        SsoStore.Identity known =
                store.identity(tx, issuer.id(), claims.subject()).orElse(null);
        String email = EmailAddress.normal(claims.email());
        if (known == null && email == null) {
            return NOT_VERIFIED;
        }
        PersonStore.Person person = known != null
                ? persons.find(tx, known.personId()).orElse(null)
                : email == null ? null : persons.findByEmail(tx, email).orElse(null);
        if (person != null && !mayBeMeant(tx, person, known, issuer.organizationId())) {
            return CONNECT;
        }
        if (person != null && directory.isInactive(tx, issuer.organizationId(), person.id())) {
            return DEACTIVATED;
        }
        Member member = person == null
                ? null
                : members.find(tx, issuer.organizationId(), person.id()).orElse(null);
        if (member == null && !issuer.joins()) {
            return NO_MEMBER;
        }
        Role role = member != null && issuer.roles().isEmpty()
                ? member.role()
                : SsoRoles.of(issuer.roles(), claims.groups(), issuer.fallback());
        if (role == null) {
            return NO_ROLE;
        }
        String id = person != null ? person.id() : made(tx, claims, email);
        if (id == null) {
            return NOT_VERIFIED;
        }
        store.identify(tx, issuer.id(), claims.subject(), id, false);
        if (member == null || (member.role() != role && !isLastOwner(tx, member, issuer.organizationId()))) {
            members.join(tx, issuer.organizationId(), id, role);
        }
        return new Result.Admitted(id, member == null);
    }

    /// Whether the provider may say that somebody is this person, who may always allow it by connecting the provider.
    /// Else not of one who is a member elsewhere too, and not by an address that was never shown to be theirs.
    private boolean mayBeMeant(
            Tx tx, PersonStore.Person person, SsoStore.@Nullable Identity known, String organizationId) {
        if (known != null && known.confirmed()) {
            return true;
        }
        boolean somebodyElses = known == null && !person.emailVerified() && person.passwordHash() != null;
        return !somebodyElses && !isElsewhere(tx, person.id(), organizationId);
    }

    private @Nullable String made(Tx tx, SsoProvider.Claims claims, @Nullable String email) {
        return email == null
                ? null
                : persons.create(tx, email, PersonName.of(claims.givenName(), claims.familyName()), true)
                        .orElse(null);
    }

    /// Somebody who is signed in says that the provider means them; false when it means somebody else already.
    boolean connect(Tx tx, SsoIssuer issuer, String subject, String personId) {
        SsoStore.Identity known = store.identity(tx, issuer.id(), subject).orElse(null);
        if (known != null && !known.personId().equals(personId)) {
            return false;
        }
        store.identify(tx, issuer.id(), subject, personId, true);
        return true;
    }

    /// An organization keeps its last owner, whatever groups say. It stays locked, so two cannot go at the same time.
    static boolean isLastOwner(Tx tx, Member member, String organizationId) {
        if (member.role() != Role.OWNER) {
            return false;
        }
        OrganizationStore.lock(tx, organizationId);
        return Owners.count(tx, organizationId) < 2;
    }

    static boolean isElsewhere(Tx tx, String personId, String organizationId) {
        return tx.sql()
                .fetchExists(
                        ORGANIZATION_MEMBER,
                        ORGANIZATION_MEMBER
                                .PERSON_ID
                                .eq(personId)
                                .and(ORGANIZATION_MEMBER.ORGANIZATION_ID.ne(organizationId)));
    }

    /// A name as it may stand on a page; null for none.
    static @Nullable String name(@Nullable String text) {
        if (text == null) {
            return null;
        }
        String plain = text.codePoints()
                .filter(c -> !Character.isISOControl(c))
                .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
                .toString()
                .strip();
        return plain.isEmpty() ? null : plain.substring(0, Math.min(plain.length(), MAX_NAME));
    }
}
