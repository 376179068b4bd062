package dev.faregate.skins;

import tools.jackson.databind.node.ObjectNode;

/// A wire format that chat requests and their answers can wear.
public interface Skin {
    /// Says a request of this format as a chat request. Throws `ApiException` with a 400 that names the field in the
    /// words of this format. Not for an event loop: the body may be large.
    Worn wear(ObjectNode body);

    /// A request in its chat form, and how its answer is told.
    record Worn(byte[] chat, Telling answer) {}
}
