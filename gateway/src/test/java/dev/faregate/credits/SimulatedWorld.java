package dev.faregate.credits;

import static org.assertj.core.api.Assertions.assertThat;

import dev.faregate.base.Ids;
import dev.faregate.base.Usd;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// One random history: the real ledger and the model side by side, driven by one seed.
final class SimulatedWorld implements AutoCloseable {
    private static final String ORGANIZATION = "acme";
    private static final List<String> KEYS = List.of("k1", "k2");
    private static final List<Window> WINDOWS = List.of(Window.DAILY, Window.WEEKLY, Window.MONTHLY);

    /// A hold that was confirmed, with the claims as its caller knows them; open or ended.
    private record Known(Hold hold) {}

    private final long seed;
    private final SplittableRandom random;
    private final SimulatedLedger ledger;
    private final InstantSource now;

    /// Steps from one look at the books to the next: looking costs more than a step.
    private final int looksEvery;

    private final Limits limits = new JooqLimits();
    private final Books books = new JooqBooks();
    private final LedgerModel model = new LedgerModel();
    private final List<Known> known = new ArrayList<>();
    private final List<HoldRequest> requests = new ArrayList<>();
    private int step;
    private String doing = "begin";

    SimulatedWorld(long seed, SimulatedLedger ledger, InstantSource now, int looksEvery) {
        this.seed = seed;
        this.random = new SplittableRandom(seed);
        this.ledger = ledger;
        this.now = now;
        this.looksEvery = looksEvery;
        ledger.write(tx -> tx.sql()
                .execute("INSERT INTO organization (id, slug, name, billing, created_at) "
                        + "VALUES ('acme', 'acme', 'Acme', 'prepaid', 0)"));
        define(Scope.BALANCE, ORGANIZATION, Window.TOTAL, 0L);
        KEYS.forEach(key -> define(Scope.KEY, key, Window.TOTAL, null));
        define(Scope.WORKSPACE, "w", Window.MONTHLY, 4_000L);
        topUp(3_000);
    }

    void step() {
        step++;
        try {
            act();
            if (step % looksEvery == 0) {
                check();
            }
        } catch (AssertionError | RuntimeException e) {
            throw new AssertionError("seed " + seed + ", step " + step + " (" + doing + "): " + e.getMessage(), e);
        }
    }

    /// Ends everything that is open: in quiet nothing is held.
    void finish() {
        try {
            endAll();
        } catch (AssertionError | RuntimeException e) {
            throw new AssertionError("seed " + seed + ", at the end: " + e.getMessage(), e);
        }
    }

    private void endAll() {
        for (UUID generation : List.copyOf(model.holds.keySet())) {
            known.stream()
                    .filter(k -> k.hold().generation().equals(generation))
                    .reduce((_, later) -> later)
                    .ifPresent(k -> settle(k.hold(), 1));
        }
        check();
        assertThat(model.holds).isEmpty();
        assertThat((Integer) ledger.read(
                        tx -> tx.sql().fetchSingle("SELECT count(*) FROM hold").get(0, Integer.class)))
                .isZero();
    }

    @Override
    public void close() {
        ledger.close();
    }

    private void act() {
        switch (random.nextInt(20)) {
            case 0, 1, 2, 3, 4 -> holdSome();
            case 5, 6, 7, 8 -> endSome();
            case 9 -> extendOne();
            case 10 -> holdAgain();
            case 11 -> settleStranger();
            case 12 -> topUp(random.nextInt(1, 500));
            case 13 -> changeCap();
            case 14 -> beginOrRemoveLimit();
            case 15, 16 -> sleep();
            case 17 -> gate();
            case 18 -> crash();
            default -> moveCapOfWorkspace();
        }
    }

