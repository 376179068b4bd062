package dev.faregate.routing;

import dev.faregate.base.Usd;
import dev.faregate.byok.Credential;
import dev.faregate.chat.ChatRequest;
import dev.faregate.chat.ImagesRewriter;
import dev.faregate.chat.RequestKind;
import dev.faregate.chat.TokenUsage;
import dev.faregate.models.Charge;
import dev.faregate.models.EndpointBounds;
import dev.faregate.models.Model;
import dev.faregate.models.ModelEndpoint;
import dev.faregate.models.Prices;
import dev.faregate.models.Rate;
import dev.faregate.models.UsageBound;
import org.jspecify.annotations.Nullable;

/// One endpoint that may serve a request, and the most the request can cost there (ledger, "bound before
/// the call").
///
/// `own` is the caller's own key of the provider that it would be sent with; null is the operator's, shared capacity.
/// `ceiling` is the list price either way. `outputLimit` is the limit that is sent upstream, in tokens; 0 sends none
/// (free models only).
/// `beyondLimit` are the tokens that may be billed as output outside of it. `counted`: the bound of the
/// prompt comes from the model's own tokenizer.
public record Candidate(
        Model model,
        ModelEndpoint endpoint,
        UsageBound bound,
        long outputLimit,
        long beyondLimit,
        boolean counted,
        Usd ceiling,
        @Nullable Credential own) {
    /// Tokens that a provider wraps around each message.
    public static final int TOKENS_PER_MESSAGE = 16;

    /// Tokens that a provider wraps around each tool.
    public static final int TOKENS_PER_TOOL = 16;

    /// Tokens of a provider's own system text; more when it explains tools.
    static final int PREAMBLE_TOKENS = 256;

    static final int TOOL_PREAMBLE_TOKENS = 1_024;

    private static final long MILLIS_PER_SECOND = 1_000;

    /// Bytes per prompt token, rounded down, for guessing how much context an answer has left. Only the
    /// limit that we send depends on the guess, never the bound.
    private static final int BYTES_PER_TOKEN_GUESS = 3;

    /// An output limit is never guessed lower than this when the endpoint can do more.
    private static final long LEAST_GUESSED_LIMIT = 1_024;

    /// The candidate with all of its bounds; `learned` are tokens by which the endpoint once went beyond
    /// its bound. Throws `ArithmeticException` when the cost is beyond the ledger's range.
    static Candidate of(Model model, ModelEndpoint endpoint, ChatRequest request, long learned) {
        Prices prices = endpoint.prices();
        ChatRequest.Facts facts = request.facts();
        ChatRequest.Extras extras = facts.extras();
        boolean answers = facts.kind() == RequestKind.CHAT && !prices.isFree();
        long limit = facts.maxTokens() > 0 ? facts.maxTokens() : answers ? defaultLimit(endpoint, request) : 0;
        boolean images = facts.kind() == RequestKind.IMAGES;
        boolean audio = facts.kind() == RequestKind.TRANSCRIPTIONS;
        long beyond = answers || images ? beyondLimit(endpoint, extras) : 0;
        UsageBound bound = new UsageBound(
                promptBound(model, endpoint, request, learned),
                completionBound(endpoint, images || audio ? mostCompletion(endpoint) : limit, beyond),
                facts.choices(),
                extras.images(),
                images ? facts.choices() : 0,
                searches(endpoint, extras),
                Math.max(1, extras.searchUnits()),
                audio ? audioMillis(endpoint) : 0,
                extras.otherMedia() || extras.audioOutput(),
                pricesHours(prices) && request.mayCacheForAnHour());
        return new Candidate(model, endpoint, bound, limit, beyond, false, Charge.ceiling(prices, bound), null);
    }

    /// The same candidate with a lower output limit.
    public Candidate clamped(long limit) {
        UsageBound lower = bound.withTokens(bound.promptTokens(), completionBound(endpoint, limit, beyondLimit));
        return new Candidate(
                model, endpoint, lower, limit, beyondLimit, counted, Charge.ceiling(endpoint.prices(), lower), own);
    }

    /// The same candidate after its prompt was counted: the lower of the two bounds holds.
    public Candidate counted(long promptTokens) {
        UsageBound lower = bound.withTokens(Math.min(promptTokens, bound.promptTokens()), bound.completionTokens());
        return new Candidate(
                model, endpoint, lower, outputLimit, beyondLimit, true, Charge.ceiling(endpoint.prices(), lower), own);
    }

    /// The same candidate with a key of the caller's own.
    Candidate with(@Nullable Credential key) {
        return new Candidate(model, endpoint, bound, outputLimit, beyondLimit, counted, ceiling, key);
    }

    /// Whether what is made costs something by its tokens.
    public boolean pricesTokens() {
        return Charge.dearestPrompt(endpoint.prices(), bound) > 0
                || Charge.dearestCompletion(endpoint.prices(), bound) > 0;
    }

    /// True when audio costs by its length there and nobody knows how long it may be.
    static boolean hearsUnbounded(ModelEndpoint endpoint, ChatRequest.Facts facts) {
        return facts.kind() == RequestKind.TRANSCRIPTIONS
                && endpoint.bounds().audioSeconds() == null
                && endpoint.prices().priceSeconds();
    }

    /// How long audio is cannot be told by its bytes: the header of a file is its sender's, and no
    /// codec has a least bit rate. So it is as long as the endpoint takes.
    private static long audioMillis(ModelEndpoint endpoint) {
        Long seconds = endpoint.bounds().audioSeconds();
        return seconds == null ? 0 : Math.multiplyExact(seconds, MILLIS_PER_SECOND);
    }

    /// Whether a provider that reports this of a transcript has said how much there is of all that
    /// has a price.
    public boolean billedBy(TokenUsage reported) {
        boolean seconds = !endpoint.prices().priceSeconds() || reported.audioMillis() != TokenUsage.NOT_SAID;
        boolean tokens = !pricesTokens() || reported.total() > 0;
        return free() || (seconds && tokens);
    }

    public boolean free() {
        return endpoint.prices().isFree();
    }

    /// Whether the endpoint can have used this much at all. A report beyond its context or its longest answers
    /// is a mistake, and nobody's bill to pay.
    public boolean possible(TokenUsage usage) {
        long answer = Math.addExact(Math.max(mostCompletion(endpoint), outputLimit), beyondLimit);
        return usage.prompt() <= Math.max(endpoint.contextLength(), bound.promptTokens())
                && usage.completion() <= answer * bound.choices()
                && usage.searchUnits() <= bound.requests()
                && (bound.audioMillis() == 0 || usage.audioMillis() <= bound.audioMillis());
    }

    /// Whether a lower output limit makes the request cheaper.
    public boolean canBeClamped() {
        return !endpoint.bounds().ignoresOutputLimit();
    }

    /// What a provider adds to the texts of a request, in tokens: around messages and tools, and its own
    /// system text.
    public static long overhead(ModelEndpoint endpoint, ChatRequest.Facts facts) {
        long preamble = PREAMBLE_TOKENS + (facts.tools() > 0 ? TOOL_PREAMBLE_TOKENS : 0);
        return (long) TOKENS_PER_MESSAGE * Math.max(1, facts.messages())
                + (long) TOKENS_PER_TOOL * facts.tools()
                + preamble
                + endpoint.bounds().overheadTokens();
    }

    /// Whether counting the texts bounds the prompt: nothing in it has a size that cannot be seen,
    /// or is read more than once.
    public static boolean countable(ModelEndpoint endpoint, ChatRequest.Facts facts) {
        ChatRequest.Extras extras = facts.extras();
        return facts.kind() != RequestKind.RERANK
                && !extras.otherMedia()
                && extras.images() == 0
                && searches(endpoint, extras) == 0;
    }

    /// A byte-level token is at least one byte, and the JSON text has at least as many bytes as the texts
    /// in it; what the provider adds is allowed for. Where a size cannot be seen, the context is the bound,
    /// because no provider takes more; a provider that runs tools reads it anew after each use. Each of
    /// several inputs to be embedded has a context of its own, as has each document with the query
    /// it is judged by; a token id is a token.
    static long promptBound(Model model, ModelEndpoint endpoint, ChatRequest request, long learned) {
        ChatRequest.Facts facts = request.facts();
        ChatRequest.Extras extras = facts.extras();
        long texts = facts.kind() == RequestKind.CHAT ? 1 : facts.messages();
        long context = Math.multiplyExact(endpoint.contextLength(), texts);
        Long perImage = endpoint.bounds().imageTokens();
        int searches = searches(endpoint, extras);
        if (searches > 0) {
            return Math.multiplyExact(context, 1L + searches);
        }
        if (extras.otherMedia() || (extras.images() > 0 && perImage == null)) {
            return context;
        }
        long text = model.foldsText() ? request.foldedBytes() : request.bytes();
        if (extras.repeatedBytes() > 0 && text > request.bytes()) {
            // What grows when it is folded may be the query.
            return context;
        }
        long images = perImage == null ? 0 : Math.multiplyExact(perImage, (long) extras.images());
        long ids = extras.tokenIds() - extras.tokenIdBytes();
        long bound = text
                - extras.imageBytes()
                + extras.repeatedBytes()
                + images
                + ids
                + overhead(endpoint, facts)
                + learned;
        return Math.min(context, bound);
    }

    private static int searches(ModelEndpoint endpoint, ChatRequest.Extras extras) {
        return extras.searches() + (endpoint.provider().isRouter() ? extras.pluginSearches() : 0);
    }

    /// True when the request may search the web there and nobody knows what that costs.
    static boolean searchesUnpriced(ModelEndpoint endpoint, ChatRequest.Facts facts) {
        Prices prices = endpoint.prices();
        return searches(endpoint, facts.extras()) > 0
                && !prices.isFree()
                && !prices.base().has(Rate.WEB_SEARCH);
    }

    private static boolean pricesHours(Prices prices) {
        return prices.base().has(Rate.CACHE_WRITE_1H)
                || prices.overrides().stream().anyMatch(tier -> tier.rates().has(Rate.CACHE_WRITE_1H));
    }

    /// Reasoning outside of the limit, a prediction that did not come true, which is billed as
    /// output, and images that are not finished.
    private static long beyondLimit(ModelEndpoint endpoint, ChatRequest.Extras extras) {
        long partial = (long) extras.partialImages() * ImagesRewriter.TOKENS_PER_PARTIAL_IMAGE;
        return Math.addExact(endpoint.bounds().reasoningBeyondLimit(), extras.predictionBytes()) + partial;
    }

    private static long completionBound(ModelEndpoint endpoint, long limit, long beyond) {
        EndpointBounds bounds = endpoint.bounds();
        long within = bounds.ignoresOutputLimit() ? Math.max(limit, mostCompletion(endpoint)) : limit;
        return Math.addExact(within, beyond);
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
