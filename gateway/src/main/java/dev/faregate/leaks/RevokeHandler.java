package dev.faregate.leaks;

import dev.faregate.http.BodyFields;
import dev.faregate.http.Request;
import dev.faregate.http.Response;
import dev.faregate.keys.Exposure;
import dev.faregate.keys.Exposures;
import dev.faregate.keys.KeyHash;
import java.util.List;
import java.util.function.LongSupplier;

/// `POST /credentials/revoke`: anybody who found keys hands them in, without a name. Whoever has the text of a
/// key could use it, so having it is proof enough that it is exposed; and the answer is always the same, so
/// nothing is learnt here. The shape is that of GitHub's call for the same purpose.
public final class RevokeHandler {
    /// Texts in one call.
    static final int MAX = 1_000;

    private static final int MAX_LENGTH = 1_000;

    /// Calls of one address; whoever found more keys than these hold sends them in one list.
    static final int REQUESTS_PER_MINUTE = 60;

    private final Exposures exposures;
    private final StrangerLimit limit;

    RevokeHandler(Exposures exposures, LongSupplier seconds) {
        this.exposures = exposures;
        this.limit = new StrangerLimit(REQUESTS_PER_MINUTE, seconds);
    }

    /// 202 whatever the texts are; 400 for a body that has none.
    public Response revoke(Request request) {
        limit.admit(request.head().remote(), "Too many calls from this address. Send many keys in one list.");
        List<String> texts = BodyFields.of(request.body()).findTexts("credentials", MAX, MAX_LENGTH);
        if (texts == null || texts.isEmpty()) {
            throw BodyFields.wrong("credentials", "must be a list of at least one text");
        }
        exposures.report(
                Exposure.Origin.ANYBODY,
                texts.stream()
                        .map(String::strip)
                        .filter(Findings::isCandidate)
                        .map(text -> new Exposures.Report(KeyHash.of(text), null, null))
                        .toList());
        return Response.json(202, json -> {
            json.writeStartObject();
            json.writeBooleanProperty("accepted", true);
            json.writeEndObject();
        });
    }
}
