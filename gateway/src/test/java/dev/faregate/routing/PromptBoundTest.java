package dev.faregate.routing;

import static org.assertj.core.api.Assertions.assertThat;

import com.knuddels.jtokkit.Encodings;
import com.knuddels.jtokkit.api.Encoding;
import com.knuddels.jtokkit.api.EncodingRegistry;
import com.knuddels.jtokkit.api.EncodingType;
import dev.faregate.models.Model;
import dev.faregate.models.ModelEndpoint;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/// A prompt never has more tokens than its bound (reliability, check 15), whatever is in it and whichever
/// vocabulary cuts it.
class PromptBoundTest {
    private static final int REQUESTS = Boolean.getBoolean("faregate.long") ? 100_000 : 10_000;
    private static final long SEED = Long.getLong("faregate.seed", 15L);
    private static final Model MODEL = RandomRequests.model("openai/test", "GPT", null);

    /// What OpenAI adds: three tokens before the answer, four around each message (OpenAI cookbook, "How to
    /// count tokens"), a dozen around each tool.
    private static final int PRIMING = 3;

    private static final int AROUND_MESSAGE = 4;
    private static final int AROUND_TOOL = 12;

    private interface Bound {
        long of(RandomRequests.Sent sent);
    }

    @Test
    void noVocabularyFindsMoreTokensThanTheBound() {
        assertThat(breaches(REQUESTS, PromptBoundTest::bound))
                .as("seed %d", SEED)
                .isEmpty();
    }

    @Test
    void theCheckerFindsABoundThatTakesTokensForCharacters() {
        assertThat(breaches(
                        2_000,
                        sent -> sent.messageTexts().stream()
                                        .mapToLong(String::length)
                                        .sum()
                                + PRIMING
                                + (long) AROUND_MESSAGE * sent.messages()
                                + sent.tools().length()
                                + (long) AROUND_TOOL * sent.toolCount()))
                .isNotEmpty();
    }

    private static long bound(RandomRequests.Sent sent) {
        ModelEndpoint endpoint = MODEL.endpoints().getFirst();
        return Candidate.promptBound(MODEL, endpoint, sent.read(), 0);
    }

    private static List<String> breaches(int requests, Bound bound) {
        EncodingRegistry registry = Encodings.newLazyEncodingRegistry();
        RandomRequests random = new RandomRequests(SEED);
        List<String> breaches = new ArrayList<>();
        List<Encoding> vocabularies = new ArrayList<>();
        for (EncodingType type : EncodingType.values()) {
            vocabularies.add(registry.getEncoding(type));
        }
        for (int i = 0; i < requests; i++) {
            RandomRequests.Sent sent = random.next();
            long most = bound.of(sent);
            for (Encoding vocabulary : vocabularies) {
                long tokens = tokens(vocabulary, sent);
                if (tokens > most) {
                    breaches.add("request " + i + ", " + vocabulary.getName() + ": " + tokens + " > " + most);
                }
            }
        }
        return breaches;
    }

    private static long tokens(Encoding vocabulary, RandomRequests.Sent sent) {
        long tokens = PRIMING + (long) AROUND_MESSAGE * sent.messages() + (long) AROUND_TOOL * sent.toolCount();
        for (String text : sent.messageTexts()) {
            tokens += vocabulary.countTokensOrdinary(text);
        }
        return sent.toolCount() == 0 ? tokens : tokens + vocabulary.countTokensOrdinary(sent.tools());
    }
}
