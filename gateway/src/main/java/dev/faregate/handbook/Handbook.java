package dev.faregate.handbook;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// All topics, read when the first is asked for and kept. Samples have the address of this server where the files have
/// that of a server on the reader's machine.
final class Handbook {
    /// What stands in the samples of `docs/`.
    static final String SAMPLE_URL = "http://127.0.0.1:8080";

    private final Supplier<String> publicUrl;
    private volatile @Nullable Map<String, Topic> topics;

    /// `publicUrl`: where people reach this server, without a trailing slash; known once it listens.
    Handbook(Supplier<String> publicUrl) {
        this.publicUrl = publicUrl;
    }

    String publicUrl() {
        return publicUrl.get();
    }

    /// A topic that [Contents] has.
    Topic get(String name) {
        Topic topic = topics().get(name);
        if (topic == null) {
            throw new IllegalArgumentException("no such topic: " + name);
        }
        return topic;
    }

    /// Everything, as it is listed.
    List<Part> parts() {
        return Contents.PARTS.stream()
                .map(part -> new Part(
                        part.name(), part.topics().stream().map(this::get).toList()))
                .toList();
    }

    /// Two requests at once may both read; they read the same.
    private Map<String, Topic> topics() {
        Map<String, Topic> known = topics;
        if (known == null) {
            known = new LinkedHashMap<>();
            for (String name : Contents.topics()) {
                known.put(name, TopicReader.read(name, text(name).replace(SAMPLE_URL, publicUrl())));
            }
            topics = known;
        }
        return known;
    }

    /// The file as the build put it into our jar.
    static String text(String name) {
        String file = "/docs/" + name + ".md";
        try (InputStream in = Handbook.class.getResourceAsStream(file)) {
            if (in == null) {
                throw new IllegalStateException("the build left out " + file);
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
