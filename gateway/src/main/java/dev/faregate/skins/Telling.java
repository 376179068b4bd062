package dev.faregate.skins;

import dev.faregate.http.EventStream;
import dev.faregate.http.WireError;
import io.netty.buffer.ByteBuf;
import tools.jackson.databind.JsonNode;

/// Tells the answer of one chat request in another wire format, whole or event by event. Serves one answer, on one
/// thread at a time, and keeps no more of it than where it stands.
public interface Telling {
    /// A whole chat answer.
    byte[] whole(JsonNode chat);

    /// What the next chunk of a chat stream amounts to: any number of whole events. Throws `IllegalStateException`
    /// when this format has no way to say it.
    void chunk(JsonNode chunk, ByteBuf out);

    /// What keeps a silent stream open: a comment, where the format has no event for it.
    default void keepAlive(ByteBuf out) {
        out.writeBytes(EventStream.keepAlive());
    }

    /// The end of a stream that is complete, in most formats OpenAI's.
    default void done(ByteBuf out) {
        out.writeBytes(EventStream.done());
    }

    /// The end of a stream that failed after its first byte.
    void broken(WireError error, ByteBuf out);

    /// The body of a failure before the first byte; `generation` is the id of the request.
    byte[] error(WireError error, String generation);
}
