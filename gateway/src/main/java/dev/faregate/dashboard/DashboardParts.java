package dev.faregate.dashboard;

import dev.faregate.credits.Limits;
import dev.faregate.http.Response;
import dev.faregate.http.Route;
import dev.faregate.identity.MemberStore;
import dev.faregate.identity.Sessions;
import dev.faregate.keys.KeySearch;
import dev.faregate.keys.ManagedKeys;
import dev.faregate.pages.Pages;
import dev.faregate.pages.Visit;
import dev.faregate.storage.Database;
import dev.faregate.usage.ManagedCredits;
import java.time.InstantSource;
import java.util.List;
import java.util.function.Supplier;

/// The pages of this package, and where they are.
public final class DashboardParts {
    private final KeyListPage keyList;
    private final KeyWritePages keyWrites;
    private final CreditsPage credits;
    private final WorkspacesPage workspaces;
    private final ModelsPage models;
    private final PlaygroundPage playground;

    public DashboardParts(
            Database database,
            Limits limits,
            ManagedKeys keys,
            ManagedCredits credits,
            Sessions sessions,
            Supplier<String> publicUrl,
            InstantSource clock,
            ModelsPage models,
            PlaygroundPage playground) {
        MemberStore members = new MemberStore();
        KeySearch search = new KeySearch(database, limits);
        this.keyList = new KeyListPage(database, search, members, publicUrl);
        this.keyWrites = new KeyWritePages(database, keys, search, members, publicUrl, clock);
        this.credits = new CreditsPage(database, credits, members, clock);
        this.workspaces = new WorkspacesPage(database, sessions);
        this.models = models;
        this.playground = playground;
    }

    /// The key page and what belongs to it; the paths that people know from elsewhere lead there.
    public List<Route> keys(Pages pages) {
        String one = KeyAddresses.LIST + "/{hash}";
        return List.of(
                pages.signedIn("GET", KeyAddresses.LIST, keyList::list),
                pages.signedIn("GET", KeyAddresses.LIST + "/new", keyWrites::blank),
                pages.signedIn("POST", KeyAddresses.LIST, keyWrites::create),
                pages.signedIn("GET", one, keyWrites::show),
                pages.signedIn("POST", one, keyWrites::update),
                pages.signedIn("POST", one + "/state", keyWrites::state),
                pages.signedIn("POST", one + "/rotate", keyWrites::rotate),
                pages.signedIn("POST", one + "/replace", keyWrites::replace),
                pages.signedIn("POST", one + "/delete", keyWrites::delete),
                pages.open("GET", "/keys", DashboardParts::toKeys),
                pages.open("GET", "/dashboard/apiKeys", DashboardParts::toKeys));
    }

    /// Credits, workspaces, models and the Playground.
    public List<Route> others(Pages pages) {
        return List.of(
                pages.signedIn("GET", CreditsPage.PATH, credits::show),
                pages.signedIn("POST", CreditsPage.PATH + "/entries", credits::grant),
                pages.signedIn("POST", CreditsPage.PATH + "/billing", credits::bill),
                pages.open("GET", ModelsPage.PATH, models::list),
                pages.open("GET", ModelsPage.PATH + "/{author}/{slug}", models::show),
                pages.signedIn("GET", PlaygroundPage.PATH, playground::show),
                pages.signedIn("POST", PlaygroundPage.PATH + "/key", playground::key),
                pages.signedIn("GET", WorkspacesPage.PATH, workspaces::list),
                pages.signedIn("POST", WorkspacesPage.PATH, workspaces::look));
    }

    private static Response toKeys(Visit visit) {
        return visit.goTo(KeyAddresses.LIST);
    }
}
