package dev.faregate.inference;

import dev.faregate.chat.RequestKind;
import dev.faregate.http.Exchange;
import dev.faregate.http.Handler;

/// `POST /chat/completions`, `/embeddings`, `/rerank`, `/images` and `/audio/transcriptions`
/// (contract 1.2, 2.1): a request of a kind, as it comes.
public final class RequestHandler implements Handler.Relay {
    private final RequestIntake intake;
    private final RequestKind kind;

    public RequestHandler(RequestIntake intake, RequestKind kind) {
        this.intake = intake;
        this.kind = kind;
    }

    @Override
    public void handle(Exchange exchange) {
        intake.take(exchange, kind);
    }
}
