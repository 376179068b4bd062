package dev.faregate.routing;

import dev.faregate.base.Usd;
import dev.faregate.chat.ChatRequest;
import dev.faregate.models.Charge;
import dev.faregate.models.Model;
import dev.faregate.models.ModelEndpoint;
import dev.faregate.models.Prices;
import dev.faregate.models.UsageBound;

/// One endpoint that may serve a request, and the most the request can cost there (ledger, "bound before
/// the call").
///
/// `outputLimit` is the limit that is sent upstream, in tokens; 0 sends none (free models only).
public record Candidate(Model model, ModelEndpoint endpoint, UsageBound bound, long outputLimit, Usd ceiling) {
    /// Tokens that a provider wraps around each message.
    static final int TOKENS_PER_MESSAGE = 16;

    /// Tokens of a provider's own system text; more when it explains tools.
    static final int PREAMBLE_TOKENS = 256;

    static final int TOOL_PREAMBLE_TOKENS = 1_024;

    /// Bytes per prompt token, rounded down, for guessing how much context an answer has left. Only the
    /// limit that we send depends on the guess, never the bound.
    private static final int BYTES_PER_TOKEN_GUESS = 3;

    /// An output limit is never guessed lower than this when the endpoint can do more.
    private static final long LEAST_GUESSED_LIMIT = 1_024;

    /// The candidate with all of its bounds. Throws `ArithmeticException` when the cost is beyond the
    /// ledger's range.
    static Candidate of(Model model, ModelEndpoint endpoint, ChatRequest request) {
        Prices prices = endpoint.prices();
        ChatRequest.Facts facts = request.facts();
        long limit = facts.maxTokens() > 0 ? facts.maxTokens() : prices.isFree() ? 0 : defaultLimit(endpoint, request);
        UsageBound bound = UsageBound.of(promptBound(endpoint, request), limit, facts.choices());
        if (!facts.media()) {
            bound = bound.withoutAudio();
        }
        return new Candidate(model, endpoint, bound, limit, Charge.ceiling(prices, bound));
    }

    /// The same candidate with a lower output limit.
    public Candidate clamped(long limit) {
        UsageBound lower = new UsageBound(
                bound.promptTokens(),
                limit,
                bound.choices(),
                bound.images(),
                bound.webSearches(),
                bound.audio(),
                bound.longCache());
        return new Candidate(model, endpoint, lower, limit, Charge.ceiling(endpoint.prices(), lower));
    }

    public boolean free() {
        return endpoint.prices().isFree();
    }

    /// A byte-level token is at least one byte, and the JSON text has at least as many bytes as the texts
    /// in it; what the provider adds is allowed for. The size of media is not known here, but no provider
    /// takes more than the context.
    static long promptBound(ModelEndpoint endpoint, ChatRequest request) {
        ChatRequest.Facts facts = request.facts();
        if (facts.media()) {
            return endpoint.contextLength();
        }
        long preamble = PREAMBLE_TOKENS + (facts.tools() > 0 ? TOOL_PREAMBLE_TOKENS : 0);
        long bound = request.bytes() + (long) TOKENS_PER_MESSAGE * Math.max(1, facts.messages()) + preamble;
        return Math.min(endpoint.contextLength(), bound);
    }

    /// What we ask for when the client named no limit: all that the endpoint can do, less what the prompt
    /// probably takes of the context.
    private static long defaultLimit(ModelEndpoint endpoint, ChatRequest request) {
        long most = mostCompletion(endpoint);
        long left = endpoint.contextLength() - request.bytes() / BYTES_PER_TOKEN_GUESS;
        return Math.max(1, Math.min(most, Math.max(left, Math.min(most, LEAST_GUESSED_LIMIT))));
    }

    static long mostCompletion(ModelEndpoint endpoint) {
        Long stated = endpoint.maxCompletionTokens();
        return stated == null ? endpoint.contextLength() : Math.min(stated, endpoint.contextLength());
    }
}
