package dev.faregate.bench;

import dev.faregate.base.Usd;
import dev.faregate.testkit.Script;
import java.math.BigDecimal;
import java.time.Duration;

/// What `bench overspend` does to each gateway: `requests` at once, `streamPercent` of them streams, on a
/// key whose limit is `cap`. Every answer has 100 completion tokens and costs `price`; prompt tokens count
/// for nothing.
record Experiment(int requests, int streamPercent, Usd cap, Usd price, Duration latency) {
    static final int TOKENS = 100;
    static final int MAX_REQUESTS = 20_000;

    private static final int CHUNKS = 10;
    private static final Duration CHUNK_GAP = Duration.ofMillis(50);
    private static final int PERCENT = 100;
    private static final int TOKENS_PER_MILLION = 1_000_000;

    /// One pico-dollar for a prompt token, the least that counts as a price, so that the prompt is known to
    /// the gateway as priced and yet weighs nothing; see [#completionPerMillion].
    private static final String PROMPT_PER_MILLION = "0.000001";

    private static final BigDecimal NANO_DOLLAR = BigDecimal.valueOf(1, 9);

    Experiment {
        boolean sane = requests >= 1
                && requests <= MAX_REQUESTS
                && streamPercent >= 0
                && streamPercent <= PERCENT
                && cap.nanos() > 0
                && price.nanos() >= TOKENS
                && price.nanos() % TOKENS == 0;
        if (!sane) {
            throw new IllegalArgumentException("--requests is 1 to " + MAX_REQUESTS
                    + ", --streams 0 to 100, --cap above" + " 0, --price a multiple of " + Usd.ofNanos(TOKENS));
        }
    }

    /// How the scripted upstream answers: first silence, so that all requests are in flight together, then
    /// the whole answer or ten chunks.
    Script script() {
        return Script.answer()
                .latency(latency)
                .chunks(CHUNKS)
                .chunkDelay(CHUNK_GAP)
                .completionTokens(TOKENS);
    }

    /// What the provider's honest bill for so many completion tokens is.
    Usd bill(long completionTokens) {
        return Usd.ofNanos(Math.multiplyExact(price.nanos() / TOKENS, completionTokens));
    }

    /// Requests that the cap pays for.
    long affordable() {
        return cap.nanos() / price.nanos();
    }

    boolean streams(int number) {
        return (long) number * streamPercent / PERCENT != (number + 1L) * streamPercent / PERCENT;
    }

    String body(String model, int number) {
        return "{\"model\":\"" + model + "\",\"max_tokens\":" + TOKENS + ",\"stream\":" + streams(number)
                + ",\"messages\":[{\"role\":\"user\",\"content\":\"Say a hundred words, number " + number + ".\"}]}";
    }

    /// The price of a million completion tokens: a hundred of them cost one nano-dollar less than `price`,
    /// and the prompt's pico-dollars together with the rounding up make that whole again, so both the most
    /// that a request can cost and what it does cost are `price` exactly.
    private BigDecimal completionPerMillion() {
        return price.dollars()
                .subtract(NANO_DOLLAR)
                .multiply(BigDecimal.valueOf(TOKENS_PER_MILLION))
                .divide(BigDecimal.valueOf(TOKENS));
    }

    /// The configuration of the product for this experiment.
    String yaml(int upstreamPort, String model) {
        return """
                providers:
                  - slug: bench
                    format: openai
                    base_url: http://127.0.0.1:%d/v1
                    api_key: sk-bench
                models:
                  - id: %s
                    context_length: 128000
                    endpoints:
                      - {provider: bench, upstream_model: bench, max_completion_tokens: 4096,
                         pricing: {prompt: "%s", completion: "%s"}}
                """.formatted(
                        upstreamPort,
                        model,
                        PROMPT_PER_MILLION,
                        completionPerMillion().stripTrailingZeros().toPlainString());
    }

    String words() {
        return "%d requests at once, %d%% streams, %s each, on a limit of %s"
                .formatted(requests, streamPercent, price, cap);
    }
}
