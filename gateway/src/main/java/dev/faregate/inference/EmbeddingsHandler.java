package dev.faregate.inference;

import dev.faregate.chat.RequestKind;
import dev.faregate.http.Exchange;
import dev.faregate.http.Handler;

/// `POST /embeddings` (contract 2.1).
public final class EmbeddingsHandler implements Handler.Relay {
    private final RequestIntake intake;

    public EmbeddingsHandler(RequestIntake intake) {
        this.intake = intake;
    }

    @Override
    public void handle(Exchange exchange) {
        intake.take(exchange, RequestKind.EMBEDDINGS);
    }
}
