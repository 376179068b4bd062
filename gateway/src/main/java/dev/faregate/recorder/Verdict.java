package dev.faregate.recorder;

import dev.faregate.base.Usd;
import dev.faregate.chat.TokenUsage;
import dev.faregate.credits.Finding;
import dev.faregate.credits.Settlement;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// From evidence to the end of a hold (ledger 2.3). Pure. Whatever is in doubt is charged in full: too much
/// for a while is a nuisance, too little passes the cap.
final class Verdict {
    /// Tokens that a provider may have billed and that were still on their way to us: a third of a second
    /// at 200 tokens a second.
    static final long MARGIN_TOKENS = 64;

    private static final long PICOS_PER_NANO = 1_000;

    private Verdict() {}

    /// The end of the hold of `generation`, taken in `life` as the database knows that life. `former` is
    /// the recorder that was found for it and `identity` the file it was found in; null when there is none.
    /// `kernelBoot` is the machine's present start.
    static Finding of(
            UUID generation,
            @Nullable Life life,
            FlightFile.@Nullable Former former,
            String identity,
            String kernelBoot) {
        if (life == null) {
            return new Finding.Doubtful("its life is not known");
        }
        if (former == null) {
            return new Finding.Doubtful("its flight recorder is gone");
        }
        if (!isOf(former, life) || !life.recorder().equals(identity)) {
            return new Finding.Doubtful("the flight recorder is not the one of its life");
        }
        boolean sameKernel = !kernelBoot.isEmpty() && kernelBoot.equals(life.kernelBoot());
        Slot.Used slot = former.slots().get(generation);
        return slot == null ? unseen(former, sameKernel) : seen(slot, sameKernel);
    }

    private static boolean isOf(FlightFile.Former former, Life life) {
        Life own = former.life();
        return own.boot().equals(life.boot())
                && own.node().equals(life.node())
                && own.nonce().equals(life.nonce())
                && own.kernelBoot().equals(life.kernelBoot());
    }

    /// Only a recorder that nothing can be missing from proves that something was never sent: after a new
    /// start of the machine stores may be missing, and a torn slot may be anybody's.
    private static Finding unseen(FlightFile.Former former, boolean sameKernel) {
        if (!sameKernel) {
            return new Finding.Doubtful("not recorded, but the machine was started anew");
        }
        return former.torn() > 0
                ? new Finding.Doubtful("not recorded, but a slot of the recorder is torn")
                : new Finding.NeverSent();
    }

    /// A bill that checks is the last word of its request, whatever happened to the machine. A count may
    /// have been higher than what reached the disk.
    private static Finding seen(Slot.Used slot, boolean sameKernel) {
        if (slot.bill() != null) {
            return new Finding.Billed(
                    slot.bill().source(),
                    slot.bill().charge(),
                    slot.bill().realCost(),
                    slot.bill().usage());
        }
        if (!slot.terms().countable()) {
            return new Finding.Doubtful("it was sent, and how much was used is not known");
        }
        if (!sameKernel || slot.delivered() == null || slot.paused()) {
            return new Finding.Doubtful("it was sent, and more may have been used than was counted");
        }
        return counted(slot.terms(), slot.delivered());
    }

    /// A token is at least one byte, so bytes as tokens are never too few.
    private static Finding counted(Terms terms, long bytes) {
        try {
            long tokens = Math.addExact(bytes, MARGIN_TOKENS);
            if (terms.mostTokens() > 0) {
                tokens = Math.min(tokens, terms.mostTokens());
            }
            long answer = Math.ceilDiv(Math.multiplyExact(tokens, terms.picosPerToken()), PICOS_PER_NANO);
            Usd charge = Usd.ofNanos(Math.addExact(terms.promptNanos(), answer));
            return new Finding.Billed(
                    Settlement.Source.ESTIMATED, charge, charge, TokenUsage.of(terms.promptTokens(), tokens));
        } catch (ArithmeticException e) {
            return new Finding.Doubtful("what was counted is beyond any price");
        }
    }
}
