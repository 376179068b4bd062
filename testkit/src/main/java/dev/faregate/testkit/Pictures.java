package dev.faregate.testkit;

import java.util.Base64;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/// The images that a request is answered with: bytes that begin as a PNG does, each image others.
///
/// @param images that are wanted
/// @param partial events before the image of a stream
public record Pictures(int images, int partial) {
    /// Completion tokens of one image where a script says nothing.
    static final long TOKENS_EACH = 50;

    private static final int BYTES = 3_000;
    private static final byte[] PNG = {(byte) 0x89, 'P', 'N', 'G', '\r', '\n', 0x1A, '\n'};
    private static final String TYPE = "{\"type\":\"";

    /// Of the image at that place, counted from 0; of partial ones with negative places.
    public static String base64(int place) {
        byte[] bytes = new byte[BYTES];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = i < PNG.length ? PNG[i] : (byte) (i * 31 + place);
        }
        return Base64.getEncoder().encodeToString(bytes);
    }

    /// The value of `data`, as it is sent.
    public String json() {
        return IntStream.range(0, images)
                .mapToObj(place -> "{\"b64_json\":\"" + base64(place) + "\",\"revised_prompt\":null}")
                .collect(Collectors.joining(",\n ", "[", "]"));
    }

    /// An event of a stream, counted from 0; `usage` is empty where none is sent.
    String event(int index, long created, String usage) {
        return index < partial
                ? TYPE + "image_generation.partial_image\",\"b64_json\":\"" + base64(-1 - index) + "\",\"created_at\":"
                        + created + ",\"partial_image_index\":" + index + "}"
                : TYPE + "image_generation.completed\",\"b64_json\":\"" + base64(0) + "\",\"created_at\":" + created
                        + ",\"output_format\":\"png\"" + (usage.isEmpty() ? "" : ",\"usage\":" + usage) + "}";
    }

    /// The name of an event with that data.
    static String type(String data) {
        return data.startsWith(TYPE) ? data.substring(TYPE.length(), data.indexOf('"', TYPE.length())) : "";
    }
}
