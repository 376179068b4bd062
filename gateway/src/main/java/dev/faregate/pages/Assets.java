package dev.faregate.pages;

import dev.faregate.base.ApiError;
import dev.faregate.base.ApiException;
import dev.faregate.http.Request;
import dev.faregate.http.Response;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.GZIPOutputStream;
import org.jspecify.annotations.Nullable;

/// The files of the pages, out of our jar and out of memory. Their addresses carry a version made of their bytes, so a
/// browser keeps them for good and never has an old one.
final class Assets {
    private static final String FOLDER = "/assets/";
    private static final Map<String, String> TYPES = Map.of(
            "css", "text/css; charset=utf-8",
            "js", "text/javascript; charset=utf-8",
            "png", "image/png",
            "svg", "image/svg+xml");

    private record Asset(String type, String version, byte[] plain, byte[] packed) {}

    /// Everything there is. A file that the build forgot fails the first page, and every test of one.
    private static final Map<String, Asset> ALL = load(List.of(
            "tabler.min.css",
            "htmx.min.js",
            "faregate.css",
            "faregate.js",
            "playground.js",
            "theme.js",
            "favicon.svg",
            "card.png"));

    /// The address of an asset, with its version.
    static String address(String name) {
        return FOLDER + name + "?v=" + get(name).version();
    }

    private static Asset get(String name) {
        Asset asset = ALL.get(name);
        if (asset == null) {
            throw new IllegalArgumentException("no such asset: " + name);
        }
        return asset;
    }

    /// `GET /assets/{name}`.
    Response handle(Request request) {
        Asset asset = ALL.get(request.head().pathParameter("name"));
        if (asset == null) {
            throw new ApiException(new ApiError.NotFound("There is no such file."));
        }
        String accepted = request.head().header("accept-encoding");
        boolean packs = accepted != null && accepted.contains("gzip") && asset.packed().length < asset.plain().length;
        boolean versioned = asset.version().equals(request.head().queryParameter("v"));
        String tag = "\"" + asset.version() + (packs ? "z" : "") + "\"";
        Response answer = EntityTag.isKnown(request.head(), tag)
                ? new Response(304, asset.type(), List.of(), new byte[0])
                : new Response(200, asset.type(), List.of(), packs ? asset.packed() : asset.plain());
        answer = answer.withHeader("Cache-Control", versioned ? "public, max-age=31536000, immutable" : "no-cache")
                .withHeader("ETag", tag)
                .withHeader("Vary", "Accept-Encoding")
                .withHeader("X-Content-Type-Options", "nosniff");
        return packs ? answer.withHeader("Content-Encoding", "gzip") : answer;
    }

    private static Map<String, Asset> load(List<String> names) {
        Map<String, Asset> all = new HashMap<>();
        for (String name : names) {
            byte[] plain = read(name);
            all.put(name, new Asset(type(name), EntityTag.version(plain), plain, packed(plain)));
        }
        return Map.copyOf(all);
    }

    private static String type(String name) {
        @Nullable String type = TYPES.get(name.substring(name.lastIndexOf('.') + 1));
        if (type == null) {
            throw new IllegalArgumentException("of no known type: " + name);
        }
        return type;
    }

    private static byte[] read(String name) {
        try (InputStream in = Assets.class.getResourceAsStream(FOLDER + name)) {
            if (in == null) {
                throw new IllegalStateException("the build left out " + FOLDER + name);
            }
            return in.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static byte[] packed(byte[] plain) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (GZIPOutputStream gzip = new GZIPOutputStream(out)) {
            gzip.write(plain);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return out.toByteArray();
    }
}
