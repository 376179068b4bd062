package dev.faregate.skins;

import dev.faregate.base.Trees;
import dev.faregate.http.EventStream;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// The numbered events of one response, or nothing where it is told as a whole.
final class ResponsesEvents {
    private ByteBuf out = Unpooled.EMPTY_BUFFER;
    private boolean live;
    private int sequence;

    /// From here on events go to `to`.
    void into(ByteBuf to) {
        out = to;
        live = true;
    }

    boolean live() {
        return live;
    }

    ObjectNode event(String type) {
        return JsonNodeFactory.instance.objectNode().put("type", type);
    }

    void send(ObjectNode event) {
        if (live) {
            event.put("sequence_number", sequence++);
            EventStream.event(out, event.path("type").stringValue(), Trees.bytes(event));
        }
    }
}
