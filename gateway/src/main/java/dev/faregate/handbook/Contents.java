package dev.faregate.handbook;

import java.util.List;

/// Which topics there are, in the order in which they are listed. A topic is called as its file in `docs/` is, and its
/// page is `/docs/` and that name; both are for good, because other people link to them.
final class Contents {
    static final String PATH = "/docs";

    /// Topics that are listed together.
    record Part(String name, List<String> topics) {}

    static final List<Part> PARTS = List.of(
            new Part(
                    "Use",
                    List.of(
                            "authentication",
                            "limits",
                            "errors",
                            "messages",
                            "responses",
                            "embeddings",
                            "rerank",
                            "images",
                            "audio",
                            "playground",
                            "presets",
                            "compatibility")),
            new Part("Keys", List.of("keys", "leaked-keys", "ci", "oauth", "apps", "byok")),
            new Part("Organization", List.of("accounts", "sign-in", "workspaces", "guardrails")),
            new Part("Money and usage", List.of("credits", "usage", "observability")),
            new Part(
                    "Operation",
                    List.of(
                            "configuration",
                            "deployment",
                            "import",
                            "system",
                            "backup",
                            "cluster",
                            "scale",
                            "guarantees",
                            "benchmarks")));

    private Contents() {}

    static List<String> topics() {
        return PARTS.stream().flatMap(part -> part.topics().stream()).toList();
    }

    static boolean has(String topic) {
        return PARTS.stream().anyMatch(part -> part.topics().contains(topic));
    }

    static String address(String topic) {
        return PATH + "/" + topic;
    }

    /// The address of the same as Markdown.
    static String twin(String topic) {
        return address(topic) + ".md";
    }
}
