package dev.faregate.routing;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.faregate.base.Usd;
import dev.faregate.chat.ChatRequest;
import dev.faregate.chat.ChatRequestReader;
import dev.faregate.models.Charge;
import dev.faregate.models.Model;
import dev.faregate.models.Prices;
import dev.faregate.models.TokenCounts;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/// The most that a request can cost, by everything in it that can be billed (ledger 2.2), against bills that
/// a provider could write for it (reliability, threat 32).
class CandidateBoundTest {
    private static final String PRICED = "\"pricing\":{\"prompt\":\"2.5\",\"completion\":\"10\"}";
    private static final Model PLAIN = RandomRequests.model("openai/test", "GPT", PRICED);
    private static final String HELLO = "\"messages\":[{\"role\":\"user\",\"content\":\"Hello\"}]";

    @Test
    void theLimitCountsOncePerChoice() {
        assertThat(of(PLAIN, "\"max_tokens\":100,\"n\":3").bound().completionTokens())
                .isEqualTo(100);
        assertThat(of(PLAIN, "\"max_tokens\":100,\"n\":3").bound().choices()).isEqualTo(3);
        assertThat(of(PLAIN, "\"max_tokens\":100,\"n\":2,\"best_of\":5").bound().choices())
                .isEqualTo(5);
    }

    @Test
    void aPredictionThatDoesNotComeTrueIsBilledAsOutput() {
        String prediction = "\"prediction\":{\"type\":\"content\",\"content\":\"" + "x".repeat(500) + "\"}";
        long plain = of(PLAIN, "\"max_tokens\":100").bound().completionTokens();
        Candidate predicted = of(PLAIN, "\"max_tokens\":100," + prediction);
        assertThat(predicted.bound().completionTokens()).isGreaterThanOrEqualTo(plain + 500);
        assertThat(predicted.outputLimit()).isEqualTo(100);
        assertThat(predicted.clamped(10).bound().completionTokens()).isGreaterThanOrEqualTo(510);
    }

    @Test
    void reasoningBeyondTheLimitIsAddedWhereTheEndpointSaysSo() {
        Model reasons = RandomRequests.model("openai/test", "GPT", PRICED + ",\"reasoning_beyond_limit\":8000");
        assertThat(of(reasons, "\"max_tokens\":100").bound().completionTokens()).isEqualTo(8_100);
    }

    @Test
    void anEndpointThatIgnoresTheLimitIsBoundedByItsOwnMaximum() {
        Model ignores = RandomRequests.model("openai/test", "GPT", PRICED + ",\"ignores_output_limit\":true");
        Candidate candidate = of(ignores, "\"max_tokens\":100");
        assertThat(candidate.bound().completionTokens()).isEqualTo(4_096);
        assertThat(candidate.clamped(10).ceiling()).isEqualTo(candidate.ceiling());
        assertThat(candidate.canBeClamped()).isFalse();
    }

    @Test
    void toolsCountWithTheirSchemasAndTheProvidersWords() {
        long plain = of(PLAIN, "").bound().promptTokens();
        String tools = "\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"f\"}}]";
        assertThat(of(PLAIN, tools).bound().promptTokens())
                .isGreaterThanOrEqualTo(plain + tools.length() + Candidate.TOOL_PREAMBLE_TOKENS);
    }

    @Test
    void mediaOfUnknownSizeIsBoundedByTheContext() {
        String image = "{\"type\":\"image_url\",\"image_url\":{\"url\":\"https://x.test/a.png\"}}";
        assertThat(read(PLAIN, messages(image)).bound().promptTokens()).isEqualTo(10_000_000);
        assertThat(read(PLAIN, messages("{\"type\":\"input_audio\",\"input_audio\":{\"data\":\"aa\"}}"))
                        .bound()
                        .promptTokens())
                .isEqualTo(10_000_000);
        assertThat(read(
                                PLAIN,
                                "{\"messages\":[{\"role\":\"assistant\",\"audio\":{\"id\":\"a1\"}},"
                                        + "{\"role\":\"user\",\"content\":\"go on\"}]}")
                        .bound()
                        .promptTokens())
                .as("spoken earlier, kept by the provider")
                .isEqualTo(10_000_000);
    }