    private void holdSome() {
        doing = "hold";
        int count = random.nextInt(1, 7);
        List<HoldRequest> asked = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            asked.add(request(random.nextInt(400)));
        }
        List<HoldResult> answers = ledger.hold(asked);
        for (int i = 0; i < count; i++) {
            compare(asked.get(i), answers.get(i), model.hold(asked.get(i), now.instant()));
        }
    }

    private void holdAgain() {
        doing = "hold again";
        if (!requests.isEmpty()) {
            HoldRequest request = requests.get(random.nextInt(requests.size()));
            HoldResult result = ledger.hold(List.of(request)).getFirst();
            compare(request, result, model.hold(request, now.instant()));
        }
    }

    private void compare(HoldRequest request, HoldResult result, String expected) {
        String got = switch (result) {
            case HoldResult.Held(Hold hold) -> {
                known.add(new Known(hold));
                yield "HELD";
            }
            case HoldResult.Insufficient(List<Shortage> shortages) ->
                "SHORT " + shortages.stream().map(Shortage::limitId).toList();
            case HoldResult.Closed _ -> "CLOSED";
            case HoldResult.Stale _ -> "STALE";
            case HoldResult.Unavailable _ -> "UNAVAILABLE";
        };
        requests.add(request);
        assertThat(got).as("answer to %s", request).isEqualTo(expected);
    }

    private HoldRequest request(long amount) {
        String key = KEYS.get(random.nextInt(KEYS.size()));
        List<Claim> claims = new ArrayList<>();
        LedgerModel.Limit total = model.total(key);
        claims.add(new Claim(total.id, Usd.ofNanos(amount)));
        for (LedgerModel.Limit limit : model.limits.values()) {
            boolean applies = limit.scope != Scope.KEY || limit.owner.equals(key);
            // Now and then a plan knows a limit that is gone, or misses one.
            if (limit != total && applies && (!limit.removed || random.nextInt(30) == 0)) {
                claims.add(new Claim(limit.id, Usd.ofNanos(random.nextInt(10) == 0 ? amount / 2 : amount)));
            }
        }
        long seq = random.nextInt(25) == 0 ? total.policySeq - 1 : total.policySeq;
        return new HoldRequest(Ids.uuid7(now.instant().toEpochMilli(), random), claims, seq, "v", null);
    }

    private void endSome() {
        doing = "settle";
        int count = random.nextInt(1, 5);
        for (int i = 0; i < count && !known.isEmpty(); i++) {
            // The same one may come again, also long after its end or its orphanage.
            settle(known.get(random.nextInt(known.size())).hold(), random.nextInt(500));
        }
    }

    private void settle(Hold hold, long charge) {
        boolean voids = random.nextInt(5) == 0;
        List<Usd> charges = hold.claims().stream()
                .map(claim -> Usd.ofNanos(random.nextInt(8) == 0 ? charge / 3 : charge))
                .toList();
        Settlement settlement = new Settlement(
                hold.generation(),
                hold.claims(),
                charges,
                Usd.ofNanos(charge),
                voids ? Settlement.Source.VOID : Settlement.Source.EXACT,
                new Object[0]);
        model.settle(settlement, now.instant());
        assertThat(ledger.settle(settlement)).isEqualTo(new SettleResult.Settled());
    }

    private void settleStranger() {
        doing = "settle without hold";
        if (random.nextInt(3) == 0) {
            HoldRequest request = request(random.nextInt(50));
            requests.add(request);
            settle(new Hold(request.generation(), request.claims()), random.nextInt(50));
        }
    }

    private void extendOne() {
        doing = "extend";
        if (known.isEmpty()) {
            return;
        }
        Hold hold = known.get(random.nextInt(known.size())).hold();
        Usd more = Usd.ofNanos(random.nextInt(1, 200));
        LedgerModel.Limit key = java.util.Objects.requireNonNull(
                model.limits.get(hold.claims().getFirst().limitId()));
        HoldRequest request = new HoldRequest(
                hold.generation(),
                hold.claims().stream().map(c -> new Claim(c.limitId(), more)).toList(),
                key.policySeq,
                "v",
                null);
        boolean standsAlready = alreadyExtended(hold, more);
        HoldResult result = ledger.extend(hold, request);
        String expected = standsAlready ? "HELD" : model.extend(request, hold.claims());
        compare(request, result, expected);
    }

    /// Asking again from the same start is the same extension.
    private boolean alreadyExtended(Hold hold, Usd more) {
        LedgerModel.Entry standing = model.holds.get(hold.generation());
        if (standing == null) {
            return false;
        }
        for (int i = 0; i < hold.claims().size(); i++) {
            if (standing.lines().get(i).amount()
                    != hold.claims().get(i).amount().plus(more).nanos()) {
                return false;
            }
        }
        return true;
    }

    private void topUp(long nanos) {
        doing = "top up";
        String reference = "r" + random.nextInt(1_000_000);
        ledger.write(tx -> {
            books.transfer(
                    tx, ORGANIZATION, Books.TransferKind.TOPUP, Usd.ofNanos(nanos), reference, "test", "simulated");
            return books.transfer(
                    tx, ORGANIZATION, Books.TransferKind.TOPUP, Usd.ofNanos(nanos), reference, "test", "again");
        });
        LedgerModel.Limit balance = model.limits.values().iterator().next();
        balance.cap = java.util.Objects.requireNonNull(balance.cap) + nanos;
    }

    private void changeCap() {
        doing = "cap";
        List<LedgerModel.Limit> ofKeys = model.limits.values().stream()
                .filter(limit -> limit.scope == Scope.KEY && !limit.removed)
                .toList();
        LedgerModel.Limit limit = ofKeys.get(random.nextInt(ofKeys.size()));
        define(limit.scope, limit.owner, limit.window, random.nextInt(3) == 0 ? null : random.nextLong(1_500));
    }

    private void moveCapOfWorkspace() {
        doing = "cap of the workspace";
        define(Scope.WORKSPACE, "w", Window.MONTHLY, random.nextLong(500, 6_000));
    }

    private void beginOrRemoveLimit() {
        String key = KEYS.get(random.nextInt(KEYS.size()));
        Window window = WINDOWS.get(random.nextInt(WINDOWS.size()));
        LedgerModel.Limit standing = model.limits.values().stream()
                .filter(l -> l.scope == Scope.KEY && l.owner.equals(key) && l.window == window && !l.removed)
                .findFirst()
                .orElse(null);
        if (standing == null) {
            doing = "begin " + window;
            define(Scope.KEY, key, window, random.nextLong(2_000));
        } else {
            doing = "remove " + window;
            ledger.write(tx -> {
                limits.remove(tx, Scope.KEY, key, window);
                return 0;
            });
            model.remove(standing);
        }
    }

    private void define(Scope scope, String owner, Window window, @Nullable Long cap) {
        long id = ledger.write(tx -> limits.define(tx, scope, owner, window, cap == null ? null : Usd.ofNanos(cap)));
        model.define(id, scope, owner, window, cap, now.instant());
    }

    private void sleep() {
        doing = "sleep";
        Duration nap = Duration.ofMinutes(random.nextInt(1, 40 * 60));
        if (now instanceof ManualTime time) {
            time.advance(nap);
        }
    }

    private void gate() {
        doing = "gate";
        String key = KEYS.get(random.nextInt(KEYS.size()));
        boolean closed = random.nextInt(3) == 0;
        LedgerModel.Limit total = model.total(key);
        long seq = ledger.write(tx -> limits.gate(tx, key, closed, null));
        total.closed = closed;
        total.policySeq++;
        assertThat(seq).isEqualTo(total.policySeq);
    }

    /// Stops with a hold and a settlement on their way, and starts anew.
    private void crash() {
        doing = "crash";
        HoldRequest last = request(random.nextInt(100));
        HoldResult result = ledger.crash(last, new UUID(random.nextLong(), random.nextLong()));
        if (result != null) {
            compare(last, result, model.hold(last, now.instant()));
        }
        model.crash();
    }

    private void check() {
        List<String> faults = ledger.read(books::audit);
        assertThat(faults).as("audit").isEmpty();
        Map<String, Map<Window, Limits.State>> states = new HashMap<>();
        for (LedgerModel.Limit limit : model.limits.values()) {
            if (limit.removed) {
                continue;
            }
            Limits.State state = java.util.Objects.requireNonNull(states.computeIfAbsent(
                            limit.owner, owner -> ledger.read(tx -> limits.states(tx, limit.scope, owner)))
                    .get(limit.window));
            Instant start = limit.window.start(now.instant());
            assertThat(List.of(state.used().nanos(), state.held().nanos()))
                    .as("used and held of %s %s %s", limit.scope, limit.owner, limit.window)
                    .isEqualTo(List.of(model.used(limit, start), model.held(limit, start)));
            assertThat(state.cap() == null ? null : (Long) state.cap().nanos()).isEqualTo(limit.cap);
        }
    }
}
