package dev.faregate.guardrails;

import dev.faregate.base.ApiError;
import dev.faregate.base.ApiException;
import dev.faregate.chat.ChatRequest;
import dev.faregate.chat.RequestReader;
import dev.faregate.http.Principal;
import dev.faregate.keys.ApiKey;
import dev.faregate.keys.BudgetStore.SubjectKind;
import dev.faregate.keys.Caller;
import dev.faregate.models.EndpointRule;
import dev.faregate.storage.ChangeFeed;
import dev.faregate.storage.Changes;
import dev.faregate.storage.Database;
import dev.faregate.storage.Tx;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// Which guardrails apply to whom, in memory: the request path asks without the database. A change on this node is
/// read before it is answered; one of another node when the change feed tells of it, within a second. Budgets need
/// none of this: the ledger knows them, and a key's policy number keeps them from being bypassed. Safe to share
/// between threads.
public final class Guardrails implements ChangeFeed.Listener {
    private static final String SUBJECT = "guardrails:";

    /// Longer than any request is looked into.
    private static final Duration TURN_LIMIT = Duration.ofSeconds(20);

    /// Combinations of guardrails whose policies are kept; further ones are made for each request.
    private static final int MAX_POLICIES = 1_000;

    /// What is remembered of one organization, as of change `seq`. `policies` fills up as callers come.
    private record Organization(
            long seq,
            Map<String, Compiled> guardrails,
            Map<SubjectKind, Map<String, String>> held,
            ConcurrentMap<Applying, Policy> policies) {
        /// The id of the guardrail that a subject holds, if any.
        @Nullable
        String heldBy(SubjectKind kind, @Nullable String id) {
            Map<String, String> held = held().get(kind);
            return id == null || held == null ? null : held.get(id);
        }
    }

    /// The ids of the guardrails that apply to somebody, from the widest to the closest.
    private record Applying(
            @Nullable String organization,
            @Nullable String workspace,
            @Nullable String environment,
            @Nullable String member,
            @Nullable String key) {}

    private final Database database;
    private final GuardrailStore store;
    private final RequestReader.Limits limits;
    private final Hits hits;
    private final ConcurrentMap<String, Organization> organizations = new ConcurrentHashMap<>();

    /// Screening keeps a processor busy; one is left to everybody else.
    private final Semaphore turns =
            new Semaphore(Math.max(1, Runtime.getRuntime().availableProcessors() - 1));

    Guardrails(Database database, GuardrailStore store, RequestReader.Limits limits, Hits hits) {
        this.database = database;
        this.store = store;
        this.limits = limits;
        this.hits = hits;
    }

    /// What applies to a caller. Never blocks.
    public Policy policy(Caller caller) {
        return policy(caller.key());
    }

    /// The data regions that the rules of a key leave.
    public List<String> dataRegions(ApiKey key) {
        return policy(key).dataRegions();
    }

    private Policy policy(ApiKey key) {
        Organization organization = organizations.get(key.organizationId());
        if (organization == null) {
            return Policy.NONE;
        }
        Applying applying = new Applying(
                organization.heldBy(SubjectKind.ORGANIZATION, key.organizationId()),
                organization.heldBy(SubjectKind.WORKSPACE, key.workspaceId()),
                organization.heldBy(SubjectKind.ENVIRONMENT, key.rules().environment()),
                organization.heldBy(SubjectKind.MEMBER, key.creatorUserId()),
                organization.heldBy(SubjectKind.KEY, key.id()));
        Policy known = organization.policies().get(applying);
        if (known != null) {
            return known;
        }
        Policy made = made(organization, applying);
        if (organization.policies().size() < MAX_POLICIES) {
            organization.policies().putIfAbsent(applying, made);
        }
        return made;
    }

