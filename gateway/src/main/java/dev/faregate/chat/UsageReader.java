package dev.faregate.chat;

import static dev.faregate.chat.JsonText.ascii;

import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/// Reads the `usage` object of an OpenAI-format answer, with the variants that providers are known to
/// send: DeepSeek's `prompt_cache_hit_tokens`, and null or missing details.
final class UsageReader {
    private static final byte[] PROMPT = ascii("prompt_tokens");
    private static final byte[] TOTAL = ascii("total_tokens");
    private static final byte[] COMPLETION = ascii("completion_tokens");
    private static final byte[] PROMPT_DETAILS = ascii("prompt_tokens_details");
    private static final byte[] COMPLETION_DETAILS = ascii("completion_tokens_details");
    private static final byte[] CACHED = ascii("cached_tokens");
    private static final byte[] CACHE_WRITE = ascii("cache_write_tokens");
    private static final byte[] CACHE_WRITE_HOUR = ascii("cache_write_1h_tokens");
    private static final byte[] CACHE_HIT = ascii("prompt_cache_hit_tokens");
    private static final byte[] REASONING = ascii("reasoning_tokens");
    private static final byte[] AUDIO = ascii("audio_tokens");
    private static final byte[] TOOLS = ascii("server_tool_use");
    private static final byte[] TOOL_DETAILS = ascii("server_tool_use_details");
    private static final byte[] SEARCHES = ascii("web_search_requests");
    private static final byte[] INPUT = ascii("input_tokens");
    private static final byte[] OUTPUT = ascii("output_tokens");
    private static final byte[] INPUT_DETAILS = ascii("input_tokens_details");
    private static final byte[] IMAGE = ascii("image_tokens");
    private static final byte[] INPUT_DETAIL = ascii("input_token_details");
    private static final byte[] SECONDS = ascii("seconds");
    private static final byte[] AUDIO_SECONDS = ascii("prompt_audio_seconds");
    private static final byte[] SEARCH_UNITS = ascii("search_units");
    private static final long ABSENT = -1;
    private static final long WRONG = -2;

    private final JsonCursor cursor;
    private final byte[] bytes;
    private final RequestKind kind;
    private long cached;
    private long cacheWrite;
    private long cacheWriteHour;
    private long reasoning;
    private long promptAudio;
    private long completionAudio;
    private long webSearches = TokenUsage.NOT_SAID;
    private long searchUnits = TokenUsage.NOT_SAID;
    private long promptImages;
    private long audioMillis = TokenUsage.NOT_SAID;

    private UsageReader(JsonCursor cursor, byte[] bytes, RequestKind kind) {
        this.kind = kind;
        this.cursor = cursor;
        this.bytes = bytes;
    }

    /// Reads the value at the cursor and leaves it behind. Null when it holds no usable usage.
    static @Nullable TokenUsage read(JsonCursor cursor, byte[] bytes) {
        return new UsageReader(cursor, bytes, RequestKind.CHAT).read();
    }

    /// As [#read], of an answer without a completion. Where only a total is given, as by Voyage, it is the prompt.
    static @Nullable TokenUsage readEmbeddings(JsonCursor cursor, byte[] bytes) {
        return new UsageReader(cursor, bytes, RequestKind.EMBEDDINGS).read();
    }

    /// As [#readEmbeddings], of a reranking: `usage`, or `meta.billed_units`, where Cohere has
    /// input tokens or search units. Where only these are given, no tokens are billed.
    static @Nullable TokenUsage readRerank(JsonCursor cursor, byte[] bytes) {
        return new UsageReader(cursor, bytes, RequestKind.RERANK).read();
    }

    /// As [#read], of images, where OpenAI has input and output tokens (API reference, "Create
    /// image").
    static @Nullable TokenUsage readImages(JsonCursor cursor, byte[] bytes) {
        return new UsageReader(cursor, bytes, RequestKind.IMAGES).read();
    }

    /// As [#read], of a transcript: OpenAI has tokens for some models and seconds for others (API
    /// reference, "Create transcription"), Mistral both. Where only seconds are given, no tokens are
    /// billed.
    static @Nullable TokenUsage readTranscription(JsonCursor cursor, byte[] bytes) {
        return new UsageReader(cursor, bytes, RequestKind.TRANSCRIPTIONS).read();
    }

