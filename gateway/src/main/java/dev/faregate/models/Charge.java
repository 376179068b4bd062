package dev.faregate.models;

import dev.faregate.base.Usd;

/// The arithmetic of charges. Pico-dollars are summed exactly and rounded up once, to a whole
/// nano-dollar, so an error is below one nano-dollar per generation. Overflow throws
/// `ArithmeticException`: a charge is refused, never wrapped. Prices that are not known throw
/// `IllegalStateException`: whoever asks must have looked before.
public final class Charge {
    private static final long PICOS_PER_NANO = 1_000;
    private static final long MILLIS_PER_SECOND = 1_000;

    private Charge() {}

    /// A cost and its parts, for `usage.cost_details`: the parts add up to `total` exactly.
    /// `prompt` includes the fees per request, per image and per second of audio sent and carries
    /// the rounding;
    /// `completion` those per image made.
    public record Split(Usd total, Usd prompt, Usd completion, Usd serverTools) {}

    /// What these tokens cost.
    public static Usd cost(Prices prices, TokenCounts used) {
        if (free(prices)) {
            return Usd.ZERO;
        }
        return nanos(Math.addExact(
                Math.addExact(promptPicos(prices, used), completionPicos(prices, used)), toolPicos(prices, used)));
    }

    /// What these tokens cost, with its parts; `total` is what [#cost] says.
    public static Split split(Prices prices, TokenCounts used) {
        Usd total = cost(prices, used);
        if (prices.isFree()) {
            return new Split(total, total, total, total);
        }
        Usd completion = Usd.ofNanos(completionPicos(prices, used) / PICOS_PER_NANO);
        Usd tools = Usd.ofNanos(toolPicos(prices, used) / PICOS_PER_NANO);
        return new Split(total, total.minus(completion).minus(tools), completion, tools);
    }

    /// What the prompt would have cost more without the provider's cache; negative where writing to it
    /// cost more than was saved (contract 3.10).
    public static Usd cacheDiscount(Prices prices, TokenCounts used) {
        if (free(prices)) {
            return Usd.ZERO;
        }
        long tokens = Math.addExact(used.cached(), Math.addExact(used.cacheWrite(), used.cacheWrite1h()));
        long plain = picos(prices, Rate.PROMPT, tokens, used);
        long real = picos(prices, Rate.CACHE_READ, used.cached(), used);
        real = Math.addExact(real, picos(prices, Rate.CACHE_WRITE, used.cacheWrite(), used));
        real = Math.addExact(real, picos(prices, Rate.CACHE_WRITE_1H, used.cacheWrite1h(), used));
        return Usd.ofNanos(Math.floorDiv(Math.subtractExact(plain, real), PICOS_PER_NANO));
    }

    /// The most that a request can cost: see [#ceiling(Prices, UsageBound)].
    public static Usd ceiling(Prices prices, long promptTokensBound, long completionTokensBound, int n) {
        return ceiling(prices, UsageBound.of(promptTokensBound, completionTokensBound, n));
    }

    /// The most that a request within `bound` can cost: every token at the dearest price of its side that
    /// any prompt length within the bound can reach. Never below [#cost] of what the bound allows.
    public static Usd ceiling(Prices prices, UsageBound bound) {
        if (free(prices)) {
            return Usd.ZERO;
        }
        long most = bound.promptTokens();
        long prompt = Math.multiplyExact(most, dearestPrompt(prices, bound));
        long answers = Math.multiplyExact(bound.completionTokens(), bound.choices());
        long completion = Math.multiplyExact(answers, dearestCompletion(prices, bound));
        long images = Math.addExact(
                Math.multiplyExact(bound.images(), prices.highest(Rate.IMAGE, most)),
                Math.multiplyExact(bound.imagesMade(), prices.highest(Rate.IMAGE_OUTPUT, most)));
        long searches = Math.multiplyExact(bound.webSearches(), prices.highest(Rate.WEB_SEARCH, most));
        long fees = Math.addExact(
                Math.addExact(images, searches),
                Math.multiplyExact(bound.requests(), prices.highest(Rate.REQUEST, most)));
        fees = Math.addExact(fees, ofMillis(bound.audioMillis(), prices.highest(Rate.AUDIO_SECOND, most)));
        return nanos(Math.addExact(Math.addExact(prompt, completion), fees));
    }

