package dev.faregate.inference;

import dev.faregate.base.ApiError;
import dev.faregate.base.Usd;
import dev.faregate.chat.ChatRequest;
import dev.faregate.credits.Shortage;
import dev.faregate.models.Charge;
import dev.faregate.models.UsageBound;
import dev.faregate.routing.Candidate;
import java.math.BigInteger;
import java.util.List;

/// Decides what becomes of a request that does not fit (ledger 2.2, "clamp"): its prompt is counted exactly,
/// then its answer is shortened to what is affordable where that is wanted, else it is refused. One for each
/// request; on its loop.
final class Affordability {
    /// What to do next.
    sealed interface Step {
        /// Ask for a hold for this cheaper form of the candidate.
        record Ask(Candidate candidate) implements Step {}

        /// Count the prompt, say so to [#counted], and ask again.
        record Count() implements Step {}

        /// Not affordable here; the error says so if no other candidate is.
        record Refuse(ApiError error) implements Step {}
    }

    private static final BigInteger PICOS_PER_NANO = BigInteger.valueOf(1_000);

    /// How often one candidate's answer is shortened to what is left, when other requests keep taking it.
    private static final int MAX_CLAMPS = 3;

    private final PaymentErrors payments;
    private final PromptCount prompts;
    private final ChatRequest request;
    private final boolean mayClamp;
    private final int leastTokens;
    private int clamps;
    private boolean counted;

    /// `mayClamp`: the answer may be made shorter than the model, or the client, would have it.
    /// `leastTokens`: but not shorter than this.
    Affordability(PaymentErrors payments, PromptCount prompts, ChatRequest request, boolean mayClamp, int leastTokens) {
        this.payments = payments;
        this.prompts = prompts;
        this.request = request;
        this.mayClamp = mayClamp;
        this.leastTokens = leastTokens;
    }

    /// Another candidate is looked at.
    void next() {
        clamps = 0;
        counted = false;
    }

    /// The prompt was counted, or could not be.
    void counted() {
        counted = true;
    }

    Step decide(Candidate chosen, Tariff tariff, List<Shortage> shortages) {
        if (shortages.stream().anyMatch(Shortage::spent)) {
            return new Step.Refuse(payments.refusal(chosen, tariff, shortages));
        }
        Usd available = shortages.stream()
                .map(shortage -> tariff.affordable(shortage.limitId(), shortage.available()))
                .reduce(Usd::min)
                .orElseThrow();
        if (!counted && countingMayHelp(chosen, available)) {
            return new Step.Count();
        }
        long affordable = affordable(chosen, available);
        if (mayClamp && affordable >= leastTokens && clamps++ < MAX_CLAMPS) {
            return new Step.Ask(chosen.clamped(affordable));
        }
        return new Step.Refuse(payments.refusal(chosen, tariff, shortages));
    }

    /// A prompt of no tokens at all must fit, or no count can help.
    private boolean countingMayHelp(Candidate chosen, Usd available) {
        Candidate least = mayClamp ? chosen.counted(0).clamped(1) : chosen.counted(0);
        return least.ceiling().compareTo(available) <= 0 && prompts.canCount(chosen, request);
    }

    /// The completion tokens per choice that `available`, a list price, pays for; negative when not even the prompt
    /// fits.
    static long affordable(Candidate candidate, Usd available) {
        UsageBound bound = candidate.bound();
        if (!candidate.canBeClamped()) {
            return candidate.ceiling().compareTo(available) <= 0 ? candidate.outputLimit() : -1;
        }
        Usd prompt = candidate.clamped(0).ceiling();
        BigInteger rest = BigInteger.valueOf(available.nanos())
                .subtract(BigInteger.valueOf(prompt.nanos()))
                .multiply(PICOS_PER_NANO);
        if (rest.signum() < 0) {
            return -1;
        }
        long price = Charge.dearestCompletion(candidate.endpoint().prices(), bound);
        if (price == 0) {
            return candidate.outputLimit();
        }
        BigInteger tokens = rest.divide(BigInteger.valueOf(price).multiply(BigInteger.valueOf(bound.choices())));
        return tokens.min(BigInteger.valueOf(candidate.outputLimit())).longValueExact();
    }
}
