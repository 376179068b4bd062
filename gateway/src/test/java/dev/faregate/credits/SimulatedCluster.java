package dev.faregate.credits;

import dev.faregate.base.Ids;
import dev.faregate.base.Usd;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.BooleanSupplier;

/// One random history of some nodes: each runs the real `GroupLedger`, on one thread and by a clock that
/// moves only when told to, over a database they share. Between any two steps an answer may be lost, a copy
/// may arrive late, a commit may take seconds, a node may die, a clock may jump. Everything comes from the
/// seed, so a history can be played again.
final class SimulatedCluster {
    private static final int NODES = 3;
    private static final int STEPS = 150;
    private static final int FAULTLESS_STEPS = 400;
    private static final long BALANCE = 1;
    private static final long TOTAL = 2;
    private static final long DAILY = 3;

    /// A request from the caller's side. What its provider bills and what its caller saw is the truth that
    /// the ledger is compared with.
    private static final class Call {
        final HoldRequest request;
        final Node node;
        final String life;
        final long real;
        State state = State.ASKED;
        boolean dispatched;
        boolean told;

        Call(HoldRequest request, Node node, long real) {
            this.request = request;
            this.node = node;
            this.life = node.boot;
            this.real = real;
        }

        String id() {
            return request.generation().toString();
        }

        boolean lives() {
            return node.alive && node.boot.equals(life);
        }

        Settlement settlement(long charge, Settlement.Source source) {
            return new Settlement(
                    request.generation(),
                    request.claims(),
                    Collections.nCopies(request.claims().size(), Usd.ofNanos(charge)),
                    Usd.ofNanos(charge),
                    source,
                    new Object[0]);
        }
    }

    private enum State {
        ASKED,
        HELD,
        DISPATCHED,
        SETTLING,
        OVER
    }

    /// The process ends here, in the middle of whatever it does.
    private static final class Died extends RuntimeException {
        Died() {
            super("died", null, false, false);
        }
    }

    /// A batch on a connection that its sender gave up.
    private record Late(String node, String boot, Batch batch) {}

    private final class Node implements LedgerStore {
        final String name;
        String boot = "";
        boolean alive;
        GroupLedger ledger;
        BooleanSupplier pump = () -> false;

        /// On this node's disk: ends that the database had not confirmed when their caller was released.
        final Map<String, Settlement> spool = new LinkedHashMap<>();

        Node(int number) {
            name = "node-" + number;
            ledger = begin();
        }

        GroupLedger begin() {
            boot = new UUID(random.nextLong(), random.nextLong()).toString();
            alive = true;
            GroupLedger life =
                    new GroupLedger(this, LedgerSettings.DEFAULT, OrphanRecords.NONE, Safeguards.NONE, () -> nanos);
            life.beginUnwatched();
            ledger = life;
            // What stands in the spool is owed; it leaves the spool when the database has it.
            List.copyOf(spool.values()).forEach(this::drain);
            return life;
        }

        private void drain(Settlement settlement) {
            String life = boot;
            ledger.settle(settlement, Runnable::run, result -> {
                if (result instanceof SettleResult.Settled && alive && boot.equals(life)) {
                    spool.remove(settlement.generation().toString());
                } else if (alive && boot.equals(life)) {
                    again.add(() -> drainIfAlive(settlement, life));
                }
            });
        }

        private void drainIfAlive(Settlement settlement, String life) {
            if (alive && boot.equals(life)) {
                drain(settlement);
            }
        }

        void die() {
            alive = false;
            ledger.abandon();
        }

        @Override
        public void start(BooleanSupplier newPump) {
            pump = newPump;
            boolean faults = faulty;
            faulty = false;
            // Recovery runs before anything else; two quiet rounds mean that it is done.
            for (int quiet = 0; quiet < 2; quiet = pump.getAsBoolean() ? 0 : quiet + 1) {
                nanos += Duration.ofSeconds(1).toNanos();
            }
            faulty = faults;
        }

        @Override
        public void wake() {
            // The history decides when it runs.
        }

        @Override
        public boolean isDown() {
            return !alive;
        }

        @Override
        public Outcome apply(Batch batch) throws StoreFailure {
            if (!alive) {
                throw new Died();
            }
            int luck = faulty ? random.nextInt(100) : 100;
            if (luck < 4) {
                note("transient", name);
                throw failure(StoreFailure.Kind.TRANSIENT);
            } else if (luck < 10) {
                note("connection lost", name);
                late.add(new Late(name, boot, batch));
                throw failure(StoreFailure.Kind.UNKNOWN);
            } else if (luck < 13) {
                note("died before commit", name);
                late.add(new Late(name, boot, batch));
                alive = false;
                throw new Died();
            } else if (luck < 20) {
                note("slow commit", name);
                pass(Duration.ofMillis(random.nextInt(5_000)));
            }
            Outcome outcome = database.apply(name, boot, batch);
            if (luck >= 20 && luck < 28) {
                note("ack lost", name);
                throw failure(StoreFailure.Kind.UNKNOWN);
            } else if (luck >= 28 && luck < 31) {
                note("died after commit", name);
                alive = false;
                throw new Died();
            }
            return outcome;
        }

