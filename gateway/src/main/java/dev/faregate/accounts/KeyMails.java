package dev.faregate.accounts;

import dev.faregate.identity.Organization;
import dev.faregate.identity.OrganizationStore;
import dev.faregate.keys.Exposure;
import dev.faregate.keys.Exposures;
import dev.faregate.keys.KeyKind;
import dev.faregate.storage.Tx;
import dev.faregate.usage.SpendAlert;
import dev.faregate.usage.SpendWatch;
import java.time.Duration;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// Tells whoever made a key, and the owners and admins of its organization, what happens to it. Only addresses that
/// were confirmed are written to. Without a mail server the key page and the audit log are what tells.
final class KeyMails implements Exposures.Messenger, SpendWatch.Messenger {
    /// Longer than a mail server is usually down; afterwards the key page has told of an exposure.
    private static final Duration EXPOSURE_LIFETIME = Duration.ofDays(7);

    /// What is told of spend later than that is no news.
    private static final Duration SPEND_LIFETIME = Duration.ofDays(1);

    /// People that one thing is told to.
    private static final int MAX_PEOPLE = 50;

    private final OrganizationStore organizations;
    private final PersonStore people;
    private final Outbox outbox;
    private final MailTexts texts;

    KeyMails(OrganizationStore organizations, PersonStore people, Outbox outbox, MailTexts texts) {
        this.organizations = organizations;
        this.people = people;
        this.outbox = outbox;
        this.texts = texts;
    }

    @Override
    public void tell(Tx tx, Exposure exposure) {
        String organizationId = exposure.key().organizationId();
        String organization =
                organizations.find(tx, organizationId).map(Organization::name).orElseThrow();
        boolean manages = exposure.key().kind() == KeyKind.MANAGEMENT;
        String path = "/settings/keys/" + exposure.key().hash() + (manages ? "?kind=management" : "");
        write(
                tx,
                organizationId,
                exposure.key().creatorUserId(),
                EXPOSURE_LIFETIME,
                address -> texts.keyExposed(address, organization, exposure, path));
    }

    @Override
    public boolean tell(Tx tx, SpendAlert.Subject key, SpendAlert alert) {
        String words = alert.datedWords(alert.at());
        return write(
                tx,
                key.organizationId(),
                key.creatorUserId(),
                SPEND_LIFETIME,
                address -> texts.unusualSpend(address, key, words));
    }

    /// False when there is nobody to write to, or no way to. Sealed inside the transaction, unlike other mail, because
    /// only there it is known whom to tell. That takes some microseconds each.
    private boolean write(
            Tx tx, String organizationId, @Nullable String creatorId, Duration lifetime, Function<String, Mail> mail) {
        if (!outbox.isOn()) {
            return false;
        }
        List<String> addresses = people.confirmedManagers(tx, organizationId, creatorId, MAX_PEOPLE);
        addresses.forEach(address -> outbox.put(tx, outbox.seal(mail.apply(address), lifetime)));
        return !addresses.isEmpty();
    }

    @Override
    public void committed() {
        outbox.wake();
    }
}
