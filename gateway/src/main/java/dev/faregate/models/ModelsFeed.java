package dev.faregate.models;

import dev.faregate.http.QueryParameters;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// `GET /models?use_rss=true`: the same models as a feed (RSS 2.0, rssboard.org/rss-specification), for people who
/// want to hear of new ones.
final class ModelsFeed {
    static final String TYPE = "application/rss+xml; charset=utf-8";

    /// Items link to the model's endpoints, or to a chat with it.
    record Wish(boolean chatLinks) {}

    private ModelsFeed() {}

    /// Null when the query wants no feed.
    static @Nullable Wish wish(Map<String, List<String>> query) {
        QueryParameters asked = new QueryParameters(query);
        boolean chatLinks = asked.flag("use_rss_chat_links");
        return asked.flag("use_rss") ? new Wish(chatLinks) : null;
    }

    /// `publicUrl`: where this server is reached, without a trailing slash; may be empty.
    static byte[] write(
            Catalogue catalogue,
            Map<String, List<String>> query,
            ModelsJson.ListContext context,
            Wish wish,
            String publicUrl) {
        ModelQuery asked = ModelQuery.parse(query, context.now());
        StringBuilder xml = new StringBuilder(16_384);
        xml.append("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<rss version=\"2.0\"><channel>");
        element(xml, "title", "Models");
        element(xml, "link", publicUrl + "/models");
        element(xml, "description", "The models that can be used here");
        for (Model model : asked.page(asked.select(catalogue, context))) {
            String details = publicUrl + "/api/v1/models/" + model.id() + "/endpoints";
            xml.append("<item>");
            element(xml, "title", model.name());
            element(xml, "link", wish.chatLinks() ? publicUrl + "/chat?models=" + model.id() : details);
            element(xml, "description", model.description() == null ? "" : model.description());
            xml.append("<guid isPermaLink=\"false\">");
            escape(xml, model.id());
            xml.append("</guid>");
            element(
                    xml,
                    "pubDate",
                    DateTimeFormatter.RFC_1123_DATE_TIME.format(
                            Instant.ofEpochSecond(model.created()).atOffset(ZoneOffset.UTC)));
            xml.append("</item>");
        }
        return xml.append("</channel></rss>\n").toString().getBytes(StandardCharsets.UTF_8);
    }

    private static void element(StringBuilder xml, String name, String text) {
        xml.append('<').append(name).append('>');
        escape(xml, text);
        xml.append("</").append(name).append('>');
    }

    /// XML 1.0 section 2.2: most control characters cannot be written at all.
    private static void escape(StringBuilder xml, String text) {
        text.codePoints().forEach(c -> {
            switch (c) {
                case '&' -> xml.append("&amp;");
                case '<' -> xml.append("&lt;");
                case '>' -> xml.append("&gt;");
                default -> {
                    boolean allowed = c == '\t'
                            || c == '\n'
                            || c == '\r'
                            || c >= 0x20 && c < 0xD800
                            || c >= 0xE000 && c < 0xFFFE
                            || c >= 0x10000;
                    if (allowed) {
                        xml.appendCodePoint(c);
                    }
                }
            }
        });
    }
}
