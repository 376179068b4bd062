package dev.faregate.providers;

import dev.faregate.chat.ChatRequest;
import dev.faregate.models.ModelEndpoint;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import org.jspecify.annotations.Nullable;

/// What goes to a provider: the client's request and what must differ from it.
///
/// @param request a view over `body`
/// @param body the buffer over the array of `request`; a provider that sends parts of it retains them
/// @param endpoint the model as the provider has it
/// @param outputLimit in tokens; 0 sends none
/// @param user the end user as the provider may know them, or null
public record Outgoing(
        ChatRequest request,
        ByteBuf body,
        ModelEndpoint endpoint,
        long outputLimit,
        @Nullable String user) {
    /// The provider's own name of the model.
    public String model() {
        return endpoint.upstreamModel();
    }

    /// The buffer over the array that `request` is a view over: the client's own, or that of a request which
    /// was put together here.
    public static ByteBuf source(ChatRequest request, ByteBuf received) {
        boolean own = received.hasArray() && received.array() == request.array();
        return own ? received : Unpooled.wrappedBuffer(request.array());
    }
}
