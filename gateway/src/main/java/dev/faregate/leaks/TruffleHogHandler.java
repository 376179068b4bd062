package dev.faregate.leaks;

import dev.faregate.base.ApiError;
import dev.faregate.base.ApiException;
import dev.faregate.base.Json;
import dev.faregate.http.Request;
import dev.faregate.http.Response;
import dev.faregate.keys.Keys;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongSupplier;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// Whether texts that TruffleHog found are live keys (the `verify` endpoint of its custom detectors, see
/// deploy/scanners). It posts `{"DETECTOR": {"NAME": ["whole match", "first group"]}}` and takes 200 for live.
///
/// Open to everybody: whoever has a key learns no more here than by using it. Of a text that is no live key
/// nothing is told but that; using the key would tell more. Nothing here counts as a use of a key, and no text
/// is written anywhere. Addresses have a count of their own, so asking here takes nothing from the failed
/// authentications that they may have. Safe to share between threads; blocks.
public final class TruffleHogHandler {
    /// Far more than TruffleHog sends for one find.
    static final int MAX_TEXTS = 100;

    static final int MAX_BODY_BYTES = 64 * 1024;

    /// Finds of one scan come one by one; a repository with more keys than this in a minute waits.
    static final int REQUESTS_PER_MINUTE = 60;

    private final Keys keys;

    private final StrangerLimit limit;

    TruffleHogHandler(Keys keys, LongSupplier seconds) {
        this.keys = keys;
        this.limit = new StrangerLimit(REQUESTS_PER_MINUTE, seconds);
    }

    /// `POST /hooks/verify/trufflehog`: 200 when one of the texts is a key that opens anything now, else 401.
    public Response verify(Request request) {
        limit.admit(request.head().remote(), "Too many keys are asked about from this address.");
        if (!keys.anyOpens(texts(request.body()))) {
            throw new ApiException(new ApiError.Unauthenticated("not_live", "This is no live key of this server."));
        }
        return Response.json(200, json -> {
            json.writeStartObject();
            json.writeBooleanProperty("live", true);
            json.writeEndObject();
        });
    }

    private static List<String> texts(byte[] body) {
        if (body.length > MAX_BODY_BYTES) {
            throw new ApiException(new ApiError.BodyTooLarge(MAX_BODY_BYTES));
        }
        List<String> texts = new ArrayList<>();
        for (JsonNode detector : Json.readObject(body)) {
            if (!(detector instanceof ObjectNode)) {
                throw notTruffleHogs();
            }
            for (JsonNode matches : detector) {
                if (!matches.isArray()) {
                    throw notTruffleHogs();
                }
                for (JsonNode text : matches) {
                    if (!text.isString()) {
                        throw notTruffleHogs();
                    }
                    texts.add(text.asString());
                }
            }
        }
        if (texts.isEmpty()) {
            throw notTruffleHogs();
        }
        if (texts.size() > MAX_TEXTS) {
            throw bad("At most " + MAX_TEXTS + " texts can be asked about at once.");
        }
        return texts;
    }

    private static ApiException notTruffleHogs() {
        return bad("The body must be as TruffleHog sends it: {\"FaregateKey\": {\"token\": [\"sk-fg-...\"]}}.");
    }

    private static ApiException bad(String message) {
        return new ApiException(new ApiError.BadRequest(message, null));
    }
}
