package dev.faregate.inference;

import dev.faregate.chat.RequestKind;
import dev.faregate.http.Exchange;
import dev.faregate.http.Handler;

/// `POST /chat/completions` (contract 2.1).
public final class ChatCompletionsHandler implements Handler.Relay {
    private final RequestIntake intake;

    public ChatCompletionsHandler(RequestIntake intake) {
        this.intake = intake;
    }

    @Override
    public void handle(Exchange exchange) {
        intake.take(exchange, RequestKind.CHAT);
    }
}
