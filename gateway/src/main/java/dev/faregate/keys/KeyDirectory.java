package dev.faregate.keys;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.Ticker;
import dev.faregate.base.ApiError;
import dev.faregate.base.ApiException;
import dev.faregate.base.Usd;
import dev.faregate.credits.Limits;
import dev.faregate.credits.Scope;
import dev.faregate.credits.Window;
import dev.faregate.http.Authenticator.Answer;
import dev.faregate.identity.OrganizationStore;
import dev.faregate.identity.RequestDefaults;
import dev.faregate.storage.Database;
import dev.faregate.storage.Tx;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Who a key hash stands for, remembered. Safe to share between threads.
///
/// A change on this node is forgotten here before the change is answered, so the next request sees it.
/// For money this memory need not be fresh: the ledger checks the gates of the key again, in the
/// database, for each paid request.
public final class KeyDirectory {
    /// Keys remembered at once.
    private static final int MAX_KNOWN = 100_000;

    /// Refused hashes remembered at once; guessing cannot fill memory.
    private static final int MAX_REFUSED = 10_000;

    /// However the news of a change got lost, it is noticed after this time.
    private static final Duration KNOWN_FOR = Duration.ofMinutes(5);

    private static final Duration REFUSED_FOR = Duration.ofSeconds(5);

    /// Longer than any look-up may take.
    private static final Duration JOIN_LIMIT = Duration.ofSeconds(10);

    private static final ApiError UNKNOWN = new ApiError.Unauthenticated("unknown", "User not found.");
    private static final ApiError DELETED =
            new ApiError.Unauthenticated("deleted", "This API key has been deleted. Create a new one.");
    private static final ApiError DISABLED =
            new ApiError.Unauthenticated("disabled", "This API key is disabled. Enable it, or use another one.");
    private static final ApiError EXPIRED =
            new ApiError.Unauthenticated("expired", "This API key has expired. Create a new one.");

    private static final ApiError ROTATED = new ApiError.Unauthenticated(
            "expired", "This secret of the API key was rotated out and has ended. Use the one that took its place.");

    /// What is remembered of a hash that opens nothing; without a key id when no key has it.
    private record Refused(Answer.Refused answer, @Nullable String keyId) {}

    /// What the store says about a hash, in one form for both memories.
    private record Finding(
            @Nullable Caller caller,
            Answer answer,
            @Nullable String keyId) {}

    /// A look-up under way. The count of changes is part of it, so nobody who comes after a change is given
    /// what was read before it.
    private record Flight(KeyHash secret, long changes) {}

    private final ConcurrentMap<Flight, CompletableFuture<Answer>> flights = new ConcurrentHashMap<>();
    private final Database database;
    private final KeyStore store;
    private final KeySecretStore secrets = new KeySecretStore();
    private final Limits limits;
    private final BudgetStore budgets;
    private final InstantSource clock;
    private final Cache<KeyHash, Caller> known;
    private final Cache<KeyHash, Refused> refused;

    /// Whether memory may be trusted now; on one node it always may.
    private volatile BooleanSupplier fresh = () -> true;

    /// Whether an inference key is trusted even when it may not (setting `nodes.free_when_cut_off`).
    private volatile boolean trustAnyway;

    /// Whom to tell that a key was closed.
    private volatile Consumer<String> onClosed = _ -> {};

    /// Counts forgettings, so that a look-up that began before one does not remember what it read.
    private final AtomicLong changes = new AtomicLong();

    /// `clock` tells when a key has expired: the database's time where nodes share one.
    public KeyDirectory(Database database, KeyStore store, Limits limits, InstantSource clock) {
        this.database = database;
        this.store = store;
        this.limits = limits;
        this.budgets = new BudgetStore(limits);
        this.clock = clock;
        Ticker ticker = () -> Math.multiplyExact(clock.millis(), 1_000_000L);
        this.known = Caffeine.newBuilder()
                .maximumSize(MAX_KNOWN)
                .expireAfterWrite(KNOWN_FOR)
                .ticker(ticker)
                .build();
        this.refused = Caffeine.newBuilder()
                .maximumSize(MAX_REFUSED)
                .expireAfterWrite(REFUSED_FOR)
                .ticker(ticker)
                .build();
    }

