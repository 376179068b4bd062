package dev.faregate.dashboard;

import dev.faregate.pages.Counts;
import dev.faregate.usage.RankingBoard;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What the rankings page shows, in words. Names and origins are what programs say of themselves:
/// untrusted text, which the templates escape.
///
/// @param shared true when everybody of this installation is added up
/// @param hidden whether the viewer's organization is left out of that; null where it is not theirs to
/// change
public record Rankings(
        List<Row> apps,
        List<Row> models,
        String period,
        boolean trending,
        @Nullable String category,
        boolean shared,
        @Nullable Boolean hidden,
        Instant asOf) {
    /// `percent` is the share of the first of the list, at least 1. `host` is null for what is no app.
    public record Row(
            int rank,
            String name,
            @Nullable String origin,
            @Nullable String host,
            String tokens,
            String exact,
            String requests,
            int percent) {}

    public Rankings {
        apps = List.copyOf(apps);
        models = List.copyOf(models);
    }

    static List<Row> apps(List<RankingBoard.RankedApp> apps) {
        long most =
                apps.stream().mapToLong(RankingBoard.RankedApp::tokens).max().orElse(0);
        return apps.stream()
                .map(app -> new Row(
                        app.rank(),
                        app.name(),
                        app.origin(),
                        host(app.origin()),
                        Counts.shown(app.tokens()),
                        Counts.exact(app.tokens()),
                        Counts.exact(app.requests()),
                        percent(app.tokens(), most)))
                .toList();
    }

    static List<Row> models(List<RankingBoard.RankedModel> models) {
        long most = models.stream()
                .mapToLong(RankingBoard.RankedModel::tokens)
                .max()
                .orElse(0);
        return models.stream()
                .map(model -> new Row(
                        model.rank(),
                        model.model(),
                        null,
                        null,
                        Counts.shown(model.tokens()),
                        Counts.exact(model.tokens()),
                        "",
                        percent(model.tokens(), most)))
                .toList();
    }

    /// The address of this page with another choice.
    public String address(String newPeriod, boolean newTrending, @Nullable String newCategory) {
        return "/rankings?period=" + newPeriod + (newTrending ? "&sort=trending" : "")
                + (newCategory == null ? "" : "&category=" + newCategory);
    }

    private static String host(String origin) {
        int begin = origin.indexOf("://");
        return begin < 0 ? origin : origin.substring(begin + "://".length());
    }

    private static int percent(long tokens, long most) {
        long share = most > Long.MAX_VALUE / 100 ? tokens / (most / 100) : tokens * 100 / Math.max(1, most);
        return (int) Math.clamp(share, 1, 100);
    }
}
