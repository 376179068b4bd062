package dev.faregate.accounts;

import static dev.faregate.storage.tables.Tables.ORGANIZATION;

import dev.faregate.keys.Exposure;
import dev.faregate.keys.Exposures;
import dev.faregate.keys.KeyKind;
import dev.faregate.storage.Tx;
import java.time.Duration;
import java.util.Objects;

/// Tells whoever made a key, and the owners and admins of its organization, that it was found in public. Only
/// addresses that were confirmed are written to. Without a mail server the key page is what tells.
final class ExposureMails implements Exposures.Messenger {
    /// Longer than a mail server is usually down; afterwards the key page has told.
    private static final Duration LIFETIME = Duration.ofDays(7);

    /// People that one exposure is told to.
    private static final int MAX_PEOPLE = 50;

    private final PersonStore people;
    private final Outbox outbox;
    private final MailTexts texts;

    ExposureMails(PersonStore people, Outbox outbox, MailTexts texts) {
        this.people = people;
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
        for (String address : people.confirmedManagers(
                tx, exposure.key().organizationId(), exposure.key().creatorUserId(), MAX_PEOPLE)) {
            outbox.put(tx, outbox.seal(texts.keyExposed(address, organization, exposure, path), LIFETIME));
        }
    }

    @Override
    public void committed() {
        outbox.wake();
    }
}
