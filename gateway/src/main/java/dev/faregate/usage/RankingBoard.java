package dev.faregate.usage;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.faregate.models.Catalogue;
import dev.faregate.models.Catalogues;
import dev.faregate.models.Model;
import dev.faregate.storage.Database;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The rankings as a page shows them, today included. What strangers may ask as often as they like is
/// read from the database once in a while and kept for that time. Safe to share between threads;
/// blocks.
public final class RankingBoard {
    /// How far back.
    public enum Period {
        DAY(1),
        WEEK(7),
        MONTH(30);

        private final int days;

        Period(int days) {
            this.days = days;
        }

        public int days() {
            return days;
        }
    }

    /// What is asked. `organization` is null for everybody on this installation.
    public record Question(
            @Nullable String organization,
            Period period,
            boolean trending,
            @Nullable String category) {}

    /// `origin` is a web address without a path.
    public record RankedApp(int rank, String name, String origin, long tokens, long requests) {}

    public record RankedModel(int rank, String model, long tokens) {}

    /// The most used of each, the first one first.
    public record Board(List<RankedApp> apps, List<RankedModel> models, Instant asOf) {}

    /// The groups of categories that a question may name.
    public static final List<String> CATEGORIES =
            Rankings.CATEGORIES.keySet().stream().sorted().toList();

    static final int SHOWN_APPS = 25;
    static final int SHOWN_MODELS = 10;
    private static final Duration KEPT = Duration.ofSeconds(20);
    private static final int MAX_KEPT = 500;

    private final Database database;
    private final Catalogues catalogues;
    private final DatasetsHandler.Scope scope;
    private final Cache<Question, Board> boards =
            Caffeine.newBuilder().maximumSize(MAX_KEPT).expireAfterWrite(KEPT).build();

    RankingBoard(Database database, Catalogues catalogues, DatasetsHandler.Scope scope) {
        this.database = database;
        this.catalogues = catalogues;
        this.scope = scope;
    }

    /// True when the rankings add up everybody and so are for everybody to see; otherwise each
    /// organization has its own.
    public boolean isPublic() {
        return scope.wholeInstallation();
    }

    /// Throws an `ApiException` (408) when the database gave up.
    public Board of(Question asked) {
        Board kept = boards.getIfPresent(asked);
        if (kept == null) {
            kept = TimeLimit.read(database, tx -> {
                Instant now = tx.now();
                int today = (int) LocalDate.ofInstant(now, ZoneOffset.UTC).toEpochDay();
                int first = today - asked.period().days() + 1;
                List<Rankings.App> apps = Rankings.apps(
                        tx,
                        new Rankings.Question(
                                asked.organization(),
                                first,
                                today,
                                asked.trending(),
                                asked.category() == null
                                        ? List.of()
                                        : Rankings.CATEGORIES.getOrDefault(asked.category(), List.of()),
                                scope.hidden(),
                                SHOWN_APPS,
                                0));
                return new Board(ranked(apps), models(Rankings.models(tx, asked.organization(), first, today)), now);
            });
            boards.put(asked, kept);
        }
        return kept;
    }

    /// Somebody came in or left: what is kept may show who is out.
    public void changed() {
        boards.invalidateAll();
    }

    private static List<RankedApp> ranked(List<Rankings.App> apps) {
        List<RankedApp> ranked = new ArrayList<>();
        for (Rankings.App app : apps) {
            ranked.add(new RankedApp(ranked.size() + 1, app.name(), app.origin(), app.tokens(), app.requests()));
        }
        return List.copyOf(ranked);
    }

    private List<RankedModel> models(List<Rankings.ModelTokens> days) {
        Map<String, Long> sums = new HashMap<>();
        days.forEach(day -> sums.merge(day.model(), day.tokens(), Math::addExact));
        List<Map.Entry<String, Long>> sorted = new ArrayList<>(sums.entrySet());
        sorted.sort(Map.Entry.<String, Long>comparingByValue(Comparator.reverseOrder())
                .thenComparing(Map.Entry.comparingByKey()));
        Catalogue catalogue = catalogues.snapshot();
        List<RankedModel> ranked = new ArrayList<>();
        for (Map.Entry<String, Long> one : sorted.subList(0, Math.min(SHOWN_MODELS, sorted.size()))) {
            ranked.add(new RankedModel(
                    ranked.size() + 1,
                    catalogue.findModel(one.getKey()).map(Model::id).orElse(one.getKey()),
                    one.getValue()));
        }
        return List.copyOf(ranked);
    }
}
