package dev.faregate.accounts;

import dev.faregate.storage.Tx;
import dev.faregate.usage.SpendAlert;
import dev.faregate.usage.SpendWatch;
import java.time.Duration;
import java.util.List;

/// Tells whoever made a key, and the owners and admins of its organization, that it spent unusually much. Only
/// addresses that were confirmed are written to. Without a mail server the key page and the audit log
/// are what tells.
final class SpendMails implements SpendWatch.Messenger {
    /// What is told later than that is no news.
    private static final Duration LIFETIME = Duration.ofDays(1);

    /// People that one alert is told to.
    private static final int MAX_PEOPLE = 50;

    private final PersonStore people;
    private final Outbox outbox;
    private final MailTexts texts;

    SpendMails(PersonStore people, Outbox outbox, MailTexts texts) {
        this.people = people;
        this.outbox = outbox;
        this.texts = texts;
    }

    /// Sealed inside the transaction, unlike other mail, because only there it is known whom to tell. That takes some
    /// microseconds each.
    @Override
    public boolean tell(Tx tx, SpendAlert.Subject key, SpendAlert alert) {
        if (!outbox.isOn()) {
            return false;
        }
        List<String> addresses = people.confirmedManagers(tx, key.organizationId(), key.creatorUserId(), MAX_PEOPLE);
        String words = alert.datedWords(alert.at());
        for (String address : addresses) {
            outbox.put(tx, outbox.seal(texts.unusualSpend(address, key, words), LIFETIME));
        }
        return !addresses.isEmpty();
    }

    @Override
    public void committed() {
        outbox.wake();
    }
}
