package dev.faregate.chat;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// Reads what requests that are no chats have in common, whatever a model makes of their inputs.
abstract sealed class InputsReader extends RequestReader
        permits EmbeddingsRequestReader, ImagesRequestReader, RerankRequestReader, TranscriptionRequestReader {
    private final RequestKind kind;
    private final String made;

    /// So many were read.
    int inputs;

    /// Events are wanted.
    boolean stream;

    private @Nullable String model;
    private @Nullable String user;
    private @Nullable String sessionId;
    private ProviderPreferences preferences = ProviderPreferences.NONE;

    /// `made`: the word for what comes of them.
    InputsReader(RequestKind kind, String made, Limits limits) {
        super(limits);
        this.kind = kind;
        this.made = made;
    }

    /// Forgets the inputs of the request before.
    abstract void clearInputs();

    /// True for a field that must not be null.
    abstract boolean isInput(String name);

    /// Reads the value of a field that only such requests have, or skips it.
    abstract void ownValue(String name);

    /// Refuses inputs that only the whole shows to be wrong.
    abstract void checkInputs();

    abstract ChatRequest.Extras extras();

    /// How many answers are wanted.
    int choices() {
        return 1;
    }

    /// Whether the answer can come in events.
    boolean streams() {
        return false;
    }

    @Override
    final void clear() {
        inputs = 0;
        stream = false;
        model = null;
        user = null;
        sessionId = null;
        preferences = ProviderPreferences.NONE;
        clearInputs();
    }

    @Override
    final ChatRequest.Facts facts() {
        return new ChatRequest.Facts(
                kind,
                model,
                List.of(),
                stream,
                false,
                0,
                choices(),
                inputs,
                images > 0 || otherMedia,
                0,
                user,
                sessionId,
                preferences,
                extras(),
                null,
                null);
    }

    @Override
    final void check(List<ChatRequest.Member> members) {
        if (model == null) {
            throw bad("'model' is required.", "model");
        }
        checkInputs();
    }

    @Override
    final void value(String name) {
        if (cursor.atNull() && !isInput(name)) {
            cursor.skipValue();
            return;
        }
        switch (name) {
            case "model" -> model = text(name, MAX_MODEL_LENGTH);
            case "user" -> user = text(name, MAX_USER_LENGTH);
            case "session_id" -> sessionId = text(name, MAX_SESSION_LENGTH);
            case "provider" -> preferences = preferences();
            case "trace", "metadata" -> {
                expect(name, cursor.peek() == '{', "an object");
                cursor.skipValue();
            }
            case "stream" -> {
                stream = bool(name);
                expect(name, !stream || streams(), "false: " + made + " are not streamed");
            }
            default -> ownValue(name);
        }
    }
}
