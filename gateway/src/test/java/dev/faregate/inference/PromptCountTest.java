package dev.faregate.inference;

import static org.assertj.core.api.Assertions.assertThat;

import com.knuddels.jtokkit.Encodings;
import com.knuddels.jtokkit.api.Encoding;
import com.knuddels.jtokkit.api.EncodingType;
import dev.faregate.models.Model;
import dev.faregate.models.Tokenizer;
import dev.faregate.routing.Candidate;
import dev.faregate.routing.Candidates;
import dev.faregate.routing.RandomRequests;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

/// The second chance: lower than the bytes, never lower than the truth.
class PromptCountTest {
    private static final Tokenizer TOKENIZER = new Tokenizer();
    private static final PromptCount PROMPTS = new PromptCount(TOKENIZER);

    static {
        TOKENIZER.load();
    }

    @Test
    void isNeverBelowWhatTheModelCounts() {
        Encoding vocabulary = Encodings.newLazyEncodingRegistry().getEncoding(EncodingType.O200K_BASE);
        RandomRequests random = new RandomRequests(Long.getLong("faregate.seed", 16L));
        for (int i = 0; i < 2_000; i++) {
            RandomRequests.Sent sent = random.next();
            long truth = 3 + 4L * sent.messages() + 12L * sent.toolCount();
            StringBuilder joined = new StringBuilder();
            for (String text : sent.messageTexts()) {
                truth += vocabulary.countTokensOrdinary(text);
                joined.append(text);
            }
            if (sent.toolCount() > 0) {
                truth += vocabulary.countTokensOrdinary(sent.tools());
                joined.append(sent.tools());
            }
            Candidate candidate = candidate("openai/gpt-4o", sent);
            long counted = PROMPTS.prompt(candidate, sent.read()).orElseThrow();
            assertThat(counted).as("request %d", i).isGreaterThanOrEqualTo(truth);
            assertThat(counted)
                    .as("request %d, even if the provider glues all texts together", i)
                    .isGreaterThanOrEqualTo(vocabulary.countTokensOrdinary(joined.toString()));
        }
    }

    @Test
    void takesAFifthOfTheBytesForEnglish() {
        String english = "The quick brown fox jumps over the lazy dog and runs on to the next page. ".repeat(200);
        RandomRequests.Sent sent = saying(english);
        Candidate byBytes = candidate("openai/gpt-4o", sent);
        Candidate counted = PROMPTS.counted(byBytes, sent.read());
        assertThat(byBytes.bound().promptTokens()).isGreaterThan(english.length());
        assertThat(counted.bound().promptTokens()).isLessThan(english.length() / 3);
        assertThat(counted.ceiling()).isLessThan(byBytes.ceiling());
        assertThat(counted.counted()).isTrue();
    }

    @Test
    void estimatesByTheVocabularyOrElseByTheBytes() {
        String english = "The quick brown fox jumps over the lazy dog. ".repeat(100);
        PromptEstimate prompt = new PromptEstimate(List.of(english), 4);
        long truth = Encodings.newLazyEncodingRegistry()
                .getEncoding(EncodingType.O200K_BASE)
                .countTokensOrdinary(english);
        RandomRequests.Sent sent = saying("hello");
        assertThat(PROMPTS.estimate(candidate("openai/gpt-4o", sent).model(), prompt))
                .isEqualTo(truth + 4);
        assertThat(PROMPTS.estimate(candidate("acme/gpt-4o", sent).model(), prompt))
                .isEqualTo(Math.ceilDiv(english.length(), 3) + 4);
    }

    @Test
    void countsOnlyWhatItKnows() {
        RandomRequests.Sent sent = saying("hello");
        assertThat(PROMPTS.canCount(candidate("openai/gpt-4o", sent), sent.read()))
                .isTrue();
        assertThat(PROMPTS.canCount(candidate("openai/gpt-3.5-turbo", sent), sent.read()))
                .isTrue();
        assertThat(PROMPTS.canCount(candidate("openai/gpt-9", sent), sent.read()))
                .isFalse();
        assertThat(PROMPTS.canCount(candidate("acme/gpt-4o", sent), sent.read()))
                .isFalse();
        assertThat(new PromptCount(new Tokenizer()).canCount(candidate("openai/gpt-4o", sent), sent.read()))
                .as("before the vocabularies are loaded")
                .isFalse();
    }

    @Test
    void estimatesAnAnswerByItsTokensAndWhatWasNotKeptByItsBytes() {
        RandomRequests.Sent sent = saying("hello");
        Candidate candidate = candidate("openai/gpt-4o", sent);
        var usage = PROMPTS.estimated(candidate, sent.read(), "The quick brown fox jumps over the lazy dog.", 7);
        assertThat(usage.completion()).isEqualTo(10 + 7);
        assertThat(usage.prompt())
                .isPositive()
                .isLessThanOrEqualTo(candidate.bound().promptTokens());
    }

    private static RandomRequests.Sent saying(String text) {
        String body = "{\"messages\":[{\"role\":\"user\",\"content\":\"" + text + "\"}]}";
        return new RandomRequests.Sent(body.getBytes(StandardCharsets.UTF_8), java.util.List.of(text), "", 0, 1);
    }

    private static Candidate candidate(String id, RandomRequests.Sent sent) {
        Model model = RandomRequests.model(id, "GPT", null);
        return Candidates.of(model, sent.read());
    }
}
