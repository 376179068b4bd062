package dev.faregate.skins;

import dev.faregate.base.Trees;
import tools.jackson.databind.node.ObjectNode;

/// Anthropic's Messages API (docs.anthropic.com, "Messages"; contract 2.1).
public final class MessagesSkin implements Skin {
    @Override
    public Worn wear(ObjectNode body) {
        return new Worn(Trees.bytes(MessagesRequest.chat(body)), new MessagesTelling());
    }
}