    private Policy made(Organization organization, Applying applying) {
        List<Compiled> guardrails = new ArrayList<>(5);
        add(guardrails, organization, applying.organization());
        add(guardrails, organization, applying.workspace());
        add(guardrails, organization, applying.environment());
        add(guardrails, organization, applying.member());
        add(guardrails, organization, applying.key());
        return guardrails.isEmpty() ? Policy.NONE : new Policy(guardrails, hits);
    }

    /// What applies to whoever asks; nothing to strangers and to those who only manage.
    public EndpointRule rule(@Nullable Principal principal) {
        if (principal instanceof Caller caller) {
            Policy policy = policy(caller);
            return policy == Policy.NONE ? EndpointRule.NONE : policy;
        }
        return EndpointRule.NONE;
    }

    private static void add(List<Compiled> applying, Organization organization, @Nullable String id) {
        Compiled guardrail = id == null ? null : organization.guardrails().get(id);
        if (guardrail != null && !applying.contains(guardrail)) {
            applying.add(guardrail);
        }
    }

    /// Looks into a request. Blocks, for a turn and for the work; `ApiException` 403 when it is refused.
    public Screened screen(Policy policy, ChatRequest request) {
        if (!policy.screens()) {
            return Screened.unread(request);
        }
        return inTurn(() -> Screening.screen(policy, request, limits, Screening.LIMIT));
    }

    /// What the content filters of one guardrail make of a text of a user; nothing is counted. Waits as [#screen].
    Trial tried(Guardrail guardrail, String text) {
        Policy policy = new Policy(List.of(new Compiled(guardrail)), Hits.UNCOUNTED);
        return inTurn(() -> Screening.tried(policy, text, Screening.LIMIT));
    }

    private <T> T inTurn(Supplier<T> work) {
        try {
            if (!turns.tryAcquire(TURN_LIMIT.toMillis(), TimeUnit.MILLISECONDS)) {
                throw new ApiException(new ApiError.Unavailable("Too many requests are being screened", 2));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ApiException(new ApiError.Unavailable("Service temporarily unavailable", 2));
        }
        try {
            return work.get();
        } finally {
            turns.release();
        }
    }

    /// Tells all nodes that guardrails of the organization changed; late in the transaction that changes them.
    static void changed(Tx tx, String organizationId) {
        Changes.record(tx, SUBJECT + organizationId, false);
    }

    /// Reads what applies in an organization, after a change of it was committed. Blocks.
    void load(String organizationId) {
        GuardrailStore.Snapshot read = database.read(tx -> store.snapshot(tx, organizationId));
        organizations.compute(organizationId, (_, known) -> {
            if (known != null && known.seq() > read.seq()) {
                return known;
            }
            return read.guardrails().isEmpty() ? empty(read) : compiled(read, known);
        });
    }

    private static Organization empty(GuardrailStore.Snapshot read) {
        return new Organization(read.seq(), Map.of(), Map.of(), new ConcurrentHashMap<>());
    }

    private static Organization compiled(GuardrailStore.Snapshot read, @Nullable Organization known) {
        Map<String, Compiled> compiled = new HashMap<>();
        for (Guardrail guardrail : read.guardrails()) {
            Compiled before = known == null ? null : known.guardrails().get(guardrail.id());
            compiled.put(
                    guardrail.id(),
                    before != null && before.guardrail().equals(guardrail) ? before : new Compiled(guardrail));
        }
        return new Organization(read.seq(), Map.copyOf(compiled), read.held(), new ConcurrentHashMap<>());
    }

    @Override
    public void changed(ChangeFeed.Change change) {
        if (change.subject().startsWith(SUBJECT)) {
            load(change.subject().substring(SUBJECT.length()));
        }
    }

    /// Reads what applies everywhere: at the start, after the change feed began, so that nothing falls between.
    @Override
    public void everything() {
        List<String> all = new ArrayList<>(database.read(store::organizations));
        organizations.keySet().stream().filter(known -> !all.contains(known)).forEach(all::add);
        all.forEach(this::load);
    }
}
