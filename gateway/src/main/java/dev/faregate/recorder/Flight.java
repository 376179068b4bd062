package dev.faregate.recorder;

import dev.faregate.base.Usd;
import dev.faregate.chat.TokenUsage;
import dev.faregate.credits.Settlement;
import java.util.UUID;

/// One request as the flight recorder sees it. On the loop of the request, but for [#posted]. It has a slot
/// from its first dispatch until the database has its charge; a request that holds nothing has none.
public final class Flight {
    static final int NO_SLOT = -1;

    private final FlightRecorder recorder;
    private final UUID generation;
    private int slot = NO_SLOT;
    private boolean begun;

    /// Only the ledger's thread looks at this.
    private boolean posted;

    Flight(FlightRecorder recorder, UUID generation) {
        this.recorder = recorder;
        this.generation = generation;
    }

    /// The hold is durable.
    public void held() {
        recorder.reached(Step.HELD, generation);
    }

    /// The request is about to be sent, for the first time or to another endpoint. False when there is no
    /// free slot: then it must not be sent, because a hold without a slot counts as never sent.
    public boolean dispatched(Terms terms) {
        if (slot == NO_SLOT) {
            slot = recorder.take();
        }
        if (slot == NO_SLOT) {
            return false;
        }
        recorder.dispatch(slot, generation, terms);
        recorder.reached(Step.DISPATCHED, generation);
        return true;
    }

    /// So many bytes of the answer's texts have arrived; `paused` when more may wait outside of this
    /// process.
    public void delivered(long bytes, boolean paused) {
        if (slot == NO_SLOT) {
            return;
        }
        recorder.delivered(slot, generation, bytes, paused);
        if (!begun) {
            begun = true;
            recorder.reached(Step.FIRST_BYTE, generation);
        }
    }

    /// What is about to be settled.
    public void billed(Settlement.Source source, Usd charge, Usd realCost, TokenUsage usage) {
        if (slot != NO_SLOT) {
            recorder.bill(slot, source, charge, realCost, usage);
            recorder.reached(Step.BILLED, generation);
        }
    }

    /// The charge is durable, in the database or in the spool.
    public void settled() {
        if (slot != NO_SLOT) {
            recorder.reached(Step.SETTLED, generation);
        }
    }

    /// The last byte is on its way.
    public void ended() {
        if (begun) {
            recorder.reached(Step.ENDED, generation);
        }
    }

    /// The database has the charge: the slot is free for the next request. On the ledger's thread, after
    /// everything but [#settled] and [#ended].
    public void posted() {
        if (slot != NO_SLOT && !posted) {
            posted = true;
            recorder.giveBack(slot);
        }
    }
}
