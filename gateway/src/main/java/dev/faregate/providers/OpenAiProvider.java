package dev.faregate.providers;

import dev.faregate.base.OffLoop;
import dev.faregate.chat.ChatRequest;
import dev.faregate.chat.RequestKind;
import dev.faregate.chat.RequestSplice;
import dev.faregate.chat.TranscriptionUpload;
import dev.faregate.models.UpstreamProvider;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.EventLoop;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A provider that speaks OpenAI's format (platform.openai.com, "Create chat completion", "Create
/// embeddings", "Create image", "Create transcription"), as most do. The request is spliced, never
/// rebuilt, and goes out as slices of the client's own bytes; only one for a transcription is said
/// anew, as an upload.
public final class OpenAiProvider implements Provider {
    private static final Logger LOG = LoggerFactory.getLogger(OpenAiProvider.class);

    /// Stands in a path for the model's name there, encoded as a URL may have it.
    static final String MODEL = "%7Bmodel%7D";

    /// Below this many bytes one copy is cheaper than several buffers.
    private static final int COPY_BELOW = 8 * 1024;

    /// Where images are made of images (OpenAI, "Create image edit").
    private static final String EDITS = "/images/edits";

    /// How to reach the chat completions of somebody's account: the whole address, whether it stands in the
    /// operator's own file, the header line of the credential, and the model's name there where it is not the
    /// endpoint's.
    record Account(
            URI chatUrl,
            boolean trusted,
            RequestHeaders credential,
            @Nullable String model) {}

    private final UpstreamProvider facts;
    private final UpstreamClient client;
    private final Target target;
    private final Map<RequestKind, String> paths;
    private final boolean modelInPath;
    private final RequestHeaders headers;
    private final RequestHeaders uploads;
    private final Deadlines deadlines;
    private final boolean router;
    private final boolean developers;
    private final @Nullable String model;

    /// `trusted` says that the base URL stands in the operator's own file.
    OpenAiProvider(
            UpstreamProvider facts,
            UpstreamClient client,
            URI baseUrl,
            boolean trusted,
            RequestHeaders credential,
            Deadlines deadlines) {
        this(facts, client, new Account(chatUrl(baseUrl), trusted, credential, null), deadlines);
    }

    OpenAiProvider(UpstreamProvider facts, UpstreamClient client, Account account, Deadlines deadlines) {
        this.facts = facts;
        this.client = client;
        this.target = Target.of(account.chatUrl(), account.trusted());
        this.paths = paths(account.chatUrl(), facts.isRouter());
        this.modelInPath = Target.path(account.chatUrl()).contains(MODEL);
        this.headers = SpokenFormats.lines(account.credential());
        this.uploads = SpokenFormats.uploadLines(account.credential());
        this.deadlines = deadlines;
        this.router = facts.isRouter();
        this.developers = router || Quirks.knowsDevelopers(account.chatUrl());
        this.model = account.model();
    }

    /// Where the chat completions of a base URL are.
    static URI chatUrl(URI baseUrl) {
        return below(baseUrl, RequestKind.CHAT.path());
    }

    /// Where requests of each kind go: beside the chat completions, or to the same address where that is one of its
    /// own, such as that of a single deployment.
    static Map<RequestKind, String> paths(URI chatUrl, boolean router) {
        String chat = Target.path(chatUrl);
        int query = chat.indexOf('?');
        String path = query < 0 ? chat : chat.substring(0, query);
        String rest = chat.substring(path.length());
        String usual = RequestKind.CHAT.path();
        Map<RequestKind, String> paths = new EnumMap<>(RequestKind.class);
        for (RequestKind kind : RequestKind.values()) {
            String base = path.endsWith(usual) ? path.substring(0, path.length() - usual.length()) : null;
            paths.put(kind, base == null ? chat : base + (router ? kind.path() : kind.upstreamPath()) + rest);
        }
        return paths;
    }

    /// `path` below a base URL, whether or not that ends with a slash.
    static URI below(URI baseUrl, String path) {
        String whole = baseUrl.toString();
        int query = whole.indexOf('?');
        String base = query < 0 ? whole : whole.substring(0, query);
        return URI.create((base.endsWith("/") ? base.substring(0, base.length() - 1) : base) + path);
    }

    @Override
    public UpstreamProvider facts() {
        return facts;
    }

    @Override
    public ProviderCall prepare(EventLoop loop, UpstreamListener listener) {
        return new Call(loop, client.prepare(loop, target, deadlines, listener), listener);
    }

    private final class Call extends SentCall {
        private final EventLoop loop;
        private final UpstreamListener listener;
        private boolean over;

        Call(EventLoop loop, UpstreamCall call, UpstreamListener listener) {
            super(call);
            this.loop = loop;
            this.listener = listener;
        }