    @Test
    void imagesCountByTheModelsMaximumAndNotByTheirBytes() {
        Model knows = RandomRequests.model(
                "openai/test",
                "GPT",
                "\"pricing\":{\"prompt\":\"2.5\",\"completion\":\"10\",\"image\":\"0.001\"},\"image_tokens\":1500");
        String data = "data:image/png;base64," + "A".repeat(100_000);
        String image = "{\"type\":\"image_url\",\"image_url\":{\"url\":\"" + data + "\"}}";
        Candidate two = read(knows, messages(image + "," + image));
        assertThat(two.bound().promptTokens()).isBetween(3_000L, 4_000L);
        assertThat(two.bound().images()).isEqualTo(2);
    }

    @Test
    void toolsOfTheProviderAreBoundedByTheirUses() {
        Model searches = RandomRequests.model(
                "openai/test", "GPT", "\"pricing\":{\"prompt\":\"2.5\",\"completion\":\"10\",\"web_search\":\"0.01\"}");
        Candidate said = of(searches, "\"tools\":[{\"type\":\"web_search\",\"max_uses\":2}]");
        assertThat(said.bound().webSearches()).isEqualTo(2);
        assertThat(said.bound().promptTokens()).as("read anew after each use").isEqualTo(30_000_000);
        Candidate forced = of(searches, "\"tools\":[{\"type\":\"web_search\"}]");
        assertThat(forced.bound().webSearches()).isEqualTo(5);
    }

    @Test
    void foldsForTokenizersThatFold() {
        Model folds = RandomRequests.model("acme/test", "Claude", PRICED);
        String body = "{\"messages\":[{\"role\":\"user\",\"content\":\"" + "\uFDFA".repeat(100) + "\"}]}";
        assertThat(read(folds, body).bound().promptTokens()
                        - read(PLAIN, body).bound().promptTokens())
                .isEqualTo(3_000);
    }

    @Test
    void anHourInTheCacheIsHeldForOnlyWhereItIsAskedFor() {
        Model caches = RandomRequests.model(
                "acme/test",
                "Other",
                "\"pricing\":{\"prompt\":\"3\",\"completion\":\"15\",\"input_cache_write\":\"3.75\","
                        + "\"input_cache_write_1h\":\"6\"}");
        String part = "{\"type\":\"text\",\"text\":\"hi\",\"cache_control\":{\"type\":\"ephemeral\"%s}}";
        assertThat(read(caches, messages(part.formatted(""))).bound().longCache())
                .isFalse();
        assertThat(read(caches, messages(part.formatted(",\"ttl\":\"1h\"")))
                        .bound()
                        .longCache())
                .isTrue();
        assertThat(read(caches, messages(part.formatted(",\"ttl\":\"\\u0031h\"")))
                        .bound()
                        .longCache())
                .isTrue();
    }

    @Test
    void whatAnEndpointWentBeyondItsBoundIsAddedFromThenOn() {
        BoundMemory memory = new BoundMemory();
        memory.exceeded(PLAIN, PLAIN.endpoints().getFirst(), 500);
        assertThat(memory.learned(PLAIN, PLAIN.endpoints().getFirst())).isEqualTo(500);
        ChatRequest request = request("{" + HELLO + "}");
        assertThat(Candidate.of(PLAIN, PLAIN.endpoints().getFirst(), request, 500)
                        .bound()
                        .promptTokens())
                .isEqualTo(Candidate.of(PLAIN, PLAIN.endpoints().getFirst(), request, 0)
                                .bound()
                                .promptTokens()
                        + 500);
    }

    /// Something that claims to bound what a request costs.
    private interface Ceiling {
        Usd of(Candidate candidate);
    }

    @Test
    void noBillThatAProviderCanWriteIsAboveTheBound() {
        assertThat(counterexamples(Candidate::ceiling)).isEmpty();
    }

    @Test
    void theCheckerFindsABoundThatForgetsWhatIsBilledBeyondTheLimit() {
        assertThat(counterexamples(candidate -> Charge.ceiling(
                        candidate.endpoint().prices(),
                        candidate.bound().withTokens(candidate.bound().promptTokens(), candidate.outputLimit()))))
                .isNotEmpty();
    }

    @Test
    void theCheckerFindsABoundThatForgetsFees() {
        assertThat(counterexamples(candidate -> Charge.ceiling(
                        candidate.endpoint().prices(),
                        candidate.bound().withImages(0).withWebSearches(0))))
                .isNotEmpty();
    }

