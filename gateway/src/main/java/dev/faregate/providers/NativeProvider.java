package dev.faregate.providers;

import dev.faregate.formats.Format;
import dev.faregate.models.UpstreamProvider;
import io.netty.channel.EventLoop;
import java.net.URI;
import org.jspecify.annotations.Nullable;

/// A provider that is asked in a wire format of its own. Requests are said in it and answers are read from it, so that
/// whoever asks sees a provider of OpenAI's format (ADR 37).
public final class NativeProvider implements Provider {
    private final UpstreamProvider facts;
    private final UpstreamClient client;
    private final Target target;
    private final TranslatedCall.Way way;
    private final Deadlines deadlines;

    /// `baseUrl` is the operator's or shipped; `embeddings` is null where the provider makes none. Throws
    /// `IllegalArgumentException` with words for whoever wrote it.
    NativeProvider(
            UpstreamProvider facts,
            UpstreamClient client,
            Format format,
            URI baseUrl,
            RequestHeaders credential,
            TranslatedCall.@Nullable Embeddings embeddings,
            Deadlines deadlines) {
        this(
                facts,
                client,
                Target.of(baseUrl, true),
                new TranslatedCall.Way(format, pathOf(baseUrl), SpokenFormats.lines(credential), null, embeddings),
                deadlines);
    }

    NativeProvider(
            UpstreamProvider facts, UpstreamClient client, Target target, TranslatedCall.Way way, Deadlines deadlines) {
        this.facts = facts;
        this.client = client;
        this.target = target;
        this.way = way;
        this.deadlines = deadlines;
    }

    /// What comes before the paths of the format.
    static String pathOf(URI baseUrl) {
        String path = Target.path(OpenAiProvider.below(baseUrl, ""));
        return path.equals("/") ? "" : path;
    }

    @Override
    public UpstreamProvider facts() {
        return facts;
    }

    @Override
    public ProviderCall prepare(EventLoop loop, UpstreamListener listener) {
        TranslatedAnswer answer = new TranslatedAnswer(loop, way.format(), listener);
        UpstreamCall call = client.prepare(loop, target, deadlines, answer);
        return new TranslatedCall(loop, call, answer, way);
    }
}
