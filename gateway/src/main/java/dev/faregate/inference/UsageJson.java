package dev.faregate.inference;

import dev.faregate.base.JsonWriter;
import dev.faregate.base.Usd;
import dev.faregate.chat.TokenUsage;
import dev.faregate.chat.TranscriptionRewriter;
import dev.faregate.models.Charge;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// The `usage` object of an answer (contract 3.11): the provider's own token counts, what the request
/// cost here, and what it costs at the provider.
final class UsageJson {
    /// Characters of a usage with numbers of a few digits.
    private static final int USUAL_LENGTH = 400;

    private UsageJson() {}

    /// The value of `usage`, and after it, when the output limit was lowered, a further member of the answer
    /// that says so: `,"faregate_metadata":{...}`.
    static byte[] write(TokenUsage usage, Usd charged, Charge.Split upstream, boolean own, @Nullable Clamped clamped) {
        byte[] plain = write(usage, charged, upstream, own);
        if (clamped == null) {
            return plain;
        }
        byte[] more = (",\"faregate_metadata\":{\"max_tokens\":{\"requested\":" + clamped.requested() + ",\"sent\":"
                        + clamped.sent() + ",\"reason\":\"unaffordable\"}}")
                .getBytes(StandardCharsets.US_ASCII);
        byte[] both = Arrays.copyOf(plain, plain.length + more.length);
        System.arraycopy(more, 0, both, plain.length, more.length);
        return both;
    }

    /// As [#write], of an answer that has no completion (contract 4, "embeddings").
    static byte[] ofEmbeddings(TokenUsage usage, Usd charged, Charge.Split upstream, boolean own) {
        JsonWriter json = new JsonWriter()
                .beginObject()
                .number("prompt_tokens", usage.prompt())
                .number("total_tokens", usage.total())
                .money("cost", charged)
                .flag("is_byok", own);
        return costDetails(json, upstream).endObject().toBytes();
    }

    /// As [#write], of a ranking (contract 2.1, "rerank").
    static byte[] ofRerank(TokenUsage usage, Usd charged) {
        JsonWriter json = new JsonWriter().beginObject();
        if (usage.searchUnits() != TokenUsage.NOT_SAID) {
            json.number("search_units", usage.searchUnits());
        }
        return json.number("total_tokens", usage.total())
                .money("cost", charged)
                .endObject()
                .toBytes();
    }

    /// As [#write], of images (contract 2.1, `POST /images`), and under OpenAI's own names beside
    /// these ("Create image").
    static byte[] ofImages(TokenUsage usage, Usd charged, Charge.Split upstream, boolean own) {
        JsonWriter json = counted(usage, charged, own)
                .beginObject("prompt_tokens_details")
                .number("cached_tokens", usage.cached())
                .endObject();
        return costDetails(json, upstream)
                .number("input_tokens", usage.prompt())
                .number("output_tokens", usage.completion())
                .beginObject("input_tokens_details")
                .number("text_tokens", usage.prompt() - usage.promptImages())
                .number("image_tokens", usage.promptImages())
                .endObject()
                .endObject()
                .toBytes();
    }

    /// As [#write], of a transcript (contract 2.1, `STTUsage`), and which of the two kinds it is, as
    /// OpenAI says it ("Create transcription").
    static byte[] ofTranscription(TokenUsage usage, Usd charged) {
        boolean timed = usage.audioMillis() != TokenUsage.NOT_SAID;
        boolean counted = usage.total() > 0;
        JsonWriter json =
                new JsonWriter(USUAL_LENGTH).beginObject().text("type", timed && !counted ? "duration" : "tokens");
        if (timed) {
            json.decimal("seconds", TranscriptionRewriter.seconds(usage.audioMillis()));
        }
        if (counted || !timed) {
            json.number("input_tokens", usage.prompt())
                    .number("output_tokens", usage.completion())
                    .number("total_tokens", usage.total());
        }
        return json.money("cost", charged).endObject().toBytes();
    }

    private static JsonWriter counted(TokenUsage usage, Usd charged, boolean own) {
        return new JsonWriter(USUAL_LENGTH)
                .beginObject()
                .number("prompt_tokens", usage.prompt())
                .number("completion_tokens", usage.completion())
                .number("total_tokens", usage.total())
                .money("cost", charged)
                .flag("is_byok", own);
    }

    private static JsonWriter costDetails(JsonWriter json, Charge.Split upstream) {
        return json.beginObject("cost_details")
                .money("upstream_inference_cost", upstream.total())
                .money("upstream_inference_prompt_cost", upstream.prompt())
                .money("upstream_inference_completions_cost", upstream.completion())
                .endObject();
    }

    /// `charged` is what the caller paid; `upstream` the provider's list price and its parts; `own`: on a provider
    /// key of the caller's own.
    private static byte[] write(TokenUsage usage, Usd charged, Charge.Split upstream, boolean own) {
        JsonWriter json = counted(usage, charged, own)
                .beginObject("prompt_tokens_details")
                .number("cached_tokens", usage.cached())
                .number("cache_write_tokens", usage.cacheWrite())
                .number("audio_tokens", usage.promptAudio())
                .endObject()
                .beginObject("completion_tokens_details")
                .number("reasoning_tokens", usage.reasoning())
                .number("audio_tokens", usage.completionAudio())
                .endObject();
        return costDetails(json, upstream).endObject().toBytes();
    }
}
