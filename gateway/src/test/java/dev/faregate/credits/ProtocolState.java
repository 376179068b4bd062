package dev.faregate.credits;

import java.util.Arrays;

/// One moment of the protocol: what stands in the database, what two nodes remember, and which messages are
/// between them. Small enough to be packed into two longs, so that millions fit into memory.
final class ProtocolState {
    static final int NODES = 2;
    static final int MAX_REQUESTS = 3;

    /// What the node knows of a request, and what its caller was told.
    enum Phase {
        NEW,
        /// The hold is asked for, the caller waits.
        ASKED,
        /// The caller was told `Held` and may dispatch.
        HELD,
        DISPATCHED,
        /// The answer is there but for its last byte.
        SETTLING,
        /// The last byte left.
        TOLD,
        /// The caller was told no, or left.
        REFUSED,
        /// The node died with it.
        GONE
    }

    /// Where an operation of the node is on its way.
    enum Way {
        NONE,
        QUEUED,
        /// In the hands of the database.
        SENT,
        /// Executed; the answer is on its way back.
        YES,
        NO
    }

    /// What is posted; `NONE` is nothing.
    enum Posted {
        NONE,
        EXACT,
        ORPHAN,
        VOID
    }

    static final int NEVER_DISPATCHED = 3;
    private static final int BITS = 20;
    private static final Phase[] PHASES = Phase.values();
    private static final Way[] WAYS = Way.values();
    private static final Posted[] POSTED = Posted.values();

    final int requests;
    final Phase[] phase = new Phase[MAX_REQUESTS];
    final Way[] hold = new Way[MAX_REQUESTS];

    /// An answer about the hold was lost once.
    final boolean[] uncertain = new boolean[MAX_REQUESTS];

    /// A copy of the hold whose sender gave up on the connection; the database may execute it at any time.
    final boolean[] lateHold = new boolean[MAX_REQUESTS];

    final Way[] settle = new Way[MAX_REQUESTS];
    final boolean[] voids = new boolean[MAX_REQUESTS];
    final boolean[] lateSettle = new boolean[MAX_REQUESTS];

    /// The provider's bill, `NEVER_DISPATCHED` while there is none. Only the provider knows before it is
    /// settled.
    final int[] real = new int[MAX_REQUESTS];

    /// On the node's disk: the end of a request that the database has not confirmed.
    final boolean[] spooled = new boolean[MAX_REQUESTS];

    /// Asked for by a life of its node that is over: no process remembers it.
    final boolean[] former = new boolean[MAX_REQUESTS];

    /// Some node read the hold as an orphan's and is about to charge it.
    final boolean[] claimed = new boolean[MAX_REQUESTS];

    final boolean[] standing = new boolean[MAX_REQUESTS];
    final Posted[] posted = new Posted[MAX_REQUESTS];
    final int[] charge = new int[MAX_REQUESTS];

    final boolean[] up = new boolean[NODES];

    /// The one limit's window.
    int used;

    int held;

    ProtocolState(int requests) {
        this.requests = requests;
        Arrays.fill(phase, Phase.NEW);
        Arrays.fill(hold, Way.NONE);
        Arrays.fill(settle, Way.NONE);
        Arrays.fill(real, NEVER_DISPATCHED);
        Arrays.fill(posted, Posted.NONE);
        Arrays.fill(up, true);
    }

    /// Requests go round the nodes.
    static int node(int request) {
        return request % NODES;
    }

    boolean dispatched(int r) {
        return real[r] != NEVER_DISPATCHED;
    }

    void set(ProtocolState from) {
        load(from.low(), from.high());
    }

    void load(long low, long high) {
        for (int r = 0; r < requests; r++) {
            unpack(r, (int) (r == 2 ? high : low >>> (r * BITS)));
        }
        int rest = (int) (low >>> (2 * BITS));
        up[0] = (rest & 1) != 0;
        up[1] = (rest & 2) != 0;
        used = rest >>> 2 & 31;
        held = rest >>> 7 & 31;
        int charges = rest >>> 12;
        for (int r = 0; r < requests; r++) {
            charge[r] = charges >>> (2 * r) & 3;
            posted[r] = POSTED[charges >>> (6 + 2 * r) & 3];
        }
    }

    long low() {
        long rest = (up[0] ? 1 : 0) | (up[1] ? 2 : 0) | used << 2 | held << 7;
        for (int r = 0; r < requests; r++) {
            rest |= (long) charge[r] << (12 + 2 * r) | (long) posted[r].ordinal() << (18 + 2 * r);
        }
        return pack(0) | (requests > 1 ? (long) pack(1) << BITS : 0) | rest << (2 * BITS);
    }

    long high() {
        return requests > 2 ? pack(2) : 0;
    }

    private int pack(int r) {
        int bits = phase[r].ordinal();
        bits = bits << 3 | hold[r].ordinal();
        bits = bits << 3 | settle[r].ordinal();
        bits = bits << 2 | real[r];
        bits = bits << 1 | (uncertain[r] ? 1 : 0);
        bits = bits << 1 | (lateHold[r] ? 1 : 0);
        bits = bits << 1 | (voids[r] ? 1 : 0);
        bits = bits << 1 | (lateSettle[r] ? 1 : 0);
        bits = bits << 1 | (spooled[r] ? 1 : 0);
        bits = bits << 1 | (former[r] ? 1 : 0);
        bits = bits << 1 | (claimed[r] ? 1 : 0);
        return bits << 1 | (standing[r] ? 1 : 0);
    }

    private void unpack(int r, int bits) {
        standing[r] = (bits & 1) != 0;
        claimed[r] = (bits & 2) != 0;
        former[r] = (bits & 4) != 0;
        spooled[r] = (bits & 8) != 0;
        lateSettle[r] = (bits & 16) != 0;
        voids[r] = (bits & 32) != 0;
        lateHold[r] = (bits & 64) != 0;
        uncertain[r] = (bits & 128) != 0;
        real[r] = bits >>> 8 & 3;
        settle[r] = WAYS[bits >>> 10 & 7];
        hold[r] = WAYS[bits >>> 13 & 7];
        phase[r] = PHASES[bits >>> 16 & 7];
    }

    /// Takes over everything about one request of another state, under another number.
    void take(int r, ProtocolState from, int other) {
        unpack(r, from.pack(other));
        charge[r] = from.charge[other];
        posted[r] = from.posted[other];
    }

    /// Forgets what can no longer make a difference, so that equal moments are equal.
    void tidy() {
        for (int r = 0; r < requests; r++) {
            if (settle[r] == Way.NONE && !lateSettle[r]) {
                voids[r] = false;
            }
            if (hold[r] == Way.NONE) {
                uncertain[r] = false;
            }
        }
    }

    @Override
    public String toString() {
        StringBuilder text = new StringBuilder("used " + used + ", held " + held);
        for (int r = 0; r < requests; r++) {
            text.append("; r").append(r).append(' ').append(phase[r]);
            text.append(dispatched(r) ? " real " + real[r] : "");
            text.append(standing[r] ? " hold" : "");
            text.append(posted[r] == Posted.NONE ? "" : " posted " + posted[r] + ' ' + charge[r]);
            text.append(hold[r] == Way.NONE ? "" : " hold op " + hold[r]);
            text.append(lateHold[r] ? " late hold" : "");
            text.append(settle[r] == Way.NONE ? "" : " settle op " + settle[r]);
            text.append(lateSettle[r] ? " late settle" : "");
            text.append(spooled[r] ? " spooled" : "");
            text.append(claimed[r] ? " read as orphan" : "");
        }
        return text.toString();
    }
}
