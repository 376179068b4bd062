package dev.faregate.chat;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Reads a request for images: that of contract 2.1, and what OpenAI's "Create image" has beside
/// it.
public final class ImagesRequestReader extends InputsReader {
    /// Contract 2.1, `input_references`.
    static final int MAX_REFERENCES = 16;

    /// OpenAI, "Create image", `partial_images`.
    static final int MAX_PARTIAL_IMAGES = 3;

    private static final int MAX_WORD = 32;
    private static final Set<String> QUALITIES = Set.of("auto", "low", "medium", "high", "standard", "hd");
    private static final Set<String> BACKGROUNDS = Set.of("auto", "transparent", "opaque");
    private static final Set<String> FORMATS = Set.of("png", "jpeg", "webp", "svg");
    private static final List<String> ADDRESSES = List.of("https://", "http://", "data:");

    private int wanted;
    private int partial;
    private @Nullable String size;
    private @Nullable String resolution;
    private @Nullable String shape;

    public ImagesRequestReader(Limits limits) {
        super(RequestKind.IMAGES, "images", limits);
    }

    @Override
    void clearInputs() {
        wanted = 1;
        partial = 0;
        size = null;
        resolution = null;
        shape = null;
    }

    @Override
    boolean isInput(String name) {
        return name.equals("prompt");
    }

    @Override
    int choices() {
        return wanted;
    }

    @Override
    boolean streams() {
        return true;
    }

    @Override
    ChatRequest.Extras extras() {
        return new ChatRequest.Extras(images, imageBytes, false, false, 0, 0, 0, 0, 0, 0, 0, stream ? partial : 0);
    }

    @Override
    void checkInputs() {
        if (inputs == 0) {
            throw bad("'prompt' is required.", "prompt");
        }
        expect("n", !stream || wanted == 1, "1 where 'stream' is true");
        ImageSize asked = ImageSize.of(size, resolution, shape);
        if (asked == null) {
            throw bad("'size' must be 'auto', one of 512, 1K, 2K and 4K, or pixels such as 1024x1536.", "size");
        }
        boolean tier = resolution == null || resolution.equals(asked.tier());
        expect("resolution", tier && asked.fitsTier(), "that of 'size', where both are given");
        expect("aspect_ratio", asked.fitsShape(), "that of 'size', where both are given");
    }

    @Override
    void ownValue(String name) {
        switch (name) {
            case "prompt" -> prompt();
            case "n" -> wanted = (int) integer(name, 1, limits.images());
            case "size" -> size = text(name, MAX_WORD);
            case "resolution" -> resolution = word(name, ImageSize.TIERS.keySet());
            case "aspect_ratio" -> shape = word(name, Set.copyOf(ImageSize.SHAPES));
            case "quality" -> word(name, QUALITIES);
            case "background" -> word(name, BACKGROUNDS);
            case "output_format" -> word(name, FORMATS);
            case "output_compression" -> integer(name, 0, 100);
            case "partial_images" -> partial = (int) integer(name, 0, MAX_PARTIAL_IMAGES);
            case "seed" -> integer(name, Long.MIN_VALUE, Long.MAX_VALUE);
            case "response_format" ->
                expect(name, text(name, MAX_WORD).equals("b64_json"), "'b64_json': images are not kept at an address");
            case "input_references" -> references();
            default -> cursor.skipValue();
        }
    }

    private void prompt() {
        expect("prompt", cursor.peek() == '"', "a string");
        int start = cursor.valueStart();
        cursor.skipValue();
        expect("prompt", cursor.position() - start > 2, "a non-empty string");
        inputs = 1;
    }

    private String word(String name, Set<String> words) {
        String word = text(name, MAX_WORD);
        if (!words.contains(word)) {
            List<String> sorted = words.stream().sorted().toList();
            throw bad("'" + name + "' must be one of " + String.join(", ", sorted) + ".", name);
        }
        return word;
    }

    private void references() {
        String all = "input_references";
        expect(all, cursor.peek() == '[', "an array of objects of type 'image_url'");
        cursor.beginArray();
        while (cursor.nextElement()) {
            expect(all, images < MAX_REFERENCES, "an array of at most " + MAX_REFERENCES + " images");
            reference(all + "[" + images + "]");
            images++;
        }
    }

    private void reference(String path) {
        expect(path, cursor.peek() == '{', "an object of type 'image_url'");
        int start = cursor.valueStart();
        boolean typed = false;
        boolean given = false;
        cursor.beginObject();
        while (cursor.nextKey()) {
            switch (cursor.key()) {
                case "type" -> {
                    boolean text = cursor.peek() == '"';
                    expect(path + ".type", text && cursor.readString().equals("image_url"), "'image_url'");
                    typed = true;
                }
                case "image_url" -> {
                    expect(path + ".image_url", !given, "given once");
                    address(path + ".image_url");
                    given = true;
                }
                default -> cursor.skipValue();
            }
        }
        expect(path + ".type", typed, "'image_url'");
        expect(path + ".image_url", given, "an object with 'url'");
        imageBytes += cursor.position() - start;
    }

    private void address(String path) {
        expect(path, cursor.peek() == '{', "an object with 'url'");
        boolean given = false;
        cursor.beginObject();
        while (cursor.nextKey()) {
            if (!cursor.key().equals("url")) {
                cursor.skipValue();
                continue;
            }
            String url = path + ".url";
            expect(url, !given, "given once");
            given = true;
            expect(url, cursor.peek() == '"', "a string");
            int start = cursor.valueStart() + 1;
            cursor.skipValue();
            expect(url, isAddress(start, cursor.position()), "an http(s) address or a data URL");
        }
        expect(path + ".url", given, "given");
    }

    private boolean isAddress(int from, int to) {
        String begin = new String(body, from, Math.min(8, to - from), StandardCharsets.ISO_8859_1);
        // A slash may be escaped.
        return ADDRESSES.stream().anyMatch(known -> begin.startsWith(known.substring(0, known.indexOf(':') + 1)));
    }
}
