package dev.faregate.testkit;

import java.io.IOException;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// Requests and readings that the tests of this module share.
final class Requests {
    static final String PATH = "/v1/chat/completions";
    static final String WHOLE = "{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]}";
    static final String STREAM =
            "{\"model\":\"m\",\"stream\":true,\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]}";
    static final String STREAM_WITH_USAGE =
            "{\"model\":\"m\",\"stream\":true,\"stream_options\":{\"include_usage\":true},\"messages\":[]}";

    private Requests() {}

    static RawClient connect(ScriptedUpstream upstream) throws IOException {
        return RawClient.connect(upstream.host(), upstream.port());
    }

    static RawClient.Response ask(ScriptedUpstream upstream, String body, Header... headers) throws IOException {
        try (RawClient client = connect(upstream)) {
            return client.post(PATH, body, headers).response();
        }
    }

    static Streamed stream(ScriptedUpstream upstream, String body) throws IOException {
        try (RawClient client = connect(upstream)) {
            client.post(PATH, body);
            RawClient.Head head = client.head();
            EventReader events = client.events(head);
            List<String> data = events.all();
            return new Streamed(head, data, events.ending(), events.endedInsideEvent());
        }
    }

    static JsonNode json(String text) {
        return JsonMapper.shared().readTree(text);
    }

    /// A stream read to its end.
    record Streamed(RawClient.Head head, List<String> data, RawClient.Ending ending, boolean insideEvent) {
        boolean done() {
            return !data.isEmpty() && data.getLast().equals("[DONE]");
        }

        /// The content of all choices 0, joined.
        String text() {
            StringBuilder text = new StringBuilder();
            for (String event : data) {
                if (event.startsWith("{")) {
                    text.append(json(event).at("/choices/0/delta/content").asString(""));
                }
            }
            return text.toString();
        }
    }
}
