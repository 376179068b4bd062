package dev.faregate.chat;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// What is read of one event of a stream of images while it passes, and where its parts stand.
final class ImageEvent implements JsonPieces.Members {
    private static final int MAX_MEMBERS = 64;
    private static final String PARTIAL_INDEX = "partial_image_index";
    private static final Set<String> READ = Set.of("type", "created", "created_at", "usage", "error", "media_type");
    private static final Set<String> OURS = Set.of("type", "created", "usage", "error", "media_type");

    /// What an event says, by the end of its type: OpenAI calls it otherwise where an image is
    /// edited.
    enum Type {
        PARTIAL(".partial_image"),
        COMPLETED(".completed"),
        TEXT(".text_chunk"),
        OTHER("");

        private final String end;

        Type(String end) {
            this.end = end;
        }

        /// As the contract has it (2.1, `POST /images`).
        String word() {
            return "image_generation" + end;
        }

        static Type of(@Nullable String word) {
            for (Type type : values()) {
                if (word != null && word.endsWith(type.end)) {
                    return type;
                }
            }
            return OTHER;
        }
    }

    final List<JsonPieces.Place> passed = new ArrayList<>(8);
    private final JsonPieces pieces = new JsonPieces(this);
    Type type = Type.OTHER;

    @Nullable
    TokenUsage usage;

    @Nullable
    String error;

    @Nullable
    String mediaType;

    long created;

    /// Where the base64 begins with its quote; -1 where there is none.
    int base64From = -1;

    boolean indexed;
    private boolean failed;

    void feed(byte[] bytes, int from, int to) {
        pieces.feed(bytes, from, to);
    }

    void end() {
        pieces.end();
        if (failed && error == null) {
            error = "{}";
        }
    }

    @Override
    public boolean keeps(String name) {
        return READ.contains(name);
    }

    @Override
    public void member(JsonPieces.Place place, byte @Nullable [] value) {
        switch (place.name()) {
            case "type" -> {
                String word = ImagesRewriter.text(value);
                type = Type.of(word);
                failed = "error".equals(word);
            }
            case "created", "created_at" -> created = Math.max(created, ImagesRewriter.number(value));
            case "usage" -> usage = ImagesRewriter.usage(value);
            case "error" -> error = ImagesRewriter.object(place, value);
            case "media_type" -> mediaType = ImagesRewriter.text(value);
            case "b64_json" -> base64From = place.isText() ? place.valueFrom() : -1;
            case PARTIAL_INDEX -> indexed = !place.absent();
            default -> {}
        }
        if (!OURS.contains(place.name()) && !place.absent()) {
            if (passed.size() == MAX_MEMBERS) {
                throw new MalformedJson("more than " + MAX_MEMBERS + " members", place.from());
            }
            passed.add(place);
        }
    }
}
