package dev.faregate.dashboard;

import dev.faregate.base.ApiError;
import dev.faregate.base.ApiException;
import dev.faregate.http.QueryParameters;
import dev.faregate.http.Response;
import dev.faregate.identity.OrganizationStore;
import dev.faregate.identity.Session;
import dev.faregate.identity.Writes;
import dev.faregate.pages.Pages;
import dev.faregate.pages.Visit;
import dev.faregate.storage.Database;
import dev.faregate.usage.RankingBoard;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// `/rankings`: which apps and models use the most tokens (S21). Open to everybody where
/// `rankings.scope` is the installation; otherwise people who are signed in see those of their
/// organization. An organization can leave the shared ones.
public final class RankingsPage {
    private static final List<String> PERIODS = List.of("day", "week", "month");

    private final Database database;
    private final RankingBoard board;
    private final Writes writes;

    public RankingsPage(Database database, RankingBoard board, Writes writes) {
        this.database = database;
        this.board = board;
        this.writes = writes;
    }

    /// `GET /rankings`, with `period`, `sort` and `category`.
    public Response show(Visit visit) {
        Session session = visit.findSession();
        if (session == null && !board.isPublic()) {
            return visit.goTo(Pages.SIGN_IN + "?next=%2Frankings");
        }
        QueryParameters query = visit.query();
        String found = query.findWord("period", PERIODS);
        String period = found == null ? "week" : found;
        boolean trending = "trending".equals(query.findWord("sort", List.of("popular", "trending")));
        String category = query.findWord("category", RankingBoard.CATEGORIES);
        RankingBoard.Board ranked = board.of(new RankingBoard.Question(
                session == null || board.isPublic() ? null : session.organizationId(),
                RankingBoard.Period.valueOf(period.toUpperCase(Locale.ROOT)),
                trending,
                category));
        Rankings rankings = new Rankings(
                Rankings.apps(ranked.apps()),
                Rankings.models(ranked.models()),
                period,
                trending,
                category,
                board.isPublic(),
                hidden(session),
                ranked.asOf());
        return visit.page(
                "apps/rankings.jte",
                "Rankings",
                "rankings",
                Map.of("rankings", rankings, "categories", RankingBoard.CATEGORIES));
    }

    private @Nullable Boolean hidden(@Nullable Session session) {
        return session == null || !board.isPublic() || !session.role().managesOrganization()
                ? null
                : database.read(tx -> OrganizationStore.isHiddenFromRankings(tx, session.organizationId()));
    }

    /// `POST /rankings/opt-out`: takes the organization out of the shared rankings, or lets it in again.
    public Response optOut(Visit visit) {
        Session session = visit.requireManager();
        String wanted = visit.form().findWord("hidden", List.of("true", "false"));
        if (wanted == null) {
            throw new ApiException(new ApiError.BadRequest("`hidden` is required.", "hidden"));
        }
        boolean hidden = wanted.equals("true");
        String organization = session.organizationId();
        database.write(tx -> {
            OrganizationStore.hideFromRankings(tx, organization, hidden);
            writes.record(
                    tx, visit.request(), "organization.update", organization, Map.of("hidden_from_rankings", hidden));
            return true;
        });
        board.changed();
        return visit.goTo(
                "/rankings",
                "success",
                session.organizationName()
                        + (hidden ? " is in no shared ranking any more." : " counts in the shared rankings again."));
    }
}
