package dev.faregate.chat;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// What is read of a whole answer with images while it passes, and where its parts stand.
final class ImageDocument implements JsonPieces.Members {
    /// Members of an answer; providers send seven.
    private static final int MAX_MEMBERS = 256;

    private static final String DATA = "data";
    private static final Set<String> READ = Set.of("created", "id", "model", "usage", "error");
    private static final Set<String> OURS =
            Set.of("created", "id", "model", "provider", "object", "usage", "error", DATA);

    /// One image: where its object stands, and in it the text of its base64, quotes included;
    /// `typed` where it says its media type.
    record Image(int from, int to, int base64From, int base64To, boolean typed) {}

    private final int most;
    final List<Image> images = new ArrayList<>(1);
    final List<JsonPieces.Place> passed = new ArrayList<>(6);

    @Nullable
    TokenUsage usage;

    @Nullable
    String error;

    @Nullable
    String id;

    @Nullable
    String model;

    long created;
    private boolean seen;
    private boolean list;
    private int base64From = -1;
    private int base64To;
    private boolean typed;

    /// `most`: so many images were asked for.
    ImageDocument(int most) {
        this.most = most;
    }

    @Override
    public boolean keeps(String name) {
        return READ.contains(name);
    }

    @Override
    public boolean looksInto(String name) {
        return name.equals(DATA);
    }

    @Override
    public void inner(JsonPieces.Place place) {
        switch (place.name()) {
            case "b64_json" -> {
                base64From = place.isText() ? place.valueFrom() : -1;
                base64To = place.to();
            }
            case "media_type" -> typed = !place.absent();
            default -> {}
        }
    }

    @Override
    public void object(int from, int to) {
        // One too many is enough to be wrong.
        if (images.size() <= most) {
            images.add(new Image(from, to, base64From, base64To, typed));
        }
        base64From = -1;
        typed = false;
    }

    @Override
    public void member(JsonPieces.Place place, byte @Nullable [] value) {
        switch (place.name()) {
            case "created" -> created = ImagesRewriter.number(value);
            case "id" -> id = ImagesRewriter.text(value);
            case "model" -> model = ImagesRewriter.text(value);
            case "usage" -> usage = ImagesRewriter.usage(value);
            case "error" -> error = ImagesRewriter.object(place, value);
            case DATA -> {
                if (seen) {
                    throw new MalformedJson("data is given twice", place.from());
                }
                seen = true;
                list = place.objects() > 0;
            }
            default -> {}
        }
        if (!OURS.contains(place.name()) && !place.absent()) {
            if (passed.size() == MAX_MEMBERS) {
                throw new MalformedJson("more than " + MAX_MEMBERS + " members", place.from());
            }
            passed.add(place);
        }
    }

    /// What is wrong with it, or null. Fewer images than were asked for are an answer (contract
    /// 2.1, `n`).
    @Nullable
    String wrong() {
        if (!list) {
            return "it has no images";
        }
        if (images.size() > most) {
            return "it has more than the " + most + " images that were asked for";
        }
        return images.stream().anyMatch(image -> image.base64From() < 0) ? "an image has no b64_json" : null;
    }
}