    /// The dearest price of one prompt token of this request, in pico-dollars: what an affordable prompt
    /// is computed with.
    public static long dearestPrompt(Prices prices, UsageBound bound) {
        long most = bound.promptTokens();
        if (bound.audio() && bound.longCache()) {
            return prices.highest(Rate.Side.PROMPT, most);
        }
        long dearest = Math.max(prices.highest(Rate.PROMPT, most), prices.highest(Rate.CACHE_READ, most));
        dearest = Math.max(dearest, prices.highest(Rate.CACHE_WRITE, most));
        dearest = bound.audio() ? Math.max(dearest, prices.highest(Rate.AUDIO, most)) : dearest;
        dearest = bound.images() > 0 ? Math.max(dearest, prices.highest(Rate.IMAGE_TOKEN, most)) : dearest;
        return bound.longCache() ? Math.max(dearest, prices.highest(Rate.CACHE_WRITE_1H, most)) : dearest;
    }

    /// The dearest price of one completion token of this request, in pico-dollars: what clamping an
    /// answer to what is affordable divides by.
    public static long dearestCompletion(Prices prices, UsageBound bound) {
        long most = bound.promptTokens();
        if (bound.audio()) {
            return prices.highest(Rate.Side.COMPLETION, most);
        }
        return Math.max(prices.highest(Rate.COMPLETION, most), prices.highest(Rate.REASONING, most));
    }

    private static long promptPicos(Prices prices, TokenCounts used) {
        long sum = picos(prices, Rate.PROMPT, used.plainPrompt(), used);
        sum = Math.addExact(sum, picos(prices, Rate.CACHE_READ, used.cached(), used));
        sum = Math.addExact(sum, picos(prices, Rate.CACHE_WRITE, used.cacheWrite(), used));
        sum = Math.addExact(sum, picos(prices, Rate.CACHE_WRITE_1H, used.cacheWrite1h(), used));
        sum = Math.addExact(sum, picos(prices, Rate.AUDIO, used.audio(), used));
        sum = Math.addExact(sum, picos(prices, Rate.IMAGE_TOKEN, used.imageTokens(), used));
        sum = Math.addExact(sum, picos(prices, Rate.IMAGE, used.images(), used));
        sum = Math.addExact(sum, ofMillis(used.audioMillis(), prices.picos(Rate.AUDIO_SECOND, used.prompt())));
        return Math.addExact(sum, picos(prices, Rate.REQUEST, used.requests(), used));
    }

    private static long completionPicos(Prices prices, TokenCounts used) {
        long sum = picos(prices, Rate.COMPLETION, used.plainCompletion(), used);
        sum = Math.addExact(sum, picos(prices, Rate.REASONING, used.reasoning(), used));
        sum = Math.addExact(sum, picos(prices, Rate.AUDIO_OUTPUT, used.audioOutput(), used));
        return Math.addExact(sum, picos(prices, Rate.IMAGE_OUTPUT, used.imagesMade(), used));
    }

    private static long toolPicos(Prices prices, TokenCounts used) {
        return picos(prices, Rate.WEB_SEARCH, used.webSearches(), used);
    }

    private static long picos(Prices prices, Rate rate, long count, TokenCounts used) {
        return count == 0 ? 0 : Math.multiplyExact(count, prices.picos(rate, used.prompt()));
    }

    private static long ofMillis(long millis, long picosPerSecond) {
        return Math.ceilDiv(Math.multiplyExact(millis, picosPerSecond), MILLIS_PER_SECOND);
    }

    private static Usd nanos(long picos) {
        return Usd.ofNanos(Math.ceilDiv(picos, PICOS_PER_NANO));
    }

    private static boolean free(Prices prices) {
        if (!prices.isKnown()) {
            throw new IllegalStateException("no price is known");
        }
        return prices.isFree();
    }
}
