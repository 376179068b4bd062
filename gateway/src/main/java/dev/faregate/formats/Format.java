package dev.faregate.formats;

import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/// A wire format that a provider speaks instead of OpenAI's. Safe to share between threads.
public interface Format {
    /// Where such a request goes, below the provider's base URL: an encoded path and its query.
    String path(Wanted wanted);

    /// Says a chat request in this format. Throws `ApiException` with a 400 that names the field for what this format
    /// cannot say and an answer would miss; what only tunes it is left out. Not for an event loop where the body is
    /// large.
    Said say(ObjectNode chat, Wanted wanted);

    /// A provider's error answer as a provider of OpenAI's format would give it.
    Refusal refusal(int status, byte[] body);

    /// What is asked of a provider beyond what the client wrote.
    ///
    /// @param model the provider's own name of the model
    /// @param outputLimit in tokens; 0 where nobody set one
    /// @param mostOutput in tokens, what the model can do at most; 0 where nobody knows
    /// @param user the end user as the provider may know them, or null
    record Wanted(
            String model,
            long outputLimit,
            long mostOutput,
            @Nullable String user,
            boolean stream) {
        Wanted withModel(String name) {
            return new Wanted(name, outputLimit, mostOutput, user, stream);
        }
    }

    /// A request in this format, and how its answer is read.
    record Said(byte[] body, Reading answer) {}

    /// An error answer: `body` has an `error` object like OpenAI's; `retryAfter` is in seconds, 0 where it says
    /// nothing.
    @SuppressWarnings("ArrayRecordComponent") // handed on, never compared
    record Refusal(int status, byte[] body, int retryAfter) {
        Refusal(int status, byte[] body) {
            this(status, body, 0);
        }

        /// Of a request that cannot be said at all: a 400 with our own words.
        public static Refusal ofOurs(String why) {
            return new Refusal(400, ChatErrors.body(why));
        }
    }
}
