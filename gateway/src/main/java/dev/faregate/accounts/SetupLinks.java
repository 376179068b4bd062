package dev.faregate.accounts;

import dev.faregate.base.ApiError;
import dev.faregate.base.ApiException;
import dev.faregate.base.Json;
import dev.faregate.base.Secret;
import dev.faregate.base.Tokens;
import dev.faregate.http.BodyFields;
import dev.faregate.identity.AuditLog;
import dev.faregate.storage.Database;
import dev.faregate.storage.Tx;
import java.time.Instant;
import java.util.Map;
import java.util.function.Supplier;

/// Links that only the operator of the machine can make: to the set-up of the first owner, and to a new password where
/// no mail reaches a person. Blocks.
public final class SetupLinks {
    private record Made(Secret url, Instant expiresAt) {
        byte[] answer() {
            return Json.write(json -> {
                json.writeStartObject();
                json.writeObjectPropertyStart("data");
                json.writeStringProperty("url", url.reveal());
                json.writeStringProperty("expires_at", expiresAt.toString());
                json.writeEndObject();
                json.writeEndObject();
            });
        }
    }

    private final Database database;
    private final AuditLog audit;
    private final MailTexts texts;
    private final LinkStore links = new LinkStore();
    private final PersonStore people = new PersonStore();

    public SetupLinks(Database database, AuditLog audit, Supplier<String> publicUrl) {
        this.database = database;
        this.audit = audit;
        this.texts = new MailTexts(publicUrl);
    }

    /// The link to the set-up of an organization without an owner; links made before work no more. Throws a 409 when
    /// there is an owner.
    public Secret setup(String organization) {
        return make(organization).url();
    }

    private Made make(String organization) {
        Secret token = Tokens.generate();
        return database.write(tx -> {
            if (Owners.count(tx, organization) > 0) {
                throw new ApiException(new ApiError.Conflict(
                        "This organization has an owner. For a new password: ./faregate reset-link EMAIL"));
            }
            links.endAll(tx, LinkStore.Purpose.SETUP, organization);
            links.insert(tx, token, LinkStore.Purpose.SETUP, organization, null);
            record(tx, organization, "setup.link", organization);
            return new Made(texts.link(SetupPages.PATH, token), tx.now().plus(LinkStore.Purpose.SETUP.lifetime));
        });
    }

    /// `./faregate setup-link`.
    public byte[] answerSetup(String organization) {
        return make(organization).answer();
    }

    /// `./faregate reset-link`: `email` names a member of the organization.
    public byte[] answerReset(String organization, BodyFields arguments) {
        String email = EmailAddress.normal(arguments.text("email", EmailAddress.MAX_LENGTH));
        Secret token = Tokens.generate();
        return database.write(tx -> {
                    PersonStore.Person person = (email == null
                                    ? java.util.Optional.<PersonStore.Person>empty()
                                    : people.findByEmail(tx, email))
                            .filter(found -> people.memberships(tx, found.id()).stream()
                                    .anyMatch(member -> member.organizationId().equals(organization)))
                            .orElseThrow(() -> new ApiException(
                                    new ApiError.NotFound("Nobody in this organization has that address.")));
                    links.endAll(tx, LinkStore.Purpose.RESET, person.id());
                    links.insert(tx, token, LinkStore.Purpose.RESET, person.id(), person.email());
                    record(tx, organization, "account.reset_link", person.id());
                    return new Made(
                            texts.link("/reset/choose", token), tx.now().plus(LinkStore.Purpose.RESET.lifetime));
                })
                .answer();
    }

    private void record(Tx tx, String organization, String action, String subject) {
        audit.append(tx, organization, AuditLog.Author.OPERATOR, new AuditLog.Event(action, subject, Map.of()));
    }
}
