package dev.faregate.providers;

import dev.faregate.chat.ChatRequest;
import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/// What goes to a provider: the client's request and what must differ from it.
///
/// @param request a view over `body`
/// @param body the client's body; a provider that sends parts of it retains them
/// @param model the provider's own name of the model
/// @param outputLimit in tokens; 0 sends none
/// @param user the end user as the provider may know them, or null
public record Outgoing(
        ChatRequest request,
        ByteBuf body,
        String model,
        long outputLimit,
        @Nullable String user) {}
