package dev.faregate.server;

import dev.faregate.base.Sha256;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// Our API document as one page of HTML: a table of contents, and each operation to be opened. No script, no font, no
/// image; the one style sheet stands in the page and is allowed by its hash.
final class ApiDocsPage {
    private static final String STYLE = """
            :root{color-scheme:light dark;background:light-dark(#fff,#121212);font:16px/1.5 system-ui,sans-serif}
            body{max-width:60rem;margin:0 auto;padding:1rem;overflow-wrap:anywhere}
            a{color:light-dark(#0f766e,#2dd4bf)}
            nav ul{columns:3 16rem;padding-left:1rem}
            details{border:1px solid #8884;border-radius:.4rem;margin:.4rem 0;padding:.3rem .7rem}
            summary{cursor:pointer}
            code{font:.9em ui-monospace,monospace}
            .m{display:inline-block;min-width:4rem;font-weight:700}
            ul.f{padding-left:1.2rem;margin:.2rem 0}
            .t,.w{opacity:.75}
            """;

    static final String POLICY =
            "default-src 'none'; style-src 'sha256-" + Base64.getEncoder().encodeToString(Sha256.of(STYLE))
                    + "'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    private static final String PREFIX = "#/components/schemas/";
    private static final int MAX_DEPTH = 8;

    private final ObjectNode document;
    private final StringBuilder out = new StringBuilder(200_000);
    private final Set<String> open = new HashSet<>();

    ApiDocsPage(ObjectNode document) {
        this.document = document;
    }

