package dev.faregate.accounts;

import dev.faregate.base.Json;
import dev.faregate.base.Secret;
import java.nio.charset.StandardCharsets;
import tools.jackson.databind.node.ObjectNode;

/// A mail: to whom, about what, and its text, which may hold a link that opens an account. One to nobody is never sent;
/// it is there so that asking for an unknown address leaves the same trace as asking for a known one.
record Mail(String to, String subject, Secret text) {
    private static final String NOBODY = "";

    static Mail toNobody(Mail like) {
        return new Mail(NOBODY, like.subject(), like.text());
    }

    boolean isToNobody() {
        return to.equals(NOBODY);
    }

    /// As it is sealed.
    Secret toJson() {
        return Secret.of(new String(
                Json.write(json -> {
                    json.writeStartObject();
                    json.writeStringProperty("to", to);
                    json.writeStringProperty("subject", subject);
                    json.writeStringProperty("text", text.reveal());
                    json.writeEndObject();
                }),
                StandardCharsets.UTF_8));
    }

    static Mail ofJson(Secret json) {
        ObjectNode mail = Json.readObject(json.reveal().getBytes(StandardCharsets.UTF_8));
        return new Mail(
                mail.path("to").asString(),
                mail.path("subject").asString(),
                Secret.of(mail.path("text").asString()));
    }
}
