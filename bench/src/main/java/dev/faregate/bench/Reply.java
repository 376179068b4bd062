package dev.faregate.bench;

import java.util.regex.Pattern;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// How one request ended for the client; `why` is empty for an answer.
record Reply(Kind kind, String why) {
    enum Kind {
        /// A whole answer with status 200.
        ANSWERED,
        /// Another status.
        REFUSED,
        /// Status 200, but cut or with an error inside; or no answer at all.
        BROKEN
    }

    private static final int OK = 200;
    private static final int MAX_WHY = 140;
    private static final Pattern NUMBERS = Pattern.compile("[0-9]+([.,][0-9]+)*");
    private static final Reply ANSWER = new Reply(Kind.ANSWERED, "");

    static Reply of(int status, String body, boolean stream) {
        if (status != OK) return new Reply(Kind.REFUSED, status + " " + words(body));
        boolean whole = stream ? body.contains("data: [DONE]") && !body.contains("\"error\"") : body.endsWith("}");
        return whole ? ANSWER : new Reply(Kind.BROKEN, "status 200, then cut or an error");
    }

    static Reply failed(Throwable cause) {
        Throwable root = cause;
        while (root.getCause() != null) root = root.getCause();
        return new Reply(Kind.BROKEN, root.getClass().getSimpleName());
    }

    /// What a refusal says, with numbers taken out, so that equal reasons count as one.
    private static String words(String body) {
        String message = NUMBERS.matcher(message(body)).replaceAll("N").strip();
        return message.length() <= MAX_WHY ? message : message.substring(0, MAX_WHY) + "...";
    }

    private static String message(String body) {
        try {
            JsonNode error = JsonMapper.shared().readTree(body).path("error");
            if (error.isString()) return error.asString();
            if (error.path("message").isString()) return error.path("message").asString();
        } catch (JacksonException e) {
            return body; // No JSON: shown as it is.
        }
        return body;
    }
}
