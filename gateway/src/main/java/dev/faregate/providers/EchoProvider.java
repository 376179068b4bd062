package dev.faregate.providers;

import dev.faregate.base.Json;
import dev.faregate.chat.ChatRequest;
import dev.faregate.models.UpstreamProvider;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.EventLoop;
import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.function.Consumer;
import tools.jackson.core.JsonGenerator;

/// The built-in free model `faregate/echo`: it repeats the last user message, word by word, so that every
/// example runs without a provider. It says what it is, is deterministic, and speaks the same wire format
/// as a real upstream, so that requests to it take the same path.
public final class EchoProvider implements Provider {
    static final String PREFIX = "[faregate/echo, a built-in test model] You said: ";
    private static final int MAX_ECHO_CHARS = 4_000;

    private final UpstreamProvider facts;

    public EchoProvider(UpstreamProvider facts) {
        this.facts = facts;
    }

    @Override
    public UpstreamProvider facts() {
        return facts;
    }

    @Override
    public ProviderCall prepare(EventLoop loop, UpstreamListener listener) {
        return new EchoCall(loop, listener);
    }

    /// One token is one word with the space before it.
    static List<String> words(String text) {
        List<String> words = new ArrayList<>();
        int start = 0;
        for (int i = 1; i <= text.length(); i++) {
            if (i == text.length() || (text.charAt(i) == ' ' && text.charAt(i - 1) != ' ')) {
                words.add(text.substring(start, i));
                start = i;
            }
        }
        return words;
    }

    private static final class EchoCall implements ProviderCall {
        private final EventLoop loop;
        private final UpstreamListener listener;
        private final Queue<ByteBuf> queue = new ArrayDeque<>();
        private boolean paused;
        private boolean cancelled;
        private boolean scheduled;

        EchoCall(EventLoop loop, UpstreamListener listener) {
            this.loop = loop;
            this.listener = listener;
        }

        @Override
        public void send(Outgoing outgoing) {
            ChatRequest request = outgoing.request();
            String said = request.lastUserText();
            List<String> words = words(PREFIX + said.substring(0, said.offsetByCodePoints(0, shown(said))));
            boolean cut = outgoing.outputLimit() > 0 && outgoing.outputLimit() < words.size();
            List<String> answer = cut ? words.subList(0, (int) outgoing.outputLimit()) : words;
            long promptTokens = Math.max(1, words(said).size());
            String finish = cut ? "length" : "stop";
            boolean stream = request.facts().stream();
            if (stream) {
                answer.forEach(word -> queue.add(event(json -> delta(json, word))));
                queue.add(event(json -> finish(json, finish)));
                queue.add(event(json -> usageChunk(json, promptTokens, answer.size())));
                queue.add(bytes("data: [DONE]\n\n"));
            } else {
                queue.add(Unpooled.wrappedBuffer(
                        Json.write(json -> whole(json, String.join("", answer), finish, promptTokens, answer.size()))));
            }
            HttpHeaders headers = new DefaultHttpHeaders();
            headers.set(HttpHeaderNames.CONTENT_TYPE, stream ? "text/event-stream" : "application/json");
            loop.execute(() -> {
                if (!cancelled) {
                    listener.onHead(200, headers);
                    schedule();
                }
            });
        }

        /// Code points of the text that are echoed.
        private static int shown(String said) {
            return Math.min(MAX_ECHO_CHARS, said.codePointCount(0, said.length()));
        }

        private void schedule() {
            if (!scheduled && !paused && !cancelled) {
                scheduled = true;
                loop.execute(this::next);
            }
        }

        private void next() {
            scheduled = false;
            if (cancelled || paused) {
                return;
            }
            ByteBuf part = queue.poll();
            if (part == null) {
                listener.onEnd();
                return;
            }
            listener.onBody(part);
            listener.onReadComplete();
            schedule();
        }

        @Override
        public void cancel() {
            cancelled = true;
            queue.clear();
        }

        @Override
        public void pause() {
            paused = true;
        }

        @Override
        public void resume() {
            paused = false;
            schedule();
        }

        @Override
        public void progress() {}
    }

    private static ByteBuf event(Consumer<JsonGenerator> write) {
        return Unpooled.wrappedBuffer(ascii("data: "), Json.write(write), ascii("\n\n"));
    }

    private static ByteBuf bytes(String text) {
        return Unpooled.wrappedBuffer(ascii(text));
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    private static void delta(JsonGenerator json, String word) {
        json.writeStartObject();
        json.writeArrayPropertyStart("choices");
        json.writeStartObject();
        json.writeNumberProperty("index", 0);
        json.writeObjectPropertyStart("delta");
        if (word.startsWith("[faregate/echo")) {
            json.writeStringProperty("role", "assistant");
        }
        json.writeStringProperty("content", word);
        json.writeEndObject();
        json.writeNullProperty("finish_reason");
        json.writeEndObject();
        json.writeEndArray();
        json.writeEndObject();
    }

    private static void finish(JsonGenerator json, String reason) {
        json.writeStartObject();
        json.writeArrayPropertyStart("choices");
        json.writeStartObject();
        json.writeNumberProperty("index", 0);
        json.writeObjectPropertyStart("delta");
        json.writeEndObject();
        json.writeStringProperty("finish_reason", reason);
        json.writeEndObject();
        json.writeEndArray();
        json.writeEndObject();
    }

    private static void usageChunk(JsonGenerator json, long prompt, long completion) {
        json.writeStartObject();
        json.writeArrayPropertyStart("choices");
        json.writeEndArray();
        usage(json, prompt, completion);
        json.writeEndObject();
    }

    private static void whole(JsonGenerator json, String text, String reason, long prompt, long completion) {
        json.writeStartObject();
        json.writeArrayPropertyStart("choices");
        json.writeStartObject();
        json.writeNumberProperty("index", 0);
        json.writeObjectPropertyStart("message");
        json.writeStringProperty("role", "assistant");
        json.writeStringProperty("content", text);
        json.writeEndObject();
        json.writeStringProperty("finish_reason", reason);
        json.writeEndObject();
        json.writeEndArray();
        usage(json, prompt, completion);
        json.writeEndObject();
    }

    private static void usage(JsonGenerator json, long prompt, long completion) {
        json.writeObjectPropertyStart("usage");
        json.writeNumberProperty("prompt_tokens", prompt);
        json.writeNumberProperty("completion_tokens", completion);
        json.writeNumberProperty("total_tokens", prompt + completion);
        json.writeEndObject();
    }
}
