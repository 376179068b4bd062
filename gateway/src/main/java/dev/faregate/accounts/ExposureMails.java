package dev.faregate.accounts;

import static dev.faregate.storage.tables.Tables.ORGANIZATION;
import static dev.faregate.storage.tables.Tables.ORGANIZATION_MEMBER;
import static dev.faregate.storage.tables.Tables.PERSON;

import dev.faregate.identity.Role;
import dev.faregate.keys.Exposure;
import dev.faregate.keys.Exposures;
import dev.faregate.keys.KeyKind;
import dev.faregate.storage.Tx;
import java.time.Duration;
import java.util.List;
import java.util.Objects;

/// Tells whoever made a key, and the owners and admins of its organization, that it was found in public. Only
/// addresses that were confirmed are written to. Without a mail server the key page is what tells.
final class ExposureMails implements Exposures.Messenger {
    /// Longer than a mail server is usually down; afterwards the key page has told.
    private static final Duration LIFETIME = Duration.ofDays(7);

    /// People that one exposure is told to.
    private static final int MAX_PEOPLE = 50;

    private final Outbox outbox;
    private final MailTexts texts;

    ExposureMails(Outbox outbox, MailTexts texts) {
        this.outbox = outbox;
        this.texts = texts;
    }

    /// Sealed inside the transaction, unlike other mail, because only there it is known whom to tell. That
    /// takes some microseconds each.
    @Override
    public void tell(Tx tx, Exposure exposure) {
        if (!outbox.isOn()) {
            return;
        }
        String organization = Objects.requireNonNull(tx.sql()
                .select(ORGANIZATION.NAME)
                .from(ORGANIZATION)
                .where(ORGANIZATION.ID.eq(exposure.key().organizationId()))
                .fetchSingle(ORGANIZATION.NAME));
        boolean manages = exposure.key().kind() == KeyKind.MANAGEMENT;
        String path = "/settings/keys/" + exposure.key().hash() + (manages ? "?kind=management" : "");
        for (String address : people(tx, exposure)) {
            outbox.put(tx, outbox.seal(texts.keyExposed(address, organization, exposure, path), LIFETIME));
        }
    }

    private static List<String> people(Tx tx, Exposure exposure) {
        String creator = exposure.key().creatorUserId();
        return tx.sql()
                .select(PERSON.EMAIL)
                .from(ORGANIZATION_MEMBER)
                .join(PERSON)
                .on(PERSON.ID.eq(ORGANIZATION_MEMBER.PERSON_ID))
                .where(ORGANIZATION_MEMBER.ORGANIZATION_ID.eq(exposure.key().organizationId()))
                .and(PERSON.EMAIL_VERIFIED_AT.isNotNull())
                .and(ORGANIZATION_MEMBER
                        .ROLE
                        .in(Role.OWNER.word(), Role.ADMIN.word())
                        .or(PERSON.ID.eq(creator == null ? "" : creator)))
                .orderBy(ORGANIZATION_MEMBER.CREATED_AT, PERSON.ID)
                .limit(MAX_PEOPLE)
                .fetch(PERSON.EMAIL);
    }

    @Override
    public void committed() {
        outbox.wake();
    }
}