        @Override
        public void send(Outgoing outgoing) {
            ChatRequest.Facts facts = outgoing.request().facts();
            if (facts.kind() == RequestKind.TRANSCRIPTIONS && !router) {
                upload(outgoing);
                return;
            }
            UpstreamRequest.Answer answer =
                    streams(outgoing) ? UpstreamRequest.Answer.EVENTS : UpstreamRequest.Answer.WHOLE;
            String path = path(facts, outgoing);
            call.send(UpstreamRequest.post(path, headers, body(outgoing), answer));
        }

        /// A request for a transcription goes out as an upload, which other providers than routers take.
        private void upload(Outgoing outgoing) {
            ChatRequest request = outgoing.request();
            // How long the audio was is only said there; who bills by it has to be asked for it.
            boolean verbose = outgoing.endpoint().prices().priceSeconds()
                    && outgoing.endpoint().supports("response_format");
            // The exchange may end meanwhile and give its body back; this reference keeps the bytes.
            ByteBuf body = outgoing.body().retain();
            OffLoop.run(loop, () -> TranscriptionUpload.of(request, name(outgoing), verbose), said -> {
                body.release();
                if (!over) {
                    send(path(request.facts(), outgoing), said);
                }
            });
        }

        private void send(String path, Supplier<TranscriptionUpload> outcome) {
            TranscriptionUpload said;
            try {
                said = outcome.get();
            } catch (RuntimeException e) {
                LOG.error("a transcription cannot be said as an upload", e);
                call.cancel();
                listener.onFailure(new UpstreamFailure(
                        UpstreamFailure.Kind.INTERNAL, false, "the request cannot be said as an upload"));
                return;
            }
            RequestHeaders lines = uploads.plus(RequestHeaders.builder()
                    .add("Content-Type", said.contentType())
                    .build());
            UpstreamBody body = UpstreamBody.of(
                    Unpooled.wrappedBuffer(said.before()),
                    Unpooled.wrappedBuffer(said.audio()),
                    Unpooled.wrappedBuffer(said.after()));
            call.send(UpstreamRequest.post(path, lines, body, UpstreamRequest.Answer.WHOLE));
        }

        @Override
        public void cancel() {
            over = true;
            super.cancel();
        }
    }

    /// What the model is called there.
    private String name(Outgoing outgoing) {
        return model == null ? outgoing.model() : model;
    }

    private String path(ChatRequest.Facts facts, Outgoing outgoing) {
        String path = Objects.requireNonNull(paths.get(facts.kind()));
        if (facts.kind() == RequestKind.IMAGES && facts.extras().images() > 0) {
            path = path.replace(RequestKind.IMAGES.upstreamPath(), EDITS);
        }
        return modelInPath
                ? path.replace(
                        MODEL,
                        URLEncoder.encode(name(outgoing), StandardCharsets.UTF_8)
                                .replace("+", "%20"))
                : path;
    }

    /// A chat can come in events everywhere, an image where the catalogue says so, or another
    /// router sees to it.
    private boolean streams(Outgoing outgoing) {
        ChatRequest.Facts facts = outgoing.request().facts();
        return facts.stream()
                && (facts.kind() != RequestKind.IMAGES
                        || router
                        || outgoing.endpoint().supports("stream"));
    }

    private UpstreamBody body(Outgoing outgoing) {
        String name = name(outgoing);
        return body(
                outgoing,
                new RequestSplice(
                        name,
                        Quirks.limitField(facts, name),
                        outgoing.outputLimit(),
                        outgoing.user(),
                        router,
                        developers,
                        streams(outgoing)));
    }

    /// The client's request as `splice` has it sent.
    static UpstreamBody body(Outgoing outgoing, RequestSplice splice) {
        if (outgoing.request().bytes() < COPY_BELOW) {
            ByteBuf copy =
                    outgoing.body().alloc().directBuffer(outgoing.request().bytes() + 256);
            splice.write(outgoing.request(), new Copy(outgoing.body(), copy));
            return UpstreamBody.of(copy);
        }
        List<ByteBuf> parts = new ArrayList<>();
        splice.write(outgoing.request(), new Slices(outgoing.body(), parts));
        return UpstreamBody.of(parts.toArray(ByteBuf[]::new));
    }

    private record Copy(ByteBuf body, ByteBuf out) implements RequestSplice.Sink {
        @Override
        public void original(int from, int to) {
            out.writeBytes(body.array(), from, to - from);
        }

        @Override
        public void inserted(byte[] bytes) {
            out.writeBytes(bytes);
        }
    }

    private record Slices(ByteBuf body, List<ByteBuf> parts) implements RequestSplice.Sink {
        @Override
        public void original(int from, int to) {
            parts.add(body.retainedSlice(from - body.arrayOffset(), to - from));
        }

        @Override
        public void inserted(byte[] bytes) {
            parts.add(Unpooled.wrappedBuffer(bytes));
        }
    }
}
