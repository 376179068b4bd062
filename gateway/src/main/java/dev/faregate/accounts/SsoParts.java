package dev.faregate.accounts;

import dev.faregate.byok.Sealer;
import dev.faregate.pages.Pages;
import dev.faregate.providers.Outbound;
import dev.faregate.storage.Database;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/// Sign-in at identity providers, and the directories that keep members, put together once.
public record SsoParts(SsoPage page, SsoSettingsPage settings, ScimHandler scim) {
    /// `plainHosts` are those that the operator lets users reach inside the network, then without TLS too.
    public static SsoParts make(
            Database database,
            Pages pages,
            Sealer sealer,
            SecurityParts security,
            Departures departures,
            Outbound outbound,
            Set<String> plainHosts) {
        SsoProvider provider = new SsoProvider(outbound, plainHosts);
        ScimPeople people = new ScimPeople(departures);
        return new SsoParts(
                new SsoPage(database, pages, sealer, security.signIns(), security.proof(), provider),
                new SsoSettingsPage(database, pages, sealer, security.proof(), provider, people),
                new ScimHandler(database, people, pages::publicUrl));
    }

    /// All ways to sign in without the form of the sign-in page.
    public List<SignInLink> links(SecurityParts security) {
        List<SignInLink> links = new ArrayList<>(security.step().links());
        links.addAll(page.links());
        return links;
    }
}
