package dev.faregate.skins;

import dev.faregate.base.Trees;
import java.time.InstantSource;
import tools.jackson.databind.node.ObjectNode;

/// OpenAI's Responses API without what that stores (platform.openai.com, "Responses"; contract 2.1).
public final class ResponsesSkin implements Skin {
    private final InstantSource clock;

    /// `clock` says when a response was completed.
    public ResponsesSkin(InstantSource clock) {
        this.clock = clock;
    }

    @Override
    public Worn wear(ObjectNode body) {
        byte[] chat = Trees.bytes(ResponsesRequest.chat(body));
        return new Worn(chat, new ResponsesTelling(new ResponsesEcho(body), clock));
    }
}
