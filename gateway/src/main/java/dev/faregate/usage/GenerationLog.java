package dev.faregate.usage;

import dev.faregate.base.ApiError;
import dev.faregate.base.ApiException;
import dev.faregate.base.Ids;
import dev.faregate.storage.Database;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// The generations as people look through them.
public final class GenerationLog {
    /// Prompt and answer as they are stored: `input` and `error` are JSON.
    public record Content(
            String input,
            @Nullable String completion,
            @Nullable String reasoning,
            @Nullable String error) {}

    /// One generation, and its content where that was stored.
    public record Entry(LoggedGeneration logged, Optional<Content> content) {}

    /// What was found, newest first. `searchedTo` is null when that is all there is, or as many as were asked for;
    /// else time ran out there: nothing older was looked at, and who asks for what is before it goes on.
    public record Page(
            List<LoggedGeneration> found, @Nullable UUID searchedTo) {}

    /// How long a page is searched for, and a file. A part that is being read is read to its end.
    private static final Duration PATIENCE = Duration.ofSeconds(1);

    private static final Duration EXPORT_PATIENCE = Duration.ofSeconds(20);

    /// The newest part that is searched; each older one is twice as long.
    private static final Duration FIRST_PART = Duration.ofMinutes(1);

    private final Database database;
    private final GenerationStore store;
    private final InstantSource clock;

    public GenerationLog(Database database, GenerationStore store, InstantSource clock) {
        this.database = database;
        this.store = store;
        this.clock = clock;
    }

    /// The newest `count` of them, or those that were found before it took too long. Throws a 408 when the database
    /// gave up on the first minute already.
    public Page page(GenerationQuery query, int count) {
        return search(query, count, PATIENCE);
    }

    /// The newest `count` of them for a file, which says nothing of what it leaves out. Throws a 408 when they take
    /// too long.
    public List<LoggedGeneration> export(GenerationQuery query, int count) {
        Page page = search(query, count, EXPORT_PATIENCE);
        if (page.searchedTo() != null) {
            throw TimeLimit.exceeded();
        }
        return page.found();
    }

    /// There is no index for most of what is looked for, because every request would pay for it. So the range is
    /// walked from its end, in parts: many that match are found in the first, and of few that match those that were
    /// found so far are an answer.
    private Page search(GenerationQuery query, int count, Duration patience) {
        Instant began = clock.instant();
        List<LoggedGeneration> found = new ArrayList<>();
        UUID before = query.before();
        Instant end = before == null ? began : Ids.instantOf(before);
        for (Duration length = FIRST_PART; ; length = length.multipliedBy(2)) {
            Instant begin = end.minus(length);
            boolean last = !begin.isAfter(query.since());
            GenerationQuery part = query.between(last ? query.since() : begin, before);
            try {
                int missing = count - found.size();
                found.addAll(TimeLimit.read(database, tx -> store.list(tx, part, missing)));
            } catch (ApiException e) {
                if (length.equals(FIRST_PART) || !(e.error() instanceof ApiError.RequestTimeout)) {
                    throw e;
                }
                return new Page(found, before);
            }
            if (last || found.size() >= count) {
                return new Page(found, null);
            }
            before = Ids.firstAt(begin);
            end = begin;
            if (!clock.instant().isBefore(began.plus(patience))) {
                return new Page(found, before);
            }
        }
    }

    /// The generation of that id, with prefix or without. With a `creator` it must be of a key that this
    /// person made. Whoever sees a generation sees its content. Throws a 404 for any other.
    public Entry find(String organizationId, @Nullable String creator, String wireId) {
        UUID id = WireIds.parse(wireId).orElseThrow(WireIds::notFound);
        return WireIds.await(
                id,
                () -> database.read(tx -> store.findLogged(tx, id, organizationId, creator)
                        .map(logged -> new Entry(logged, store.findContent(tx, id)))));
    }
}
