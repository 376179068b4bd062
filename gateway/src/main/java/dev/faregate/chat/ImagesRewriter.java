package dev.faregate.chat;

import static dev.faregate.chat.JsonText.quoted;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.CompositeByteBuf;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Turns an answer with images, as OpenAI and OpenRouter give it, into ours (contract 2.1, 4): each
/// image with its media type, our usage in place of theirs. An image is megabytes of base64, so the
/// bytes are checked as they arrive and then sent as they came. Unknown members pass.
///
/// A stream is taken event by event: [#takeOfEvent], [#endEvent], then [#passed] or [#completed].
public final class ImagesRewriter extends AnswerCodec implements PassedAnswer {
    /// What a partial image is billed as (OpenAI, "Image generation", cost of streaming).
    public static final int TOKENS_PER_PARTIAL_IMAGE = 100;

    /// What an event amounts to.
    public enum Event {
        /// Nothing for the client.
        NOTHING,
        /// A partial result.
        PASSED,
        /// The image.
        COMPLETED
    }

    /// How base64 of an image begins, its first slash perhaps escaped, and what it is.
    private enum Signature {
        PNG("iVBORw0K", "image/png"),
        JPEG("/9j/", "image/jpeg"),
        ESCAPED_JPEG("\\/9j\\/", "image/jpeg"),
        WEBP("UklGR", "image/webp"),
        GIF("R0lGOD", "image/gif"),
        SVG("PHN2Zy", "image/svg+xml"),
        XML("PD94bWwg", "image/svg+xml");

        private static final int MOST = 8;

        private final String begin;
        private final String mediaType;

        Signature(String begin, String mediaType) {
            this.begin = begin;
            this.mediaType = mediaType;
        }
    }

    private static final int MAX_DIGITS = 12;
    private static final String DATA = "data: ";
    private static final String EVENT_END = "}\n\n";
    private static final String DONE = "data: [DONE]\n\n";

    private final long created;
    private final int most;
    private final ImageDocument document;
    private final JsonPieces pieces;
    private ImageEvent event = new ImageEvent();
    private int images;
    private int partial;
    private long textBytes;

    /// `most`: so many images were asked for.
    ImagesRewriter(AnswerIdentity id, int most) {
        this.created = id.created();
        this.most = most;
        this.document = new ImageDocument(most);
        this.pieces = new JsonPieces(document);
    }

    @Override
    public long images() {
        return images;
    }

    /// What was passed on of an image that is not finished.
    @Override
    public long deliveredBytes() {
        return (long) TOKENS_PER_PARTIAL_IMAGE * partial + textBytes;
    }

    /// Whether the image of a stream came.
    public boolean finished() {
        return images > 0;
    }

    // ---- whole answers ------------------------------------------------------------------------------------------

    @Override
    public void take(ByteBuf bytes) {
        pieces.feed(bytes);
    }

    @Override
    public @Nullable String end() {
        pieces.end();
        upstreamId = document.id;
        upstreamModel = document.model;
        upstreamError = document.error;
        usage = document.usage;
        String wrong = document.wrong();
        if (wrong == null) {
            images = document.images.size();
            usage = usage == null ? null : usage.withImages(images);
        }
        return wrong;
    }

    @Override
    public ByteBuf answer(ByteBuf bytes, byte[] usageJson, ByteBufAllocator alloc) {
        Parts parts = new Parts(bytes, alloc).text("{\"created\":" + createdOr(document.created) + ",\"data\":[");
        String separator = "";
        for (ImageDocument.Image image : document.images) {
            parts.text(separator).slice(image.from(), image.to() - 1);
            if (!image.typed()) {
                parts.text(mediaType(bytes, image.base64From()));
            }
            parts.text("}");
            separator = ",";
        }
        return parts.text("]")
                .members(document.passed)
                .text(",\"usage\":" + utf8(usageJson) + "}")
                .whole();
    }

    /// The same as the stream that the client asked for, of a provider that made none.
    public ByteBuf events(ByteBuf bytes, byte[] usageJson, ByteBufAllocator alloc) {
        ImageDocument.Image image = document.images.getFirst();
        return new Parts(bytes, alloc)
                .text(DATA + "{\"type\":\"" + ImageEvent.Type.COMPLETED.word() + "\",\"b64_json\":")
                .slice(image.base64From(), image.base64To())
                .text(",\"created\":" + createdOr(document.created) + mediaType(bytes, image.base64From())
                        + ",\"usage\":" + utf8(usageJson) + EVENT_END + DONE)
                .whole();
    }

    // ---- streams ------------------------------------------------------------------------------------------------

    /// Looks at the next bytes of an event's data. Throws [MalformedJson] once they are none.
    public void takeOfEvent(byte[] bytes, int from, int to) {
        event.feed(bytes, from, to);
    }