    /// Random requests at random endpoints, and for each the dearest bill among random ones that a provider
    /// could write: it counts every byte as a token, uses all it may, and caches whatever it likes.
    private static List<String> counterexamples(Ceiling ceiling) {
        long seed = Long.getLong("faregate.seed", 32L);
        Random random = new Random(seed);
        List<String> found = new ArrayList<>();
        for (int round = 0; round < 20_000; round++) {
            boolean beyond = random.nextBoolean();
            boolean ignores = random.nextInt(4) == 0;
            Model model = MODELS.get(index(beyond, ignores, random.nextBoolean()));
            int n = 1 + random.nextInt(3);
            int limit = 1 + random.nextInt(500);
            int images = random.nextInt(3);
            int uses = random.nextInt(3);
            int prediction = random.nextInt(3) * 100;
            String text = "x".repeat(random.nextInt(300));
            Candidate candidate = read(model, body(text, n, limit, images, uses, prediction));
            long within = ignores ? 4_096 : limit;
            long completion = n * (within + (beyond ? 700 : 0) + prediction);
            long prompt = uses > 0 ? 10_000_000L * (1 + uses) : text.length() + 4L + 900L * images;
            TokenCounts bill = TokenCounts.of(prompt, completion)
                    .withCached(random.nextLong(prompt + 1))
                    .withCacheWrites(random.nextLong(prompt + 1), 0)
                    .withReasoning(random.nextLong(completion + 1))
                    .withImages(images)
                    .withWebSearches(uses);
            Prices prices = candidate.endpoint().prices();
            if (Charge.cost(prices, bill).compareTo(ceiling.of(candidate)) > 0) {
                found.add("seed " + seed + ", round " + round + ": " + bill);
            }
        }
        return found;
    }

    private static final List<Model> MODELS = models();

    private static int index(boolean beyond, boolean ignores, boolean dear) {
        return (beyond ? 1 : 0) + (ignores ? 2 : 0) + (dear ? 4 : 0);
    }

    private static List<Model> models() {
        List<Model> models = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            String pricing = (i & 4) == 0
                    ? "\"prompt\":\"1\",\"completion\":\"4\",\"web_search\":\"0.02\",\"image\":\"0.003\""
                    : "\"prompt\":\"3\",\"completion\":\"15\",\"input_cache_write\":\"3.75\",\"request\":\"0.005\","
                            + "\"internal_reasoning\":\"20\",\"web_search\":\"0.01\",\"image\":\"0.01\","
                            + "\"overrides\":[{\"min_prompt_tokens\":200,\"prompt\":\"6\",\"completion\":\"22.5\"}]";
            models.add(RandomRequests.model(
                    "acme/m" + i,
                    "Other",
                    "\"pricing\":{" + pricing + "},\"image_tokens\":900"
                            + ((i & 1) == 0 ? "" : ",\"reasoning_beyond_limit\":700")
                            + ((i & 2) == 0 ? "" : ",\"ignores_output_limit\":true")));
        }
        return models;
    }

    private static String body(String text, int n, int limit, int images, int uses, int prediction) {
        StringBuilder parts = new StringBuilder("{\"type\":\"text\",\"text\":\"" + text + "\"}");
        for (int i = 0; i < images; i++) {
            parts.append(",{\"type\":\"image_url\",\"image_url\":{\"url\":\"https://x.test/")
                    .append(i)
                    .append("\"}}");
        }
        return "{\"messages\":[{\"role\":\"user\",\"content\":[" + parts + "]}],\"max_tokens\":" + limit + ",\"n\":" + n
                + (uses == 0 ? "" : ",\"tools\":[{\"type\":\"web_search\",\"max_uses\":" + uses + "}]")
                + (prediction == 0 ? "" : ",\"prediction\":\"" + "y".repeat(prediction) + "\"") + "}";
    }

    private static String messages(String parts) {
        return "{\"messages\":[{\"role\":\"user\",\"content\":[" + parts + "]}]}";
    }

    private static Candidate of(Model model, String more) {
        return read(model, "{" + HELLO + (more.isEmpty() ? "" : "," + more) + "}");
    }

    private static Candidate read(Model model, String body) {
        return Candidate.of(model, model.endpoints().getFirst(), request(body), 0);
    }

    private static ChatRequest request(String body) {
        byte[] bytes = body.getBytes(UTF_8);
        return new ChatRequestReader(ChatRequestReader.Limits.DEFAULTS).read(bytes, 0, bytes.length);
    }
}
