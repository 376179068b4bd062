package dev.faregate.inference;

import dev.faregate.keys.Caller;
import dev.faregate.routing.Candidate;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// What is kept beside a hold so that the generation can be recorded when this process does not live to
/// do it: who asked and where the request was about to go. Text of one line per field; the ledger does
/// not look into it.
record HoldContext(
        String organizationId,
        String workspaceId,
        String apiKeyId,
        String requestedModel,
        String model,
        String upstreamModel,
        String provider,
        String providerName,
        String endpoint,
        boolean streamed,
        Instant createdAt) {
    private static final char SEPARATOR = '\n';
    private static final int FIELDS = 11;

    static HoldContext of(Caller caller, @Nullable String requested, Candidate candidate, boolean stream, Instant at) {
        String model = candidate.model().id();
        return new HoldContext(
                caller.organizationId(),
                caller.workspaceId(),
                caller.keyId(),
                requested == null ? model : requested,
                model,
                candidate.endpoint().upstreamModel(),
                candidate.endpoint().provider().slug(),
                candidate.endpoint().provider().name(),
                candidate.endpoint().tag(),
                stream,
                at);
    }

    String encode() {
        StringBuilder text = new StringBuilder(256);
        add(text, organizationId);
        add(text, workspaceId);
        add(text, apiKeyId);
        add(text, requestedModel);
        add(text, model);
        add(text, upstreamModel);
        add(text, provider);
        add(text, providerName);
        add(text, endpoint);
        add(text, streamed ? "1" : "0");
        add(text, createdAt.toString());
        text.setLength(text.length() - 1);
        return text.toString();
    }

    private static void add(StringBuilder text, String field) {
        text.append(field.indexOf(SEPARATOR) < 0 ? field : field.replace(SEPARATOR, ' '))
                .append(SEPARATOR);
    }

    /// Empty when the text is not of this form (a hold of another version).
    static Optional<HoldContext> decode(@Nullable String text) {
        List<String> fields = text == null ? List.of() : List.of(text.split("\n", -1));
        if (fields.size() != FIELDS) {
            return Optional.empty();
        }
        return Optional.of(new HoldContext(
                fields.get(0),
                fields.get(1),
                fields.get(2),
                fields.get(3),
                fields.get(4),
                fields.get(5),
                fields.get(6),
                fields.get(7),
                fields.get(8),
                fields.get(9).equals("1"),
                Instant.parse(fields.get(10))));
    }
}
