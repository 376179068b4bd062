package dev.faregate.formats;

import io.netty.buffer.ByteBuf;
import tools.jackson.databind.JsonNode;

/// Reads the answer to one request of another format as a chat answer, whole or event by event. Serves one answer, on
/// one thread at a time, and keeps no more of it than where it stands.
public interface Reading {
    /// A whole answer as a whole chat answer.
    byte[] whole(JsonNode answer);

    /// Writes what an event amounts to as events of a chat stream, `[DONE]` included: at least one for whatever is
    /// progress, none for a ping.
    void event(JsonNode event, ByteBuf out);

    /// Writes what is left to say when the stream has ended properly.
    void end(ByteBuf out);
}
