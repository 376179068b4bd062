package dev.faregate.guardrails;

import dev.faregate.chat.ChatRequest;

/// One rule about what may be asked. Decides on the event loop, so it must be quick and must not block.
public interface Guardrail {
    Verdict judge(ChatRequest request);
}
