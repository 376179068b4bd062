package dev.faregate.testkit;

import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// How the scripted upstream treats one request. Immutable: every method that takes a value gives a
/// changed copy, so scripts are made by chaining:
/// `Script.answer().chunks(50).chunkDelay(ofMillis(10)).fault(new Fault.Reset(7))`.
public record Script(
        String name,
        Timing timing,
        Content content,
        Tokens tokens,
        UsageReport usage,
        Framing framing,
        Preface preface,
        Fault fault) {
    private static final int DEFAULT_CHUNKS = 8;
    private static final int DEFAULT_CHUNK_BYTES = 6;

    /// When bytes leave: `latency` from the whole request to the head, `chunkDelay` before each chunk but
    /// the first.
    public record Timing(Duration latency, Duration chunkDelay) {}

    /// What the answer says: `chunks` pieces of `chunkBytes` bytes, or the given `text` in as many
    /// pieces; before it `reasoningChunks` pieces of `reasoning_content`; after it the tool calls.
    public record Content(
            int chunks, int chunkBytes, @Nullable String text, int reasoningChunks, List<ToolCall> toolCalls) {
        public Content {
            if (chunks < 0 || chunkBytes < 0 || reasoningChunks < 0) {
                throw new IllegalArgumentException("content cannot be negative");
            }
            toolCalls = List.copyOf(toolCalls);
        }
    }

    /// How much it counts as. Absent `prompt`: one token per four bytes of request body, rounded up.
    /// Absent `completion`: one per piece, and `reasoning` on top. With `honourLimit` the
    /// `max_completion_tokens` (or `max_tokens`) of the request cuts the answer, which then finishes with
    /// `length`.
    public record Tokens(
            @Nullable Long prompt, @Nullable Long completion, long cached, long reasoning, boolean honourLimit) {
        public Tokens {
            if (cached < 0 || reasoning < 0) {
                throw new IllegalArgumentException("tokens cannot be negative; see UsageReport.Lie");
            }
        }
    }

    /// What comes before the body: 1xx answers, further headers, and whether the answer is given before
    /// the body of the request was read (only for scripts chosen by queue or default, as the model is not
    /// known yet).
    public record Preface(List<Integer> informational, List<Header> headers, boolean beforeRequestBody) {
        public Preface {
            informational = List.copyOf(informational);
            headers = List.copyOf(headers);
        }
    }

    /// A good answer at once: eight chunks, honest usage when asked for.
    public static Script answer() {
        return new Script(
                "",
                new Timing(Duration.ZERO, Duration.ZERO),
                new Content(DEFAULT_CHUNKS, DEFAULT_CHUNK_BYTES, null, 0, List.of()),
                new Tokens(null, null, 0, 0, true),
                UsageReport.OPENAI,
                Framing.USUAL,
                new Preface(List.of(), List.of(), false),
                Fault.NONE);
    }

    /// An answer with this text.
    public static Script saying(String text) {
        return answer().text(text);
    }

    /// An answer with this fault.
    public static Script failing(Fault fault) {
        return answer().fault(fault);
    }

    /// An HTTP error with OpenAI's error body.
    public static Script refusing(int status) {
        return failing(Fault.refuse(status));
    }

    /// The name, or else what is special about it, for records and logs.
    public String label() {
        if (!name.isEmpty()) {
            return name;
        }
        return fault instanceof Fault.None ? "answer" : fault.toString();
    }

    public Script name(String value) {
        return new Script(value, timing, content, tokens, usage, framing, preface, fault);
    }

    public Script latency(Duration value) {
        return timing(new Timing(value, timing.chunkDelay()));
    }

    public Script chunkDelay(Duration value) {
        return timing(new Timing(timing.latency(), value));
    }

    public Script chunks(int value) {
        return content(new Content(
                value, content.chunkBytes(), content.text(), content.reasoningChunks(), content.toolCalls()));
    }

    /// Bytes of text in each content chunk.
    public Script chunkBytes(int value) {
        return content(
                new Content(content.chunks(), value, content.text(), content.reasoningChunks(), content.toolCalls()));
    }

    public Script text(String value) {
        return content(new Content(
                content.chunks(), content.chunkBytes(), value, content.reasoningChunks(), content.toolCalls()));
    }

    public Script toolCalls(ToolCall... value) {
        return content(new Content(
                content.chunks(), content.chunkBytes(), content.text(), content.reasoningChunks(), List.of(value)));
    }

    /// Reasoning tokens, and how many chunks show them (0: counted but hidden, as OpenAI does).
    public Script reasoning(long tokenCount, int chunks) {
        return content(new Content(content.chunks(), content.chunkBytes(), content.text(), chunks, content.toolCalls()))
                .tokens(new Tokens(
                        tokens.prompt(), tokens.completion(), tokens.cached(), tokenCount, tokens.honourLimit()));
    }

    public Script promptTokens(long value) {
        return tokens(
                new Tokens(value, tokens.completion(), tokens.cached(), tokens.reasoning(), tokens.honourLimit()));
    }

    /// All completion tokens, reasoning included, whatever the number of chunks.
    public Script completionTokens(long value) {
        return tokens(new Tokens(tokens.prompt(), value, tokens.cached(), tokens.reasoning(), tokens.honourLimit()));
    }

    /// Prompt tokens read from the provider's cache; never more than there are prompt tokens.
    public Script cachedTokens(long value) {
        return tokens(
                new Tokens(tokens.prompt(), tokens.completion(), value, tokens.reasoning(), tokens.honourLimit()));
    }

    /// A provider that takes no notice of `max_tokens`.
    public Script ignoringLimit() {
        return tokens(new Tokens(tokens.prompt(), tokens.completion(), tokens.cached(), tokens.reasoning(), false));
    }

    public Script usage(UsageReport value) {
        return new Script(name, timing, content, tokens, value, framing, preface, fault);
    }

    public Script usage(UsageReport.When value) {
        return usage(usage.when(value));
    }

    public Script usage(UsageReport.Place value) {
        return usage(usage.place(value));
    }

    public Script usage(UsageReport.Lie value) {
        return usage(usage.lie(value));
    }

    public Script framing(Framing value) {
        return new Script(name, timing, content, tokens, usage, value, preface, fault);
    }

    public Script framing(Framing.Body value) {
        return framing(framing.body(value));
    }

    public Script framing(Framing.LineEnd value) {
        return framing(framing.lineEnd(value));
    }

    public Script framing(Framing.Split value) {
        return framing(framing.split(value));
    }

    /// 1xx answers before the real one, in this order.
    public Script informational(Integer... statuses) {
        return preface(new Preface(List.of(statuses), preface.headers(), preface.beforeRequestBody()));
    }

    /// Further response headers.
    public Script headers(Header... value) {
        return preface(new Preface(preface.informational(), List.of(value), preface.beforeRequestBody()));
    }

    /// Answers as soon as the head of the request is there; its body is read afterwards.
    public Script beforeRequestBody() {
        return preface(new Preface(preface.informational(), preface.headers(), true));
    }

    public Script fault(Fault value) {
        return new Script(name, timing, content, tokens, usage, framing, preface, value);
    }

    private Script timing(Timing value) {
        return new Script(name, value, content, tokens, usage, framing, preface, fault);
    }

    private Script content(Content value) {
        return new Script(name, timing, value, tokens, usage, framing, preface, fault);
    }

    private Script tokens(Tokens value) {
        return new Script(name, timing, content, value, usage, framing, preface, fault);
    }

    private Script preface(Preface value) {
        return new Script(name, timing, content, tokens, usage, framing, value, fault);
    }
}
