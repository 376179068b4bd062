package dev.faregate.skins;

import dev.faregate.base.Trees;
import java.time.InstantSource;
import tools.jackson.databind.node.ObjectNode;

/// OpenAI's Responses API without what that stores (platform.openai.com, "Responses"; contract 2.1).
public final class ResponsesSkin implements Skin {
    private final InstantSource clock;
    private final int fileParts;

    /// `clock` says when a response was completed; a request has at most `fileParts` files.
    public ResponsesSkin(InstantSource clock, int fileParts) {
        this.clock = clock;
        this.fileParts = fileParts;
    }

    @Override
    public Worn wear(ObjectNode body) {
        byte[] chat = Trees.bytes(ResponsesRequest.chat(body, fileParts));
        return new Worn(chat, new ResponsesTelling(new ResponsesEcho(body), clock));
    }
}
