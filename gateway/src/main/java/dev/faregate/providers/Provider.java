package dev.faregate.providers;

import dev.faregate.models.UpstreamProvider;
import io.netty.channel.EventLoop;

/// A provider as this installation can use it: its facts, its credential, and how to speak to it. Its
/// answers arrive as bytes in OpenAI's format. Safe to share between threads.
public interface Provider {
    UpstreamProvider facts();

    /// Begins a call: connecting may overlap the hold. Nothing of the request leaves before
    /// [ProviderCall#send].
    ProviderCall prepare(EventLoop loop, UpstreamListener listener);
}
