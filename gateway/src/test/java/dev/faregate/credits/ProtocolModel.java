package dev.faregate.credits;

import dev.faregate.base.Usd;
import dev.faregate.credits.ProtocolState.Phase;
import dev.faregate.credits.ProtocolState.Posted;
import dev.faregate.credits.ProtocolState.Way;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// Every step that can happen to the protocol, one at a time, and what must hold after each. The decisions
/// are those of production ([Admitting], [Settling], [Protocol]); only the messages, the crashes and the
/// provider are made up here.
///
/// The guarantee is over one limit of `CAP`, and requests that hold `ESTIMATE` each. A provider bills
/// anything from nothing to the estimate.
final class ProtocolModel {
    static final int ESTIMATE = 2;

    /// A mistake to be found, so that "nothing found" means something.
    enum Plant {
        NONE,
        /// Recovery releases what a dead (or suspected) node held.
        VOID_ORPHANS,
        /// The same with perfect fencing: only when the node is surely dead.
        VOID_ORPHANS_FENCED,
        /// A settlement that comes twice is booked twice.
        DOUBLE_SETTLE,
        /// The provider is asked while the hold is still on its way.
        DISPATCH_BEFORE_HOLD,
        NO_GUARD,
        /// A hold that its caller gave up is forgotten instead of voided.
        FORGET_GIVEN_UP,
        /// A hold that was refused is thought to be over, although a copy of it is still on its way.
        TRUST_A_REFUSAL,
        /// The last byte leaves before the settlement is durable anywhere.
        TELL_BEFORE_SETTLE,
        /// A late settlement puts its charge on top of the orphan's instead of in its place.
        RAISE_ORPHAN
    }

    /// Takes each step that is possible: its name and the state after it.
    interface Steps {
        void step(Kind kind, String name, int request, ProtocolState after);

        /// The next step breaks this rule, which begins with its name in `ledger.md`.
        void broken(String rule);
    }

    enum Kind {
        /// Happens by itself sooner or later, when nothing more goes wrong.
        PROGRESS,
        /// May happen or not.
        FAULT
    }

    private static final HoldResult NO = new HoldResult.Unavailable("no");
    private static final long LIMIT = 1;
    private static final long[] LIMITS = {LIMIT};

    final int requests;
    final int cap;
    final boolean lateCopies;
    final Plant plant;
    private final HoldRequest[] holds;
    private final HoldResult[] yes;
    private final Settlement[][] exact;
    private final Settlement[] voided;
    private final Settlement[] orphan;
    private final ProtocolState next;

    /// `lateCopies`: a message whose sender lost the connection may still be executed later.
    ProtocolModel(int requests, int cap, boolean lateCopies, Plant plant) {
        this.requests = requests;
        this.cap = cap;
        this.lateCopies = lateCopies;
        this.plant = plant;
        next = new ProtocolState(requests);
        holds = new HoldRequest[requests];
        yes = new HoldResult[requests];
        exact = new Settlement[requests][];
        voided = new Settlement[requests];
        orphan = new Settlement[requests];
        for (int r = 0; r < requests; r++) {
            List<Claim> claims = List.of(new Claim(LIMIT, Usd.ofNanos(ESTIMATE)));
            UUID generation = new UUID(0, r + 1);
            holds[r] = new HoldRequest(generation, claims, 1, "v", null);
            yes[r] = new HoldResult.Held(new Hold(generation, claims));
            exact[r] = new Settlement[ESTIMATE + 1];
            for (int real = 0; real <= ESTIMATE; real++) {
                exact[r][real] = settlement(generation, claims, real);
            }
            voided[r] = Protocol.voided(holds[r], new Object[0]);
            orphan[r] = new OrphanRecords.Orphan(generation, claims, "v", Instant.EPOCH, null, "boot")
                    .chargedInFull(new Object[0]);
        }
    }

    private static Settlement settlement(UUID generation, List<Claim> claims, int real) {
        Usd cost = Usd.ofNanos(real);
        return new Settlement(
                generation, claims, List.of(cost), cost, Settlement.Source.EXACT, new Object[] {generation});
    }

