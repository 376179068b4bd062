package dev.faregate.server;

import dev.faregate.credits.Limits;
import dev.faregate.dashboard.RankingsPage;
import dev.faregate.identity.Writes;
import dev.faregate.keys.Keys;
import dev.faregate.oauth.ConnectedApps;
import dev.faregate.oauth.ConnectedAppsPage;
import dev.faregate.storage.Database;
import dev.faregate.usage.RankingBoard;

/// What has to do with apps: the ones that people connected, and the rankings.
public record AppParts(ConnectedAppsPage connected, RankingsPage rankings) {
    public static AppParts make(Database database, Limits limits, Keys keys, RankingBoard board, Writes writes) {
        return new AppParts(
                new ConnectedAppsPage(new ConnectedApps(database, limits, keys, writes)),
                new RankingsPage(database, board, writes));
    }
}
