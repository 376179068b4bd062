package dev.faregate.inference;

import dev.faregate.base.Usd;
import dev.faregate.chat.AnswerRewriter;
import dev.faregate.chat.TokenUsage;
import dev.faregate.credits.Claim;
import dev.faregate.credits.Hold;
import dev.faregate.credits.Settlement;
import dev.faregate.models.Charge;
import dev.faregate.models.TokenCounts;
import dev.faregate.models.UsageBound;
import dev.faregate.routing.Candidate;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// What a request used and what it is charged (ledger 2.2): the provider's own figures where it gave any,
/// else what was counted or bounded here; never more than was held.
///
/// `cost` is the provider's list price of `usage`; `charged` what the caller pays. Where the first is more
/// than the second, the house pays the rest.
record Bill(TokenUsage usage, Settlement.Source source, Charge.Split cost, Usd charged, List<Claim> held) {
    private static final Charge.Split FREE = new Charge.Split(Usd.ZERO, Usd.ZERO, Usd.ZERO, Usd.ZERO);

    /// The bill of an answer whose usage the provider reported.
    static Bill exact(Candidate candidate, TokenUsage reported, @Nullable Hold hold) {
        return of(candidate, reported, Settlement.Source.EXACT, hold);
    }

    /// The bill of an answer whose usage nobody reported: at most `prompt` and `completion` tokens, and at
    /// most what was held for.
    static Bill estimated(Candidate candidate, long prompt, long completion, @Nullable Hold hold) {
        UsageBound bound = candidate.bound();
        long most = bound.completionTokens() == 0 ? completion : bound.completionTokens() * bound.choices();
        TokenUsage usage = TokenUsage.of(Math.min(prompt, bound.promptTokens()), Math.min(completion, most));
        return of(candidate, usage, Settlement.Source.ESTIMATED, hold);
    }

    /// As [#estimated], by bytes: a token is at least one byte, so neither figure is too low.
    static Bill bounded(Candidate candidate, AnswerRewriter answer, @Nullable Hold hold, int requestBytes) {
        long prompt = candidate.free() ? requestBytes : candidate.bound().promptTokens();
        return estimated(candidate, prompt, answer.deliveredBytes(), hold);
    }

    private static Bill of(Candidate candidate, TokenUsage usage, Settlement.Source source, @Nullable Hold hold) {
        Usd most = hold == null ? Usd.ZERO : hold.ceiling();
        Charge.Split cost = cost(candidate, usage, most);
        return new Bill(usage, source, cost, cost.total().min(most), hold == null ? List.of() : hold.claims());
    }

    /// The end of a request that nobody bills: the hold goes back whole.
    static Bill nothing(@Nullable Hold hold) {
        return new Bill(
                TokenUsage.of(0, 0), Settlement.Source.VOID, FREE, Usd.ZERO, hold == null ? List.of() : hold.claims());
    }

    /// The same usage against a larger hold.
    Bill coveredBy(Hold larger) {
        return new Bill(usage, source, cost, cost.total().min(larger.ceiling()), larger.claims());
    }

    /// What the provider bills and the caller is not charged.
    Usd overrun() {
        return cost.total().minus(charged);
    }

    /// What a provider bills for `usage`. Searches that it does not speak of count as often as they were
    /// allowed.
    static Charge.Split cost(Candidate candidate, TokenUsage usage, Usd most) {
        UsageBound bound = candidate.bound();
        long searches = usage.webSearches() == TokenUsage.NOT_SAID ? bound.webSearches() : usage.webSearches();
        try {
            return Charge.split(
                    candidate.endpoint().prices(),
                    TokenCounts.of(usage.prompt(), usage.completion())
                            .withCached(usage.cached())
                            .withCacheWrites(usage.cacheWrite(), 0)
                            .withReasoning(usage.reasoning())
                            .withAudio(usage.promptAudio(), usage.completionAudio())
                            .withImages(bound.images())
                            .withWebSearches(searches));
        } catch (ArithmeticException e) {
            // A figure this absurd is above any hold; what was held is the most that can be charged.
            Usd beyond = most.plus(Usd.ofNanos(1));
            return new Charge.Split(beyond, beyond, Usd.ZERO, Usd.ZERO);
        }
    }

    /// `usage` as the answer carries it, and, when the output limit was lowered, how far.
    byte[] usageJson(@Nullable Clamped clamped) {
        return UsageJson.write(usage, charged, cost, clamped);
    }

    /// `failedAttempts` is what providers bill for attempts before the one that answered: the house pays.
    Settlement settlement(UUID generation, Object[] row, Usd failedAttempts) {
        return new Settlement(
                generation, held, Claims.charges(held, charged), cost.total().plus(failedAttempts), source, row);
    }
}
