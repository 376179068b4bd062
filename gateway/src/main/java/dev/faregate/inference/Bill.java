package dev.faregate.inference;

import dev.faregate.base.Usd;
import dev.faregate.chat.AnswerRewriter;
import dev.faregate.chat.ChatRequest;
import dev.faregate.chat.TokenUsage;
import dev.faregate.credits.Claim;
import dev.faregate.credits.Hold;
import dev.faregate.credits.Settlement;
import dev.faregate.models.Charge;
import dev.faregate.models.Prices;
import dev.faregate.models.TokenCounts;
import dev.faregate.models.UsageBound;
import dev.faregate.routing.Candidate;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// What a request used and what it is charged (ledger 2.2): the provider's own figures where it gave any,
/// else the most that was sent and delivered; never more than was held.
///
/// `cost` is the provider's list price of `usage`; `charged` what the caller pays.
record Bill(
        TokenUsage usage, Settlement.Source source, Charge.Split cost, Usd charged, List<Claim> held, boolean overrun) {
    private static final Charge.Split FREE = new Charge.Split(Usd.ZERO, Usd.ZERO, Usd.ZERO, Usd.ZERO);

    static Bill of(Candidate candidate, AnswerRewriter answer, @Nullable Hold hold, ChatRequest request) {
        TokenUsage reported = answer.usage();
        TokenUsage usage = reported != null ? reported : estimate(candidate, answer, request);
        Settlement.Source source = reported != null ? Settlement.Source.EXACT : Settlement.Source.ESTIMATED;
        List<Claim> held = hold == null ? List.of() : hold.claims();
        Usd most = hold == null ? Usd.ZERO : hold.ceiling();
        Charge.Split cost = cost(candidate.endpoint().prices(), usage, most);
        return new Bill(
                usage, source, cost, cost.total().min(most), held, cost.total().compareTo(most) > 0);
    }

    /// The end of a request that nobody bills: the hold goes back whole.
    static Bill nothing(@Nullable Hold hold) {
        return new Bill(
                TokenUsage.of(0, 0),
                Settlement.Source.VOID,
                FREE,
                Usd.ZERO,
                hold == null ? List.of() : hold.claims(),
                false);
    }

    /// A token is at least one byte, so neither figure is too low; and neither passes what was held for.
    private static TokenUsage estimate(Candidate candidate, AnswerRewriter answer, ChatRequest request) {
        UsageBound bound = candidate.bound();
        long delivered = answer.deliveredBytes();
        long most = bound.completionTokens() == 0 ? delivered : bound.completionTokens() * bound.choices();
        long prompt = candidate.free() ? Math.min(request.bytes(), bound.promptTokens()) : bound.promptTokens();
        return TokenUsage.of(prompt, Math.min(delivered, most));
    }

    private static Charge.Split cost(Prices prices, TokenUsage usage, Usd most) {
        try {
            return Charge.split(
                    prices,
                    TokenCounts.of(usage.prompt(), usage.completion())
                            .withCached(usage.cached())
                            .withCacheWrites(usage.cacheWrite(), 0)
                            .withReasoning(usage.reasoning())
                            .withAudio(usage.promptAudio(), usage.completionAudio()));
        } catch (ArithmeticException e) {
            // A figure this absurd is above any hold; what was held is the most that can be charged.
            Usd beyond = most.plus(Usd.ofNanos(1));
            return new Charge.Split(beyond, beyond, Usd.ZERO, Usd.ZERO);
        }
    }

    byte[] usageJson() {
        return UsageJson.write(usage, charged, cost);
    }

    Settlement settlement(UUID generation, Object[] row) {
        List<Usd> charges =
                held.stream().map(claim -> charged.min(claim.amount())).toList();
        return new Settlement(generation, held, charges, cost.total(), source, row);
    }
}
