package dev.faregate.inference;

import dev.faregate.http.Exchange;
import dev.faregate.http.Handler;
import dev.faregate.skins.Skin;

/// `POST /messages` and `POST /responses` (contract 2.1): a chat request in another wire format.
public final class SkinHandler implements Handler.Relay {
    private final RequestIntake intake;
    private final Skin skin;

    public SkinHandler(RequestIntake intake, Skin skin) {
        this.intake = intake;
        this.skin = skin;
    }

    @Override
    public void handle(Exchange exchange) {
        intake.skinned(exchange, skin);
    }
}
