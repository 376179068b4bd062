package dev.faregate.inference;

import dev.faregate.base.Usd;
import dev.faregate.chat.AnswerCodec;
import dev.faregate.chat.RequestKind;
import dev.faregate.chat.TokenUsage;
import dev.faregate.chat.TranscriptionRewriter;
import dev.faregate.credits.Claim;
import dev.faregate.credits.Hold;
import dev.faregate.credits.Settlement;
import dev.faregate.models.Charge;
import dev.faregate.models.TokenCounts;
import dev.faregate.models.UsageBound;
import dev.faregate.recorder.Flight;
import dev.faregate.routing.Candidate;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// What a request used and what it is charged (ledger 2.2): the provider's own figures where it gave any,
/// else what was counted or bounded here; never more than was held.
///
/// `cost` is the provider's list price of `usage`; `charged` what the organization pays: on shared capacity the same,
/// and where it is more than was held, the house pays the rest.
record Bill(
        TokenUsage usage, Settlement.Source source, Charge.Split cost, Usd charged, List<Claim> held, Tariff tariff) {
    private static final Charge.Split FREE = new Charge.Split(Usd.ZERO, Usd.ZERO, Usd.ZERO, Usd.ZERO);

    /// What the provider reported, or null where it left out what it bills by: of a transcript that
    /// may be tokens, seconds or both.
    static @Nullable TokenUsage reported(Candidate candidate, AnswerCodec answer) {
        TokenUsage usage = answer.usage();
        boolean lacking = usage != null && answer instanceof TranscriptionRewriter && !candidate.billedBy(usage);
        return lacking ? null : usage;
    }

    /// The bill of an answer whose usage the provider reported.
    static Bill exact(Candidate candidate, TokenUsage reported, @Nullable Hold hold, Tariff tariff) {
        return of(candidate, reported, Settlement.Source.EXACT, hold, tariff);
    }

    /// The bill of an answer whose usage nobody reported: at most `prompt` and `completion` tokens, and at
    /// most what was held for.
    static Bill estimated(Candidate candidate, long prompt, long completion, @Nullable Hold hold, Tariff tariff) {
        UsageBound bound = candidate.bound();
        long most = bound.completionTokens() == 0 ? completion : bound.completionTokens() * bound.choices();
        TokenUsage usage = TokenUsage.of(Math.min(prompt, bound.promptTokens()), Math.min(completion, most));
        return of(candidate, usage, Settlement.Source.ESTIMATED, hold, tariff);
    }

    /// As [#estimated], by bytes: a token is at least one byte, so neither figure is too low.
    static Bill bounded(Candidate candidate, AnswerCodec answer, @Nullable Hold hold, int requestBytes, Tariff tariff) {
        if (answer.images() != TokenUsage.NOT_SAID) {
            return ofImages(candidate, answer, hold, tariff);
        }
        if (answer instanceof TranscriptionRewriter) {
            return ofAudio(candidate, answer, hold, tariff);
        }
        long prompt = candidate.free() ? requestBytes : candidate.bound().promptTokens();
        return estimated(candidate, prompt, answer.deliveredBytes(), hold, tariff);
    }

    /// A transcript of which too little was reported: audio as long as the endpoint takes, and where
    /// tokens have a price, those of the bound.
    private static Bill ofAudio(Candidate candidate, AnswerCodec answer, @Nullable Hold hold, Tariff tariff) {
        UsageBound bound = candidate.bound();
        TokenUsage usage = candidate.pricesTokens()
                ? TokenUsage.of(bound.promptTokens(), Math.min(answer.deliveredBytes(), bound.completionTokens()))
                : TokenUsage.of(0, 0);
        return of(candidate, usage, Settlement.Source.ESTIMATED, hold, tariff);
    }

    /// Images that are paid for by the piece can be counted, so nothing is estimated.
    private static Bill ofImages(Candidate candidate, AnswerCodec answer, @Nullable Hold hold, Tariff tariff) {
        UsageBound bound = candidate.bound();
        if (!candidate.pricesTokens()) {
            TokenUsage usage = TokenUsage.of(0, 0).withImages(answer.images());
            return of(candidate, usage, Settlement.Source.EXACT, hold, tariff);
        }
        long most = bound.completionTokens() * bound.choices();
        long completion = answer.images() > 0 ? most : Math.min(most, answer.deliveredBytes());
        TokenUsage usage = TokenUsage.of(bound.promptTokens(), completion).withImages(answer.images());
        return of(candidate, usage, Settlement.Source.ESTIMATED, hold, tariff);
    }

    private static Bill of(
            Candidate candidate, TokenUsage usage, Settlement.Source source, @Nullable Hold hold, Tariff tariff) {
        Usd most = hold == null ? Usd.ZERO : hold.ceiling().max(candidate.ceiling());
        List<Claim> held = hold == null ? List.of() : hold.claims();
        return new Bill(usage, source, cost(candidate, usage, most), Usd.ZERO, held, tariff).settledUp();
    }

    /// The same with what the organization is charged: never more than is held on its balance.
    private Bill settledUp() {
        Usd paid = tariff.charge(cost.total()).min(Claims.on(held, tariff.balance()));
        return new Bill(usage, source, cost, paid, held, tariff);
    }

    /// The end of a request that nobody bills: the hold goes back whole.
    static Bill nothing(@Nullable Hold hold, Tariff tariff) {
        List<Claim> held = hold == null ? List.of() : hold.claims();
        return new Bill(TokenUsage.of(0, 0), Settlement.Source.VOID, FREE, Usd.ZERO, held, tariff);
    }

    /// The same usage against a larger hold.
    Bill coveredBy(Hold larger) {
        return new Bill(usage, source, cost, charged, larger.claims(), tariff).settledUp();
    }

    /// What is beyond the hold, and so is charged to nobody.
    Usd overrun() {
        return held.isEmpty() ? cost.total() : Claims.beyond(held, tariff, cost.total());
    }

    /// What a provider bills for `usage`. Searches, images and seconds that it does not speak of count as often
    /// as they were allowed; the fee per request is due once, or for each search unit.
    static Charge.Split cost(Candidate candidate, TokenUsage usage, Usd most) {
        UsageBound bound = candidate.bound();
        long searches = usage.webSearches() == TokenUsage.NOT_SAID ? bound.webSearches() : usage.webSearches();
        long millis = usage.audioMillis() == TokenUsage.NOT_SAID ? bound.audioMillis() : usage.audioMillis();
        long made = usage.images() == TokenUsage.NOT_SAID ? bound.imagesMade() : usage.images();
        try {
            return Charge.split(
                    candidate.endpoint().prices(),
                    prompted(usage)
                            .withReasoning(usage.reasoning())
                            .withAudio(usage.promptAudio(), usage.completionAudio())
                            .withImages(bound.images())
                            .withImagery(usage.promptImages(), made)
                            .withWebSearches(searches)
                            .withRequests(Math.max(1, usage.searchUnits()))
                            .withAudioMillis(millis));
        } catch (ArithmeticException e) {
            // A figure this absurd is above any hold; what was held is the most that can be charged.
            Usd beyond = most.plus(Usd.ofNanos(1));
            return new Charge.Split(beyond, beyond, Usd.ZERO, Usd.ZERO);
        }
    }

    /// The tokens of `usage`, those of the prompt by what the cache had to do with them.
    private static TokenCounts prompted(TokenUsage usage) {
        long hour = usage.cacheWriteHour();
        return TokenCounts.of(usage.prompt(), usage.completion())
                .withCached(usage.cached())
                .withCacheWrites(usage.cacheWrite() - hour, hour);
    }

    /// What the provider's cache saved; null when it had no part in this request.
    @Nullable
    Usd cacheDiscount(Candidate candidate) {
        if (usage.cached() == 0 && usage.cacheWrite() == 0) {
            return null;
        }
        try {
            return Charge.cacheDiscount(candidate.endpoint().prices(), prompted(usage));
        } catch (ArithmeticException e) {
            // Absurd figures have no discount; what they are charged was decided without it.
            return null;
        }
    }

    /// `usage` as an answer of that kind carries it, and, when the output limit was lowered, how far.
    byte[] usageJson(RequestKind kind, @Nullable Clamped clamped) {
        return switch (kind) {
            case CHAT -> UsageJson.write(usage, charged, cost, tariff.own(), clamped);
            case EMBEDDINGS -> UsageJson.ofEmbeddings(usage, charged, cost, tariff.own());
            case RERANK -> UsageJson.ofRerank(usage, charged);
            case IMAGES -> UsageJson.ofImages(usage, charged, cost, tariff.own());
            case TRANSCRIPTIONS -> UsageJson.ofTranscription(usage, charged);
        };
    }

    /// `failedAttempts` is what providers bill for attempts before the one that answered: the house pays.
    Settlement settlement(UUID generation, Object[] row, Usd failedAttempts) {
        Usd real = tariff.houseCost(cost.total()).plus(failedAttempts);
        return new Settlement(generation, held, Claims.charges(held, tariff, cost.total()), real, source, row);
    }

    /// The bill as the flight recorder keeps it: one charge for all limits, which each of them caps at what it
    /// holds, and what the house pays.
    void recordIn(Flight flight) {
        Usd charge = tariff.own() ? tariff.most(cost.total()) : charged;
        flight.billed(source, charge, tariff.houseCost(cost.total()), usage);
    }
}