    /// All steps out of `now`.
    void steps(ProtocolState now, Steps steps) {
        for (int r = 0; r < requests; r++) {
            if (now.up[ProtocolState.node(r)]) {
                holding(now, r, steps);
                relaying(now, r, steps);
                settling(now, r, steps);
            }
            late(now, r, steps);
            recovering(now, r, steps);
        }
        for (int n = 0; n < ProtocolState.NODES; n++) {
            if (now.up[n]) {
                crash(now, n, steps);
            } else {
                from(now).up[n] = true;
                emit(Kind.PROGRESS, "Restart(n" + n + ")", n, steps);
            }
        }
    }

    private void holding(ProtocolState now, int r, Steps steps) {
        Phase phase = now.phase[r];
        switch (now.hold[r]) {
            case NONE -> {
                if (phase == Phase.NEW) {
                    from(now).phase[r] = Phase.ASKED;
                    next.hold[r] = Way.SENT;
                    emit(Kind.PROGRESS, "Ask", r, steps);
                }
            }
            case QUEUED -> {
                from(now);
                if (phase == Phase.ASKED) {
                    next.hold[r] = Way.SENT;
                    emit(Kind.PROGRESS, "SendAgain", r, steps);
                } else {
                    next.hold[r] = Way.NONE;
                    oweVoid(r, Protocol.owesVoid(now.uncertain[r], false));
                    emit(Kind.PROGRESS, "Drop", r, steps);
                }
            }
            case SENT -> {
                from(now).hold[r] = hold(next, r) ? Way.YES : Way.NO;
                emit(Kind.PROGRESS, "HoldCommit", r, steps);
                if (lateCopies && !now.lateHold[r]) {
                    from(now).hold[r] = Way.QUEUED;
                    next.uncertain[r] = true;
                    next.lateHold[r] = true;
                    emit(Kind.FAULT, "ConnectionLost", r, steps);
                }
            }
            case YES, NO -> {
                from(now).hold[r] = Way.NONE;
                boolean heard = phase == Phase.ASKED;
                boolean admitted = now.hold[r] == Way.YES;
                boolean uncertain = now.uncertain[r] && plant != Plant.TRUST_A_REFUSAL;
                if (heard) {
                    next.phase[r] = admitted ? Phase.HELD : Phase.REFUSED;
                }
                oweVoid(r, Protocol.owesVoid(admitted ? yes[r] : NO, heard, uncertain, false));
                emit(Kind.PROGRESS, "Ack", r, steps);
                from(now).hold[r] = Way.QUEUED;
                next.uncertain[r] = true;
                emit(Kind.FAULT, "AckLost", r, steps);
            }
        }
        if (phase == Phase.ASKED) {
            from(now).phase[r] = Phase.REFUSED;
            emit(Kind.FAULT, "GiveUp", r, steps);
        }
    }

    private void oweVoid(int r, boolean owed) {
        if (owed && plant != Plant.FORGET_GIVEN_UP) {
            next.settle[r] = Way.QUEUED;
            next.voids[r] = true;
        }
    }

    private void relaying(ProtocolState now, int r, Steps steps) {
        boolean early = plant == Plant.DISPATCH_BEFORE_HOLD && now.phase[r] == Phase.ASKED;
        if (now.phase[r] == Phase.HELD || early) {
            for (int real = 0; real <= ESTIMATE; real++) {
                from(now).phase[r] = Phase.DISPATCHED;
                next.real[r] = real;
                String name = "Dispatch(real " + real + ")";
                if (!now.standing[r] && now.posted[r] != Posted.ORPHAN) {
                    steps.broken("I3 dispatched without a committed hold: " + name + " r" + r);
                }
                emit(Kind.PROGRESS, name, r, steps);
            }
        }
        if (now.phase[r] == Phase.HELD) {
            from(now).phase[r] = Phase.REFUSED;
            next.settle[r] = Way.QUEUED;
            next.voids[r] = true;
            emit(Kind.FAULT, "ClientLeft", r, steps);
        }
        if (now.phase[r] == Phase.DISPATCHED) {
            from(now).phase[r] = plant == Plant.TELL_BEFORE_SETTLE ? Phase.TOLD : Phase.SETTLING;
            next.settle[r] = Way.SENT;
            emit(Kind.PROGRESS, "Settle", r, steps);
        }
        if (now.phase[r] == Phase.SETTLING) {
            from(now).phase[r] = Phase.TOLD;
            next.spooled[r] = true;
            emit(Kind.FAULT, "Spool,LastByte", r, steps);
        }
    }

