package dev.faregate.providers;

import dev.faregate.formats.Format;
import dev.faregate.models.UpstreamProvider;
import io.netty.channel.EventLoop;
import java.net.URI;

/// A provider that is asked in a wire format of its own. Requests are said in it and answers are read from it, so that
/// whoever asks sees a provider of OpenAI's format (ADR 37).
public final class NativeProvider implements Provider {
    private final UpstreamProvider facts;
    private final UpstreamClient client;
    private final Format format;
    private final Target target;
    private final String basePath;
    private final RequestHeaders headers;
    private final Deadlines deadlines;

    /// `baseUrl` is the operator's or shipped. Throws `IllegalArgumentException` with words for whoever wrote it.
    NativeProvider(
            UpstreamProvider facts,
            UpstreamClient client,
            Format format,
            URI baseUrl,
            RequestHeaders credential,
            Deadlines deadlines) {
        this.facts = facts;
        this.client = client;
        this.format = format;
        this.target = Target.of(baseUrl, true);
        this.basePath = Target.path(OpenAiProvider.below(baseUrl, ""));
        this.headers = SpokenFormats.lines(credential);
        this.deadlines = deadlines;
    }

    @Override
    public UpstreamProvider facts() {
        return facts;
    }

    @Override
    public ProviderCall prepare(EventLoop loop, UpstreamListener listener) {
        TranslatedAnswer answer = new TranslatedAnswer(loop, format, listener);
        UpstreamCall call = client.prepare(loop, target, deadlines, answer);
        return new TranslatedCall(loop, call, answer, new TranslatedCall.Way(format, basePath, headers));
    }
}
