package dev.faregate.inference;

import dev.faregate.chat.ChatRequest;
import dev.faregate.chat.TokenUsage;
import dev.faregate.models.Model;
import dev.faregate.models.Tokenizer;
import dev.faregate.routing.Candidate;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Counts by a model's own tokenizer, where that is known: the second chance of a prompt whose bytes hold more
/// than there is, and the usage that a provider did not report (ledger 2.2). Counting blocks for milliseconds:
/// for virtual threads. It never fails: what cannot be counted is bounded by bytes.
final class PromptCount {
    /// Allowed for each text of a request: how its neighbours and the marks between them may be cut.
    static final int TOKENS_PER_TEXT = 4;

    private static final Logger LOG = LoggerFactory.getLogger(PromptCount.class);

    private final Tokenizer tokenizer;

    PromptCount(Tokenizer tokenizer) {
        this.tokenizer = tokenizer;
    }

    /// Whether counting could lower the bound: the vocabulary is known and all sizes can be seen.
    boolean canCount(Candidate candidate, ChatRequest request) {
        return Candidate.countable(candidate.endpoint(), request.facts())
                && request.bytes() <= Tokenizer.MAX_CHARACTERS
                && tokenizer.knows(candidate.model());
    }

    /// The candidate with its prompt counted, or as it was.
    Candidate counted(Candidate candidate, ChatRequest request) {
        OptionalLong tokens = prompt(candidate, request);
        return tokens.isPresent() ? candidate.counted(tokens.getAsLong()) : candidate;
    }

    /// What an answer with this text used; `bytesBeside` of it were not kept and count as tokens. Without the
    /// request its prompt is what was bounded.
    TokenUsage estimated(Candidate candidate, @Nullable ChatRequest request, String text, long bytesBeside) {
        long bound = candidate.bound().promptTokens();
        long prompt = request == null ? bound : prompt(candidate, request).orElse(bound);
        long completion = text(candidate, text).orElse(text.getBytes(StandardCharsets.UTF_8).length);
        return TokenUsage.of(prompt, completion + bytesBeside);
    }

    /// The most tokens of the prompt: exact for its texts, and an allowance for what the provider writes
    /// around them. Empty when it cannot be told now.
    OptionalLong prompt(Candidate candidate, ChatRequest request) {
        if (!canCount(candidate, request)) {
            return OptionalLong.empty();
        }
        var begun = tokenizer.begin(candidate.model());
        if (begun.isEmpty()) {
            return OptionalLong.empty();
        }
        try (Tokenizer.Count count = begun.get()) {
            long others = request.texts(count::add);
            return count.isWhole()
                    ? OptionalLong.of(count.tokens()
                            + TOKENS_PER_TEXT * count.texts()
                            + others
                            + Candidate.overhead(candidate.endpoint(), request.facts()))
                    : OptionalLong.empty();
        } catch (RuntimeException e) {
            LOG.error("the tokens of a prompt cannot be counted", e);
            return OptionalLong.empty();
        }
    }

    /// About how many tokens the prompt is: its texts counted where the vocabulary is known, else guessed by their
    /// bytes. Neither a bound nor a bill.
    long estimate(Model model, PromptEstimate prompt) {
        return prompt.others() + texts(model, prompt.texts()).orElseGet(prompt::byBytes);
    }

    private OptionalLong text(Candidate candidate, String text) {
        return texts(candidate.model(), List.of(text));
    }

    private OptionalLong texts(Model model, List<String> texts) {
        var begun = tokenizer.begin(model);
        if (begun.isEmpty()) {
            return OptionalLong.empty();
        }
        try (Tokenizer.Count count = begun.get()) {
            texts.forEach(count::add);
            return count.isWhole() ? OptionalLong.of(count.tokens()) : OptionalLong.empty();
        } catch (RuntimeException e) {
            LOG.error("the tokens of a text cannot be counted", e);
            return OptionalLong.empty();
        }
    }
}