        private static StoreFailure failure(StoreFailure.Kind kind) {
            return new StoreFailure(kind, new IllegalStateException(kind.name()));
        }

        @Override
        public List<OrphanRecords.Orphan> leftovers(String after, int max) {
            return database.holdsOf(name, boot, after, max);
        }

        @Override
        public void close() {
            pump = () -> false;
        }
    }

    private final long seed;
    private final SplittableRandom random;
    private final SimulatedDatabase database;
    private final List<Node> nodes = new ArrayList<>();
    private final List<Call> calls = new ArrayList<>();
    private final List<Late> late = new ArrayList<>();
    private final List<Runnable> again = new ArrayList<>();

    /// Read as orphans, not charged yet.
    private final List<OrphanRecords.Orphan> suspected = new ArrayList<>();

    private final Map<String, Integer> happened = new HashMap<>();
    private boolean faulty = true;
    private long nanos;
    private long history = 17;
    private int step;
    private String doing = "";

    SimulatedCluster(long seed, SimulatedDatabase.Plant plant) {
        this.seed = seed;
        random = new SplittableRandom(seed);
        database = new SimulatedDatabase(plant);
        database.define(BALANCE, Window.TOTAL, 2_000);
        database.define(TOTAL, Window.TOTAL, 100_000);
        database.define(DAILY, Window.DAILY, 1_500);
        for (int i = 0; i < NODES; i++) {
            nodes.add(new Node(i));
        }
    }

    /// Plays everything and returns a number that differs when anything went another way.
    long play() {
        try {
            for (step = 0; step < STEPS; step++) {
                act(random.nextInt(100));
                check();
            }
            comeToRest();
            check();
            checkRest();
            return history;
        } catch (AssertionError e) {
            throw new AssertionError(
                    "seed " + seed + ", step " + step + " (" + doing + "), history " + history + ": " + e.getMessage(),
                    e);
        }
    }

    /// How often each thing happened: a history in which nothing goes wrong shows nothing.
    Map<String, Integer> happened() {
        Map<String, Integer> all = new TreeMap<>(happened);
        all.put("told", (int) calls.stream().filter(call -> call.told).count());
        all.put("dispatched", (int)
                calls.stream().filter(call -> call.dispatched).count());
        database.postings.values().forEach(posted -> all.merge("posted " + posted.source(), 1, Integer::sum));
        return all;
    }

    private void note(String what, String who) {
        happened.merge(what, 1, Integer::sum);
        doing = what + " " + who;
        history = history * 31 + doing.hashCode() + nanos;
    }

    private void act(int dice) {
        Node node = nodes.get(random.nextInt(NODES));
        if (dice < 25) {
            ask(node);
        } else if (dice < 55) {
            turn(node);
        } else if (dice < 65) {
            pass(Duration.ofMillis(random.nextInt(random.nextInt(10) == 0 ? 12_000 : 300)));
        } else if (dice < 82) {
            goOn();
        } else if (dice < 85) {
            arriveLate();
        } else if (dice < 88) {
            suspect(node);
        } else if (dice < 91) {
            chargeSuspected();
        } else if (dice < 93) {
            note("crash", node.name);
            node.die();
        } else if (dice < 96) {
            revive();
        } else if (dice < 98) {
            note("cap", "");
            long id = random.nextBoolean() ? BALANCE : DAILY;
            database.setCap(id, random.nextLong(500, 4_000));
        } else {
            note("clock", "");
            database.now = database.now.plus(Duration.ofMinutes(random.nextInt(-60, 12 * 60)));
        }
    }

    private void ask(Node node) {
        if (!node.alive) {
            return;
        }
        note("ask", node.name);
        long amount = random.nextInt(1, 400);
        Usd most = Usd.ofNanos(amount);
        HoldRequest request = new HoldRequest(
                Ids.uuid7(1_000_000 + calls.size(), random),
                List.of(new Claim(TOTAL, most), new Claim(BALANCE, most), new Claim(DAILY, most)),
                1,
                "v",
                null);
        Call call = new Call(request, node, random.nextLong(amount + 1));
        calls.add(call);
        node.ledger.hold(request, Runnable::run, result -> {
            if (call.lives()) {
                call.state = result instanceof HoldResult.Held ? State.HELD : State.OVER;
            }
        });
    }

    /// Lets a node's writer work until nothing is left to do, or it dies.
    private void turn(Node node) {
        note("turn", node.name);
        for (int i = 0; i < 20 && node.alive && node.pump.getAsBoolean(); i++) {
            doing = "turn " + node.name;
        }
        if (!node.alive) {
            node.die();
        }
        List<Runnable> now = List.copyOf(again);
        again.clear();
        now.forEach(Runnable::run);
    }

