package dev.faregate.accounts;

import dev.faregate.byok.Sealer;
import dev.faregate.identity.AuditLog;
import dev.faregate.identity.Writes;
import dev.faregate.pages.Pages;
import dev.faregate.providers.Outbound;
import dev.faregate.storage.Database;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/// Sign-in at identity providers, and the directories that keep members, put together once.
public record SsoParts(
        SsoPage page,
        SsoSettingsPage settings,
        ScimHandler scim,
        GroupMappings groups,
        GroupMappingsHandler groupMappings,
        GroupMappingsPage groupsPage) {
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
        GroupMappings groups = new GroupMappings(departures);
        ScimPeople people = new ScimPeople(departures, groups);
        GroupMappingsHandler groupMappings = new GroupMappingsHandler(database, new Writes(new AuditLog()), groups);
        return new SsoParts(
                new SsoPage(database, pages, sealer, security.signIns(), security.proof(), provider, groups),
                new SsoSettingsPage(database, pages, sealer, security.proof(), provider, people, groups),
                new ScimHandler(database, people, new ScimGroups(people, groups), pages::publicUrl),
                groups,
                groupMappings,
                new GroupMappingsPage(database, groups, groupMappings));
    }

    /// All ways to sign in without the form of the sign-in page.
    public List<SignInLink> links(SecurityParts security) {
        List<SignInLink> links = new ArrayList<>(security.step().links());
        links.addAll(page.links());
        return links;
    }
}