    private void settling(ProtocolState now, int r, Steps steps) {
        switch (now.settle[r]) {
            case NONE -> {
                if (now.spooled[r]) {
                    from(now).settle[r] = Way.QUEUED;
                    emit(Kind.PROGRESS, "Drain", r, steps);
                }
            }
            case QUEUED -> {
                from(now).settle[r] = Way.SENT;
                emit(Kind.PROGRESS, "SendSettle", r, steps);
            }
            case SENT -> {
                from(now).settle[r] = Way.YES;
                settle(next, r, own(now, r), steps);
                emit(Kind.PROGRESS, "SettleCommit", r, steps);
                if (lateCopies && !now.lateSettle[r]) {
                    from(now).settle[r] = Way.QUEUED;
                    next.lateSettle[r] = true;
                    emit(Kind.FAULT, "ConnectionLost", r, steps);
                }
            }
            case YES, NO -> {
                from(now).settle[r] = Way.NONE;
                next.spooled[r] = false;
                if (now.phase[r] == Phase.SETTLING) {
                    next.phase[r] = Phase.TOLD;
                }
                emit(Kind.PROGRESS, "SettleAck,LastByte", r, steps);
                from(now).settle[r] = Way.QUEUED;
                emit(Kind.FAULT, "SettleAckLost", r, steps);
            }
        }
    }

    private Settlement own(ProtocolState now, int r) {
        return now.voids[r] ? voided[r] : exact[r][now.real[r]];
    }

    /// A copy on a connection that its sender gave up is executed, or never will be.
    private void late(ProtocolState now, int r, Steps steps) {
        if (now.lateHold[r]) {
            from(now).lateHold[r] = false;
            hold(next, r);
            emit(Kind.PROGRESS, "LateHold", r, steps);
            from(now).lateHold[r] = false;
            emit(Kind.PROGRESS, "LateHoldLost", r, steps);
        }
        if (now.lateSettle[r]) {
            from(now).lateSettle[r] = false;
            settle(next, r, own(now, r), steps);
            emit(Kind.PROGRESS, "LateSettle", r, steps);
            from(now).lateSettle[r] = false;
            emit(Kind.PROGRESS, "LateSettleLost", r, steps);
        }
    }

    /// Any live node may think that the one which holds is dead, at any time. It reads the hold and charges
    /// it in a later step; much may happen in between.
    private void recovering(ProtocolState now, int r, Steps steps) {
        boolean others = now.up[1 - ProtocolState.node(r)];
        if (now.claimed[r]) {
            from(now).claimed[r] = false;
            boolean voids = plant == Plant.VOID_ORPHANS || plant == Plant.VOID_ORPHANS_FENCED;
            settle(next, r, voids ? voided[r] : orphan[r], steps);
            emit(Kind.PROGRESS, "Recover", r, steps);
            from(now).claimed[r] = false;
            emit(Kind.FAULT, "RecoveryLost", r, steps);
        } else if (now.standing[r] && now.former[r] && (now.up[0] || now.up[1])) {
            from(now).claimed[r] = true;
            emit(Kind.PROGRESS, "ReadOrphan", r, steps);
        } else if (now.standing[r] && !now.former[r] && others && plant != Plant.VOID_ORPHANS_FENCED) {
            from(now).claimed[r] = true;
            emit(Kind.FAULT, "SuspectFalsely", r, steps);
        }
    }

    private void crash(ProtocolState now, int n, Steps steps) {
        from(now).up[n] = false;
        for (int r = n; r < requests; r += ProtocolState.NODES) {
            next.lateHold[r] |= lateCopies && now.hold[r] == Way.SENT;
            next.lateSettle[r] |= lateCopies && now.settle[r] == Way.SENT;
            next.hold[r] = Way.NONE;
            next.settle[r] = Way.NONE;
            next.former[r] |= now.phase[r] != Phase.NEW;
            switch (now.phase[r]) {
                case NEW, TOLD, REFUSED, GONE -> {}
                case ASKED, HELD, DISPATCHED, SETTLING -> next.phase[r] = Phase.GONE;
            }
        }
        emit(Kind.FAULT, "Crash(n" + n + ")", n, steps);
    }