    /// Time goes on for everybody, and callers that waited too long are told so.
    private void pass(Duration time) {
        nanos += time.toNanos();
        for (Node node : nodes) {
            if (node.alive) {
                node.ledger.answerOverdue();
            }
        }
    }

    /// Some request goes one step on.
    private void goOn() {
        List<Call> open = calls.stream()
                .filter(call -> call.lives() && (call.state == State.HELD || call.state == State.DISPATCHED))
                .toList();
        if (open.isEmpty()) {
            return;
        }
        Call call = open.get(random.nextInt(open.size()));
        note("go on", call.id());
        if (call.state == State.DISPATCHED) {
            settle(call);
        } else if (random.nextInt(8) == 0) {
            // The client left before anything was sent.
            call.state = State.OVER;
            call.node.ledger.settle(call.settlement(0, Settlement.Source.VOID), Runnable::run, _ -> {});
        } else {
            SimulatedDatabase.Lines hold = database.holds.get(call.id());
            SimulatedDatabase.Lines posted = database.postings.get(call.id());
            boolean orphan = posted != null && posted.source() == Settlement.Source.ORPHAN;
            if (hold == null && !orphan) {
                throw new AssertionError("I3: " + call.id() + " is dispatched without a hold");
            }
            call.dispatched = true;
            call.state = State.DISPATCHED;
        }
    }

    private void settle(Call call) {
        call.state = State.SETTLING;
        Settlement end = call.settlement(call.real, Settlement.Source.EXACT);
        call.node.ledger.settle(end, Runnable::run, result -> {
            if (!call.lives()) {
                return;
            }
            if (result instanceof SettleResult.Pending) {
                // Not confirmed in time: onto the disk, synced, and then the caller is released.
                note("spool", call.id());
                call.node.spool.put(call.id(), end);
                call.node.drain(end);
            }
            call.told = true;
            call.state = State.OVER;
        });
    }

    private void arriveLate() {
        if (!late.isEmpty()) {
            Late copy = late.remove(random.nextInt(late.size()));
            note("late copy", copy.node());
            database.apply(copy.node(), copy.boot(), copy.batch());
        }
    }

    /// Some node finds another one silent, rightly or not, and reads what it holds.
    private void suspect(Node node) {
        note("suspect", node.name);
        suspected.addAll(database.holdsOf(node.name, random.nextBoolean() ? node.boot : null, "", 10));
    }

    private void chargeSuspected() {
        if (!suspected.isEmpty()) {
            OrphanRecords.Orphan orphan = suspected.remove(random.nextInt(suspected.size()));
            note("charge in full", orphan.generation().toString());
            database.settle(orphan.generation().toString(), orphan.chargedInFull(new Object[0]));
        }
    }

    private void revive() {
        for (Node node : nodes) {
            if (!node.alive) {
                note("restart", node.name);
                node.begin();
                return;
            }
        }
    }

    /// Nothing goes wrong any more; whoever died comes back, and everything ends by itself.
    private void comeToRest() {
        faulty = false;
        for (int i = 0; i < FAULTLESS_STEPS; i++) {
            revive();
            arriveLate();
            chargeSuspected();
            pass(Duration.ofSeconds(1));
            nodes.forEach(this::turn);
            for (Call call : calls) {
                if (call.lives() && call.state == State.DISPATCHED) {
                    settle(call);
                } else if (call.lives() && call.state == State.HELD) {
                    goOn();
                }
            }
            // A copy of a former life may have come after that life's holds were ended.
            for (Node node : nodes) {
                if (i % 10 == 0 && node.alive) {
                    suspected.addAll(database.holdsOf(node.name, node.boot, "", 100));
                }
            }
        }
    }

    private void check() {
        database.audit();
        for (Call call : calls) {
            SimulatedDatabase.Lines hold = database.holds.get(call.id());
            SimulatedDatabase.Lines posted = database.postings.get(call.id());
            long covered = hold != null ? hold.amounts()[0] : posted != null ? posted.amounts()[0] : 0;
            if (call.dispatched && covered < call.real) {
                throw new AssertionError("I2: " + call.id() + " costs " + call.real + ", covered are " + covered);
            }
            boolean exact =
                    posted != null && posted.source() == Settlement.Source.EXACT && posted.amounts()[0] == call.real;
            if (call.told && !exact && !call.node.spool.containsKey(call.id())) {
                throw new AssertionError("I4: the last byte of " + call.id() + " left, its usage is nowhere");
            }
        }
    }

    private void checkRest() {
        for (Node node : nodes) {
            if (!node.spool.isEmpty() || node.ledger.stats().stuck() > 0) {
                throw new AssertionError("I4: " + node.name + " never posted what it spooled");
            }
        }
        if (!database.holds.isEmpty()) {
            throw new AssertionError("I7: in quiet " + database.holds.size() + " holds stand");
        }
        for (Call call : calls) {
            if (call.lives() && call.state != State.OVER) {
                throw new AssertionError("I9: " + call.id() + " never came to an end: " + call.state);
            }
        }
    }
}
