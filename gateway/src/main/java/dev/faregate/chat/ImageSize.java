package dev.faregate.chat;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// How large an image is asked to be (contract 2.1, `POST /images`): in pixels, or as a tier, a
/// shape, or both, which providers of OpenAI's format do not know and are told in pixels.
///
/// @param width in pixels, as is `height`; 0 where no pixels are stated
/// @param tier a key of [#TIERS], or null
/// @param shape one of [#SHAPES], or null
public record ImageSize(
        int width,
        int height,
        @Nullable String tier,
        @Nullable String shape) {
    static final String AUTO = "auto";

    /// Tiers, and the side of a square of each, in pixels.
    static final Map<String, Integer> TIERS = Map.of("512", 512, "1K", 1_024, "2K", 2_048, "4K", 4_096);

    /// Width to height.
    public static final List<String> SHAPES = List.of(
            "1:1", "1:2", "1:4", "1:8", "2:1", "2:3", "3:2", "3:4", "4:1", "4:3", "4:5", "5:4", "8:1", "9:16", "16:9",
            "9:19.5", "19.5:9", "9:20", "20:9", "9:21", "21:9", AUTO);

    /// Sides are multiples of so many pixels, which every image model can do.
    private static final int STEP = 64;

    private static final int USUAL_SIDE = 1_024;
    private static final int MAX_DIGITS = 5;

    /// A stated size is rounded to what a model can do, so its shape need not be met exactly.
    private static final double SHAPE_TOLERANCE = 0.05;

    /// What `size`, `resolution` and `aspect_ratio` say, each of them null where not sent; null
    /// when `size` is neither a tier nor pixels nor `auto`.
    static @Nullable ImageSize of(@Nullable String size, @Nullable String resolution, @Nullable String shape) {
        if (size == null || size.equals(AUTO)) {
            return new ImageSize(0, 0, resolution, shape);
        }
        if (TIERS.containsKey(size)) {
            return new ImageSize(0, 0, size, shape);
        }
        int by = size.indexOf('x');
        int width = by < 0 ? 0 : pixels(size.substring(0, by));
        int height = by < 0 ? 0 : pixels(size.substring(by + 1));
        return width == 0 || height == 0 ? null : new ImageSize(width, height, resolution, shape);
    }

    private static int pixels(String digits) {
        boolean number = !digits.isEmpty()
                && digits.length() <= MAX_DIGITS
                && digits.chars().allMatch(c -> c >= '0' && c <= '9');
        return number ? Integer.parseInt(digits) : 0;
    }

    /// Whether pixels are of the stated tier, or no pixels or no tier are stated.
    boolean fitsTier() {
        if (width == 0 || tier == null) {
            return true;
        }
        double side = Math.sqrt((double) width * height);
        double off = ratio(side, side(tier));
        return TIERS.values().stream().allMatch(other -> off <= ratio(side, other));
    }

    /// The same of the shape.
    boolean fitsShape() {
        return width == 0 || shapeless() || ratio((double) width / height, proportion()) <= 1 + SHAPE_TOLERANCE;
    }

    private static double ratio(double one, double other) {
        return Math.max(one, other) / Math.min(one, other);
    }

    /// What to send as `size` to a model of that name upstream, or null to send none.
    @Nullable
    String sentTo(String model) {
        if (width > 0) {
            return width + "x" + height;
        }
        if (tier == null && shapeless()) {
            return null;
        }
        double proportion = shapeless() ? 1 : proportion();
        if (isGpt(model)) {
            return proportion == 1 ? "1024x1024" : proportion > 1 ? "1536x1024" : "1024x1536";
        }
        double side = tier == null ? USUAL_SIDE : side(tier);
        return steps(side * Math.sqrt(proportion)) + "x" + steps(side / Math.sqrt(proportion));
    }

    /// Whether that is one of OpenAI's newer image models, which know three sizes and answer in
    /// base64 without being asked to (API reference, "Create image").
    static boolean isGpt(String model) {
        String name = model.substring(model.lastIndexOf('/') + 1);
        return name.startsWith("gpt-image") || name.startsWith("chatgpt-image");
    }

    private static int side(String tier) {
        return TIERS.getOrDefault(tier, USUAL_SIDE);
    }

    private static long steps(double pixels) {
        return Math.max(1, Math.round(pixels / STEP)) * STEP;
    }

    /// Nothing is said of the shape.
    private boolean shapeless() {
        return shape == null || shape.equals(AUTO);
    }

    private double proportion() {
        String stated = String.valueOf(shape);
        int by = stated.indexOf(':');
        return Double.parseDouble(stated.substring(0, by)) / Double.parseDouble(stated.substring(by + 1));
    }
}
