package dev.faregate.inference;

import dev.faregate.http.Exchange;
import dev.faregate.http.Handler;
import dev.faregate.skins.Skin;

/// `POST /messages/count_tokens` (docs.anthropic.com, "Count tokens in a Message"): about how long a prompt is, before
/// anybody pays for it. Counts as a request of its key, and costs nothing.
public final class TokenCountHandler implements Handler.Relay {
    private final RequestIntake intake;
    private final Skin skin;

    public TokenCountHandler(RequestIntake intake, Skin skin) {
        this.intake = intake;
        this.skin = skin;
    }

    @Override
    public void handle(Exchange exchange) {
        intake.count(exchange, skin);
    }
}
