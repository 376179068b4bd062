package dev.faregate.accounts;

import dev.faregate.base.ApiError;
import dev.faregate.base.ApiException;
import dev.faregate.base.Secret;
import dev.faregate.http.FormFields;
import dev.faregate.identity.Actor;
import dev.faregate.identity.AuditLog;
import dev.faregate.identity.MemberStore;
import dev.faregate.identity.OrganizationStore;
import dev.faregate.identity.Role;
import dev.faregate.pages.Pages;
import dev.faregate.pages.Visit;
import dev.faregate.storage.Database;
import dev.faregate.storage.Tx;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What all pages of accounts work with.
record Desk(
        Database database,
        Pages pages,
        OrganizationStore organizations,
        MemberStore members,
        PersonStore people,
        LinkStore links,
        InvitationStore invitations,
        Throttle throttle,
        Passwords passwords,
        PasswordRules rules,
        Outbox outbox,
        MailTexts texts,
        SignIns signIns,
        AuditLog audit) {
    /// The field of a link's token, in the address and in the form behind it.
    static final String TOKEN = "token";

    static final String EMAIL = "email";
    static final String PASSWORD = "password";

    /// What forms are answered with that cannot be taken as they are.
    static final int UNPROCESSABLE = 422;

    static final int TOO_MANY = 429;

    /// About how long a full bucket stays full.
    static final String RETRY_AFTER_S = "900";

    private static final int MAX_TOKEN = 100;
    private static final int MAX_TYPED = 2_000;

    /// Counts an attempt; false when there were too many.
    boolean admits(List<Throttle.Bucket> buckets) {
        return database.write(tx -> throttle.take(tx, buckets));
    }

    /// The token of a link: in the address when it is opened, in the form when it is used.
    static @Nullable String token(Visit visit) {
        return visit.form().names().contains(TOKEN)
                ? visit.form().findText(TOKEN, MAX_TOKEN)
                : visit.head().queryParameter(TOKEN);
    }

    /// The address in a form, in the form it is kept in. Throws a 400 that names the field.
    static String email(FormFields form) {
        String email = EmailAddress.normal(form.findText(EMAIL, MAX_TYPED));
        if (email == null) {
            throw wrong(EMAIL, "Write an e-mail address, such as name@example.com.");
        }
        return email;
    }

    /// A password that was chosen in a form. Throws a 400 that says why it is none. `about`: names of the person and of
    /// the place.
    Secret newPassword(FormFields form, List<String> about) {
        Secret password = form.findSecret(PASSWORD, MAX_TYPED);
        List<String> words = new ArrayList<>(about);
        about.stream().filter(word -> word.indexOf('@') > 0).forEach(email -> {
            words.add(email.substring(0, email.indexOf('@')));
            words.add(email.substring(email.indexOf('@') + 1));
        });
        words.add("faregate");
        String problem = rules.problem(password, words);
        if (problem != null || password == null) {
            throw wrong(PASSWORD, problem == null ? "Choose a password." : problem);
        }
        return password;
    }

    static ApiException wrong(String field, String text) {
        return new ApiException(new ApiError.BadRequest(text, field));
    }

    /// Where a person looks first in an organization.
    SignIns.Proven proven(Tx tx, String personId, String organizationId) {
        return new SignIns.Proven(
                personId,
                organizationId,
                organizations.defaultWorkspace(tx, organizationId).id());
    }

    /// Makes a person with a password a member; the id, or a 409 when somebody has the address. The hash
    /// was made before the transaction.
    String join(Tx tx, String email, PersonName name, boolean verified, String hash, String organization, Role role) {
        String id = people.create(tx, email, name, verified)
                .orElseThrow(() -> new ApiException(
                        new ApiError.Conflict("There is an account with this address already. Sign in instead.")));
        people.setPassword(tx, id, hash);
        members.join(tx, organization, id, role);
        return id;
    }

    /// Writes an event of somebody who has no session yet, as the last step of the transaction.
    void record(Tx tx, Visit visit, String organization, String personId, String action, Map<String, String> detail) {
        audit.append(
                tx,
                organization,
                new AuditLog.Author(Actor.Kind.USER, personId, visit.head().requestId()),
                new AuditLog.Event(action, personId, detail));
    }
}