    String html() {
        JsonNode info = document.path("info");
        out.append("<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>")
                .append(text(info.path("title")))
                .append(" API</title><meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">")
                .append("<meta name=\"robots\" content=\"index, follow\"><meta name=\"description\" content=\"")
                .append(text(info.path("description")))
                .append("\"><style>")
                .append(STYLE)
                .append("</style></head><body><main><p><a href=\"/docs\">Documentation</a></p><h1>")
                .append(text(info.path("title")))
                .append(" API</h1><p>")
                .append(text(info.path("description")))
                .append("</p><p>For programs: <a href=\"/openapi.json\">openapi.json</a>.</p><nav><ul>");
        document.path("tags")
                .forEach(tag -> out.append("<li><a href=\"#")
                        .append(anchor(tag))
                        .append("\">")
                        .append(text(tag.path("name")))
                        .append("</a></li>"));
        out.append("</ul></nav>");
        document.path("tags").forEach(this::area);
        return out.append("</main></body></html>").toString();
    }

    private void area(JsonNode tag) {
        out.append("<section id=\"").append(anchor(tag)).append("\"><h2>").append(text(tag.path("name")));
        out.append("</h2><p>").append(text(tag.path("description"))).append("</p>");
        document.path("paths")
                .forEachEntry((path, item) -> item.forEachEntry((method, operation) -> {
                    if (operation.path("tags").path(0).equals(tag.path("name"))) {
                        operation(path, method, operation);
                    }
                }));
        out.append("</section>");
    }

    private void operation(String path, String method, JsonNode operation) {
        out.append("<details id=\"")
                .append(text(operation.path("operationId")))
                .append("\"><summary><code class=\"m\">");
        out.append(escape(method.toUpperCase(Locale.ROOT)))
                .append("</code> <code>")
                .append(escape(path));
        out.append("</code> ").append(text(operation.path("summary"))).append("</summary>");
        if (operation.has("description")) {
            out.append("<p>").append(text(operation.path("description"))).append("</p>");
        }
        out.append("<p class=\"w\">")
                .append(escape(access(operation.path("security"))))
                .append("</p>");
        parameters(operation.path("parameters"));
        operation.path("requestBody").path("content").forEachEntry((type, content) -> {
            out.append("<h4>Body</h4>");
            fields(content.path("schema"), 0);
        });
        operation.path("responses").forEachEntry((status, answer) -> {
            if (!status.equals("default")) {
                answer(status, answer);
            }
        });
        out.append("</details>");
    }

    private void parameters(JsonNode parameters) {
        if (parameters.isEmpty()) {
            return;
        }
        out.append("<h4>Parameters</h4><ul class=\"f\">");
        for (JsonNode parameter : parameters) {
            out.append("<li><code>").append(text(parameter.path("name"))).append("</code> ");
            kind(parameter.path("schema"), parameter.path("required").asBoolean());
            out.append(" <span class=\"t\">in ")
                    .append(text(parameter.path("in")))
                    .append("</span>");
            words(parameter);
            out.append("</li>");
        }
        out.append("</ul>");
    }

    private void answer(String status, JsonNode answer) {
        out.append("<h4>").append(escape(status)).append(" <span class=\"w\">");
        out.append(text(answer.path("description"))).append("</span></h4>");
        if (status.startsWith("2")) {
            answer.path("content").forEachEntry((type, content) -> {
                out.append("<p class=\"t\">").append(escape(type)).append("</p>");
                fields(content.path("schema"), 0);
            });
        }
    }

    /// The fields of an object, and of what stands in it; a shape inside itself is only named.
    private void fields(JsonNode schema, int depth) {
        String name = schema.path("$ref").asString("");
        if (depth > MAX_DEPTH || (!name.isEmpty() && !open.add(name))) {
            return;
        }
        JsonNode resolved = resolve(schema);
        if (resolved.path("properties").isEmpty() && !resolved.has("allOf")) {
            inner(resolved).forEach(part -> fields(part, depth + 1));
        } else {
            out.append("<ul class=\"f\">");
            resolved.path("allOf").forEach(part -> properties(resolve(part), depth));
            properties(resolved, depth);
            out.append("</ul>");
        }
        open.remove(name);
    }

    private void properties(JsonNode schema, int depth) {
        Set<String> required = new HashSet<>();
        schema.path("required").forEach(name -> required.add(name.asString()));
        schema.path("properties").forEachEntry((name, field) -> {
            out.append("<li><code>").append(escape(name)).append("</code> ");
            kind(field, required.contains(name));
            words(field);
            fields(field, depth + 1);
            out.append("</li>");
        });
    }

    private static List<JsonNode> inner(JsonNode schema) {
        List<JsonNode> inner = new ArrayList<>();
        if (schema.has("items")) {
            inner.add(schema.path("items"));
        }
        schema.path("anyOf").forEach(inner::add);
        schema.path("oneOf").forEach(inner::add);
        return inner;
    }

    private JsonNode resolve(JsonNode schema) {
        String ref = schema.path("$ref").asString("");
        return ref.startsWith(PREFIX)
                ? document.path("components").path("schemas").path(ref.substring(PREFIX.length()))
                : schema;
    }

    private void kind(JsonNode schema, boolean required) {
        out.append("<span class=\"t\">").append(escape(kind(schema)));
        out.append(required ? "" : ", optional").append("</span>");
    }

    private static String kind(JsonNode schema) {
        String ref = schema.path("$ref").asString("");
        if (!ref.isEmpty()) {
            return ref.substring(PREFIX.length());
        }
        if (schema.has("enum")) {
            List<String> words = new ArrayList<>();
            schema.path("enum").forEach(word -> words.add(word.isNull() ? "null" : word.asString()));
            return String.join(" | ", words);
        }
        if (schema.has("items")) {
            return "list of " + kind(schema.path("items"))
                    + (schema.path("type").isArray() ? " or null" : "");
        }
        if (schema.has("anyOf") || schema.has("oneOf")) {
            List<String> kinds = inner(schema).stream().map(ApiDocsPage::kind).toList();
            return String.join(" or ", kinds);
        }
        JsonNode type = schema.path("type");
        return type.isArray()
                ? type.path(0).asString() + " or null"
                : type.asString("anything")
                        + (schema.has("format") ? " (" + schema.path("format").asString() + ")" : "");
    }

    private void words(JsonNode node) {
        if (node.has("description")) {
            out.append(" <span class=\"w\">")
                    .append(text(node.path("description")))
                    .append("</span>");
        }
    }

    private static String access(JsonNode security) {
        List<String> schemes = new ArrayList<>();
        boolean open = security.isEmpty();
        for (JsonNode way : security) {
            open |= way.isEmpty();
            schemes.addAll(way.propertyNames());
        }
        if (schemes.isEmpty()) {
            return "Open to everybody.";
        }
        String keys = schemes.size() > 1
                ? "any key"
                : schemes.contains("managementKey") ? "a management key" : "an inference key";
        return open ? "Open to everybody; a key that is sent must be a good one." : "Needs " + keys + ".";
    }

    private static String anchor(JsonNode tag) {
        return tag.path("name").asString().toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9]+", "-");
    }

    private static String text(JsonNode node) {
        return escape(node.asString(""));
    }

    private static String escape(String text) {
        return text.replace("&", "&amp;")
                .replace("<", "&lt;")
                .replace(">", "&gt;")
                .replace("\"", "&quot;");
    }
}