    /// The event ended. Throws [MalformedJson].
    public Event endEvent() {
        event.end();
        upstreamError = upstreamError == null ? event.error : upstreamError;
        Event found = switch (event.type) {
            case PARTIAL -> event.base64From < 0 ? Event.NOTHING : Event.PASSED;
            case TEXT -> Event.PASSED;
            case COMPLETED -> event.base64From < 0 ? Event.NOTHING : Event.COMPLETED;
            case OTHER -> Event.NOTHING;
        };
        if (event.error != null || images == most) {
            found = Event.NOTHING;
        }
        if (found == Event.COMPLETED) {
            images++;
            usage = event.usage == null ? null : event.usage.withImages(images);
        } else {
            event = found == Event.PASSED ? event : new ImageEvent();
        }
        return found;
    }

    /// A partial result as the client gets it; `bytes` is the event's data. The caller owns the
    /// result.
    public ByteBuf passed(ByteBuf bytes, ByteBufAllocator alloc) {
        ImageEvent passing = event;
        event = new ImageEvent();
        Parts parts = new Parts(bytes, alloc)
                .text(DATA + "{\"type\":\"" + passing.type.word() + "\"")
                .members(passing.passed);
        if (passing.type == ImageEvent.Type.TEXT) {
            textBytes += bytes.readableBytes();
        } else {
            parts.text(passing.indexed ? "" : ",\"partial_image_index\":" + partial);
            partial++;
        }
        return parts.text(EVENT_END).whole();
    }

    /// The image as the client gets it, and the end of the stream; `bytes` is the data of its
    /// event. The caller owns the result.
    public ByteBuf completed(ByteBuf bytes, byte[] usageJson, ByteBufAllocator alloc) {
        String type = event.mediaType;
        return new Parts(bytes, alloc)
                .text(DATA + "{\"type\":\"" + ImageEvent.Type.COMPLETED.word() + "\"")
                .members(event.passed)
                .text(",\"created\":" + createdOr(event.created)
                        + (type == null ? mediaType(bytes, event.base64From) : ",\"media_type\":" + quoted(type))
                        + ",\"usage\":" + utf8(usageJson) + EVENT_END + DONE)
                .whole();
    }

    /// Writes the last event of a stream that failed after its first byte (contract 2.1, `POST
    /// /images`).
    public static void errorEvent(String code, @Nullable String type, String message, ByteBuf out) {
        String json = "{\"type\":\"error\",\"error\":{\"code\":" + quoted(code) + ",\"message\":" + quoted(message)
                + (type == null ? "" : ",\"type\":" + quoted(type)) + "}";
        out.writeBytes((DATA + json + EVENT_END + DONE).getBytes(StandardCharsets.UTF_8));
    }

    // ---- parts --------------------------------------------------------------------------------------------------

    private long createdOr(long stated) {
        return stated > 0 ? stated : created;
    }

    /// `,"media_type":"..."`, told by how the image begins, or nothing.
    private static String mediaType(ByteBuf bytes, int base64) {
        int from = bytes.readerIndex() + base64 + 1;
        int length = Math.min(Signature.MOST, bytes.writerIndex() - from);
        String begin = bytes.toString(from, length, StandardCharsets.ISO_8859_1);
        for (Signature known : Signature.values()) {
            if (begin.startsWith(known.begin)) {
                return ",\"media_type\":\"" + known.mediaType + "\"";
            }
        }
        return "";
    }

    static @Nullable String text(byte @Nullable [] value) {
        return value == null || value[0] != '"' ? null : cursor(value).readString();
    }

    static @Nullable TokenUsage usage(byte @Nullable [] value) {
        return value == null ? null : UsageReader.readImages(cursor(value), value);
    }

    static @Nullable String object(JsonPieces.Place place, byte @Nullable [] value) {
        return place.absent() || value == null ? null : utf8(value);
    }

    /// A whole number of seconds; 0 for anything else.
    static long number(byte @Nullable [] value) {
        if (value == null || value.length > MAX_DIGITS) {
            return 0;
        }
        String text = utf8(value);
        return text.chars().allMatch(c -> c >= '0' && c <= '9') ? Long.parseLong(text) : 0;
    }

    private static JsonCursor cursor(byte[] value) {
        return new JsonCursor().reset(value, 0, value.length);
    }

    private static String utf8(byte[] value) {
        return new String(value, StandardCharsets.UTF_8);
    }

    /// An answer of slices of the provider's bytes and texts of ours, off the heap.
    private static final class Parts {
        private final ByteBuf bytes;
        private final ByteBufAllocator alloc;
        private final CompositeByteBuf whole;

        Parts(ByteBuf bytes, ByteBufAllocator alloc) {
            this.bytes = bytes;
            this.alloc = alloc;
            this.whole = alloc.compositeBuffer(Integer.MAX_VALUE);
        }

        Parts text(String text) {
            byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
            if (utf8.length > 0) {
                whole.addComponent(true, alloc.directBuffer(utf8.length).writeBytes(utf8));
            }
            return this;
        }

        Parts slice(int from, int to) {
            whole.addComponent(true, bytes.retainedSlice(bytes.readerIndex() + from, to - from));
            return this;
        }

        Parts members(List<JsonPieces.Place> places) {
            for (JsonPieces.Place place : places) {
                text(",").slice(place.from(), place.to());
            }
            return this;
        }

        ByteBuf whole() {
            return whole;
        }
    }
}