    /// What memory says; `Unsure` when it says nothing. Never blocks.
    Answer recall(KeyHash secret) {
        Caller caller = known.getIfPresent(secret);
        if (caller != null && !trusted(caller)) {
            return new Answer.Unsure();
        }
        if (caller != null) {
            Instant now = clock.instant();
            return caller.expiredAt(now) ? new Answer.Refused(ended(caller.key(), now)) : new Answer.Known(caller);
        }
        Refused no = refused.getIfPresent(secret);
        return no != null ? no.answer() : new Answer.Unsure();
    }

    /// With several nodes memory is worth only as much as the news of the others are fresh. What it says
    /// then about an inference key can be trusted by setting: money is checked by the ledger all the same.
    public void trustOnlyWhile(BooleanSupplier newsAreFresh, boolean inferenceKeysAnyway) {
        trustAnyway = inferenceKeysAnyway;
        fresh = newsAreFresh;
    }

    private boolean trusted(Caller caller) {
        return fresh.getAsBoolean() || (trustAnyway && caller.kind() == KeyKind.INFERENCE);
    }

    /// Calls `listener` with the id of each key that a change closed, here or on another node.
    public void onClosed(Consumer<String> listener) {
        onClosed = listener;
    }

    /// Whether nothing was heard about the key of `caller` since it was read. Never blocks.
    public boolean remembers(Caller caller) {
        return known.getIfPresent(caller.secretHash()) == caller;
    }

    /// What the store says, remembered from now on. Blocks. Whoever asks for the same hash meanwhile waits
    /// for the same answer, so the first thousand requests of a key cost the database one look-up.
    Answer lookUp(KeyHash secret) {
        Flight flight = new Flight(secret, changes.get());
        CompletableFuture<Answer> mine = new CompletableFuture<>();
        CompletableFuture<Answer> theirs = flights.putIfAbsent(flight, mine);
        if (theirs != null) {
            return joined(theirs);
        }
        try {
            Answer answer = read(secret, flight.changes());
            mine.complete(answer);
            return answer;
        } catch (RuntimeException | Error e) {
            mine.completeExceptionally(e);
            throw e;
        } finally {
            flights.remove(flight);
        }
    }