    private @Nullable TokenUsage read() {
        if (cursor.peek() != '{') {
            cursor.skipValue();
            return null;
        }
        long prompt = ABSENT;
        long total = ABSENT;
        long completion = ABSENT;
        cursor.beginObject();
        while (cursor.nextKey()) {
            if (cursor.keyIs(PROMPT)) {
                prompt = tokens();
            } else if (cursor.keyIs(COMPLETION)) {
                completion = tokens();
            } else if (cursor.keyIs(TOTAL)) {
                total = tokens();
            } else if (namesInput() && cursor.keyIs(INPUT)) {
                prompt = prompt == ABSENT ? tokens() : skipped(prompt);
            } else if (namesOutput() && cursor.keyIs(OUTPUT)) {
                completion = completion == ABSENT ? tokens() : skipped(completion);
            } else if (kind == RequestKind.RERANK && cursor.keyIs(SEARCH_UNITS)) {
                searchUnits = Math.max(TokenUsage.NOT_SAID, tokens());
            } else if (kind == RequestKind.TRANSCRIPTIONS && (cursor.keyIs(SECONDS) || cursor.keyIs(AUDIO_SECONDS))) {
                audioMillis = Math.max(audioMillis, millis());
            } else if (cursor.keyIs(CACHE_HIT)) {
                cached = Math.max(cached, tokens());
            } else if (cursor.keyIs(PROMPT_DETAILS) || (namesOutput() && isInputDetails())) {
                promptDetails();
            } else if (cursor.keyIs(COMPLETION_DETAILS)) {
                completionDetails();
            } else if (cursor.keyIs(TOOLS) || cursor.keyIs(TOOL_DETAILS)) {
                toolDetails();
            } else {
                cursor.skipValue();
            }
        }
        if (kind == RequestKind.EMBEDDINGS || kind == RequestKind.RERANK) {
            prompt = prompt == ABSENT ? total : prompt;
            prompt = prompt == ABSENT && searchUnits != TokenUsage.NOT_SAID ? 0 : prompt;
            completion = 0;
        }
        if (audioMillis != TokenUsage.NOT_SAID && prompt == ABSENT && completion == ABSENT) {
            prompt = 0;
            completion = 0;
        }
        if (prompt < 0 || completion < 0) {
            return null;
        }
        return TokenUsage.plausible(new TokenUsage(
                prompt,
                completion,
                orZero(cached),
                orZero(cacheWrite),
                orZero(reasoning),
                orZero(promptAudio),
                orZero(completionAudio),
                webSearches,
                orZero(cacheWriteHour),
                searchUnits,
                orZero(promptImages),
                TokenUsage.NOT_SAID,
                audioMillis));
    }

    private boolean namesInput() {
        return kind == RequestKind.RERANK || namesOutput();
    }

    private boolean namesOutput() {
        return kind == RequestKind.IMAGES || kind == RequestKind.TRANSCRIPTIONS;
    }

    private boolean isInputDetails() {
        return cursor.keyIs(INPUT_DETAILS) || cursor.keyIs(INPUT_DETAIL);
    }

    /// A number of seconds, in milliseconds.
    private long millis() {
        int start = cursor.valueStart();
        boolean number = RequestReader.isNumber(cursor.peek());
        cursor.skipValue();
        return number
                ? TranscriptionRewriter.millis(
                        new String(bytes, start, cursor.position() - start, StandardCharsets.US_ASCII))
                : TokenUsage.NOT_SAID;
    }

    private long skipped(long known) {
        cursor.skipValue();
        return known;
    }

    private void promptDetails() {
        if (cursor.peek() != '{') {
            cursor.skipValue();
            return;
        }
        cursor.beginObject();
        while (cursor.nextKey()) {
            if (cursor.keyIs(CACHED)) {
                cached = Math.max(cached, tokens());
            } else if (cursor.keyIs(CACHE_WRITE)) {
                cacheWrite = tokens();
            } else if (cursor.keyIs(CACHE_WRITE_HOUR)) {
                cacheWriteHour = tokens();
            } else if (cursor.keyIs(AUDIO)) {
                promptAudio = tokens();
            } else if (kind == RequestKind.IMAGES && cursor.keyIs(IMAGE)) {
                promptImages = tokens();
            } else {
                cursor.skipValue();
            }
        }
    }

    private void toolDetails() {
        if (cursor.peek() != '{') {
            cursor.skipValue();
            return;
        }
        cursor.beginObject();
        while (cursor.nextKey()) {
            if (cursor.keyIs(SEARCHES)) {
                webSearches = Math.max(TokenUsage.NOT_SAID, tokens());
            } else {
                cursor.skipValue();
            }
        }
    }

    private void completionDetails() {
        if (cursor.peek() != '{') {
            cursor.skipValue();
            return;
        }
        cursor.beginObject();
        while (cursor.nextKey()) {
            if (cursor.keyIs(REASONING)) {
                reasoning = tokens();
            } else if (cursor.keyIs(AUDIO)) {
                completionAudio = tokens();
            } else {
                cursor.skipValue();
            }
        }
    }

    /// A whole number of tokens; [#ABSENT] for null, [#WRONG] for anything else.
    private long tokens() {
        int start = cursor.valueStart();
        byte first = cursor.peek();
        cursor.skipValue();
        int length = cursor.position() - start;
        if (first == 'n') {
            return ABSENT;
        }
        if (length > 18) {
            return WRONG;
        }
        long value = 0;
        for (int i = start; i < cursor.position(); i++) {
            int digit = bytes[i] - '0';
            if (digit < 0 || digit > 9) {
                return WRONG;
            }
            value = value * 10 + digit;
        }
        return value;
    }

    private static long orZero(long tokens) {
        return Math.max(0, tokens);
    }
}