    /// A hold in the database, as both stores do it. True when it stands.
    private boolean hold(ProtocolState at, int r) {
        Admitting.Standing standing = Admitting.standing(
                at.standing[r] ? LIMITS : null,
                at.standing[r] ? new long[] {ESTIMATE} : null,
                at.posted[r] != Posted.NONE,
                holds[r].claims());
        boolean fits = Admitting.fits((long) cap, at.used, at.held, ESTIMATE) || plant == Plant.NO_GUARD;
        HoldResult answer = Admitting.answer(standing, yes[r], fits ? yes[r] : NO);
        boolean admitted = answer instanceof HoldResult.Held;
        if (admitted && standing == Admitting.Standing.NOTHING) {
            at.standing[r] = true;
            at.held += ESTIMATE;
        }
        return admitted;
    }

    /// A settlement in the database, as both stores do it.
    private void settle(ProtocolState at, int r, Settlement settlement, Steps steps) {
        boolean held = at.standing[r];
        Posted before = at.posted[r];
        Settling settling = Settling.first(settlement, held, LIMITS, new long[] {ESTIMATE});
        if (held) {
            at.standing[r] = false;
            at.held -= ESTIMATE;
        }
        if (before != Posted.NONE && plant != Plant.DOUBLE_SETTLE) {
            settling = Settling.again(settlement, before.name(), LIMITS, new long[] {at.charge[r]});
        }
        if (settling.ending() == LedgerStore.Ending.UNHELD && before == Posted.NONE) {
            steps.broken("I4 a settlement met neither its hold nor a posting of it (r" + r + ")");
        }
        int added = (int) settling.used()[0];
        if (plant == Plant.RAISE_ORPHAN && settling.ending() == LedgerStore.Ending.LOWERED) {
            added = (int) settling.charges()[0];
        }
        if (before != Posted.NONE && (added > 0 || (before != Posted.ORPHAN && added != 0))) {
            steps.broken("I5/I6 posted as " + before + " " + at.charge[r] + ", then charged " + added + " more (r" + r
                    + ")");
        }
        at.used += added;
        if (settling.ending() != LedgerStore.Ending.REPEATED) {
            at.posted[r] = Posted.valueOf(settlement.source().name());
            at.charge[r] = (int) settling.charges()[0];
        }
    }

    /// The rule that `now` breaks, null when it is sound.
    @Nullable
    String broken(ProtocolState now) {
        int real = 0;
        int charged = 0;
        int held = 0;
        for (int r = 0; r < requests; r++) {
            real += now.dispatched(r) ? now.real[r] : 0;
            charged += now.charge[r];
            held += now.standing[r] ? ESTIMATE : 0;
        }
        if (real > cap) {
            return "NoOverspend: providers bill " + real + " on a cap of " + cap;
        }
        if (now.used + now.held > cap) {
            return "I1 LedgerLimit: used " + now.used + " and held " + now.held + " on a cap of " + cap;
        }
        if (charged != now.used || held != now.held) {
            return "I8 books: used " + now.used + " but posted " + charged + ", held " + now.held + " but holds "
                    + held;
        }
        for (int r = 0; r < requests; r++) {
            boolean kept = now.spooled[r] || (now.posted[r] == Posted.EXACT && now.charge[r] == now.real[r]);
            if (now.phase[r] == Phase.TOLD && !kept) {
                return "I4 NoLostUsage: the last byte of r" + r + " left, its usage is neither posted nor spooled";
            }
        }
        return null;
    }

    /// What is wrong with a state in which nothing more happens by itself.
    @Nullable
    String stuck(ProtocolState now) {
        if (now.held != 0) {
            return "I7 no leak: nothing more happens and " + now.held + " are still held";
        }
        for (int r = 0; r < requests; r++) {
            boolean over = switch (now.phase[r]) {
                case TOLD, REFUSED, GONE -> !now.spooled[r];
                case NEW, ASKED, HELD, DISPATCHED, SETTLING -> false;
            };
            if (!over || (now.dispatched(r) && now.charge[r] < now.real[r])) {
                return "liveness: r" + r + " never ends, or was never charged";
            }
        }
        return null;
    }

    private ProtocolState from(ProtocolState now) {
        next.set(now);
        return next;
    }

    private void emit(Kind kind, String name, int request, Steps steps) {
        next.tidy();
        steps.step(kind, name, request, next);
    }
}