    private static Answer joined(CompletableFuture<Answer> theirs) {
        try {
            return theirs.get(JOIN_LIMIT.toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException e) {
            throw e.getCause() instanceof ApiException known ? known : new IllegalStateException(e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        } catch (TimeoutException e) {
            throw new ApiException(new ApiError.Unavailable("The key cannot be looked up now.", 2));
        }
    }

    private Answer read(KeyHash secret, long before) {
        Finding finding = database.read(tx -> find(tx, secret));
        if (finding.caller() != null) {
            known.put(secret, finding.caller());
        } else if (finding.answer() instanceof Answer.Refused no) {
            refused.put(secret, new Refused(no, finding.keyId()));
        }
        if (changes.get() != before) {
            known.invalidate(secret);
            refused.invalidate(secret);
        }
        return finding.answer();
    }

    /// The same key as the store has it now; the ledger's `Stale` asks for this. Blocks.
    public Answer reload(Caller caller) {
        known.invalidate(caller.secretHash());
        return lookUp(caller.secretHash());
    }

    /// Forgets a key, or those of a workspace or an organization, that was changed, here or on another node,
    /// and tells if a key is closed now.
    public void changed(String subject, boolean closed) {
        forget(subject);
        if (closed) {
            onClosed.accept(subject);
        }
    }

    /// Which of these keys are closed, or gone. Blocks.
    public List<String> closed(Collection<String> keyIds) {
        return database.read(tx -> store.closed(tx, keyIds));
    }

    /// Forgets a key, or all of a workspace or an organization, after the change was committed and before it
    /// is answered; also for changes that another node reports. Walks the whole memory: management writes
    /// are rare.
    public void forget(String id) {
        changes.incrementAndGet();
        known.asMap()
                .values()
                .removeIf(caller -> caller.keyId().equals(id)
                        || caller.workspaceId().equals(id)
                        || caller.organizationId().equals(id));
        refused.asMap().values().removeIf(no -> id.equals(no.keyId()));
    }

    /// Forgets that a hash was unknown, after a key with it was made.
    void forget(KeyHash secret) {
        changes.incrementAndGet();
        refused.invalidate(secret);
    }

    /// Forgets everything: the news of changes may have been lost.
    public void forgetAll() {
        changes.incrementAndGet();
        known.invalidateAll();
        refused.invalidateAll();
    }

    private Finding find(Tx tx, KeyHash secret) {
        KeySecretStore.Opened opened = secrets.find(tx, secret).orElse(null);
        if (opened == null) {
            return new Finding(null, new Answer.Refused(UNKNOWN), null);
        }
        ApiKey key = opened.key();
        Instant end = earlier(key.expiresAt(), opened.secret().expiresAt());
        ApiError no = refusal(key, end, tx.now());
        if (no != null) {
            return new Finding(null, new Answer.Refused(no), key.id());
        }
        Caller caller = caller(tx, key, secret, end, opened.heldByApp());
        return new Finding(caller, new Answer.Known(caller), key.id());
    }

    private static @Nullable ApiError refusal(ApiKey key, @Nullable Instant end, Instant now) {
        if (key.deletedAt() != null) {
            return DELETED;
        }
        if (key.disabled()) {
            return DISABLED;
        }
        return end != null && !now.isBefore(end) ? ended(key, now) : null;
    }

    /// Whether the key itself has ended, or only the secret that was sent.
    private static ApiError ended(ApiKey key, Instant now) {
        return key.expiredAt(now) ? EXPIRED : ROTATED;
    }

    private Caller caller(Tx tx, ApiKey key, KeyHash secret, @Nullable Instant end, boolean heldByApp) {
        Map<Window, Limits.State> own = limits.states(tx, Scope.KEY, key.id());
        Limits.State total = required(own, Window.TOTAL);
        Limits.State balance = required(limits.states(tx, Scope.BALANCE, key.organizationId()), Window.TOTAL);
        List<Long> all = new ArrayList<>(4);
        all.add(total.limitId());
        if (key.hasWindow()) {
            all.add(required(own, key.limitReset()).limitId());
        }
        Set<Long> byok = new HashSet<>(key.includeByokInLimit() ? all : List.of());
        all.add(balance.limitId());
        all.addAll(budgets.limitsOf(tx, key, byok));
        boolean clamps = BudgetStore.unaffordable(tx, key) == Unaffordable.CLAMP;
        RequestDefaults defaults = OrganizationStore.requestDefaults(tx, key.workspaceId());
        Usd credit = balance.cap();
        boolean overdrawn = credit != null && balance.used().compareTo(credit) > 0;
        return new Caller(
                key,
                secret,
                end,
                all,
                balance.limitId(),
                total.policySeq(),
                clamps,
                defaults,
                byok,
                credit != null,
                overdrawn,
                heldByApp);
    }

    private static Limits.State required(Map<Window, Limits.State> states, Window window) {
        Limits.State state = states.get(window);
        if (state == null) {
            throw new IllegalStateException("a limit row is missing: " + window);
        }
        return state;
    }

    private static @Nullable Instant earlier(@Nullable Instant one, @Nullable Instant other) {
        if (one == null || other == null) {
            return one == null ? other : one;
        }
        return one.isBefore(other) ? one : other;
    }
}
