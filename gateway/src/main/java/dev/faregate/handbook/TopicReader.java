package dev.faregate.handbook;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;
import org.commonmark.Extension;
import org.commonmark.ext.gfm.tables.TablesExtension;
import org.commonmark.node.AbstractVisitor;
import org.commonmark.node.Code;
import org.commonmark.node.Heading;
import org.commonmark.node.Link;
import org.commonmark.node.Node;
import org.commonmark.node.Paragraph;
import org.commonmark.node.SoftLineBreak;
import org.commonmark.node.SourceSpan;
import org.commonmark.node.Text;
import org.commonmark.parser.IncludeSourceSpans;
import org.commonmark.parser.Parser;
import org.commonmark.renderer.html.AttributeProvider;
import org.commonmark.renderer.html.HtmlRenderer;
import org.jspecify.annotations.Nullable;

/// Makes a [Topic] of the text of its file. HTML in it is shown, not obeyed. Headings get the anchors that GitHub gives
/// them, so a link works there and here. Links to other topics lead to their pages; what has no page here (decisions,
/// sources) loses its link and keeps its words.
final class TopicReader {
    /// Characters of a description; search engines and previews show no more.
    static final int MAX_DESCRIPTION = 200;

    private static final String EXTENSION = ".md";
    private static final List<Extension> TABLES = List.of(TablesExtension.create());
    private static final Parser PARSER = Parser.builder()
            .extensions(TABLES)
            .includeSourceSpans(IncludeSourceSpans.BLOCKS_AND_INLINES)
            .build();

    /// Addresses outside that a page may lead to.
    private static final Pattern OUTSIDE = Pattern.compile("(https?|mailto):.*");

    /// What GitHub leaves out of an anchor.
    private static final Pattern NOT_IN_ANCHORS = Pattern.compile("[^\\p{L}\\p{N} _-]");

    private final String name;
    private final String markdown;
    private final Node document;
    private final Map<Node, String> anchors = new IdentityHashMap<>();
    private final Map<String, Integer> sameAnchors = new HashMap<>();
    private final List<Topic.Section> sections = new ArrayList<>();
    private final List<Link> dead = new ArrayList<>();

    private TopicReader(String name, String markdown) {
        this.name = name;
        this.markdown = markdown;
        this.document = PARSER.parse(markdown);
    }

    /// Throws `IllegalArgumentException` for a text that does not begin with a title and a paragraph.
    static Topic read(String name, String markdown) {
        return new TopicReader(name, markdown).read();
    }

    private Topic read() {
        Node first = document.getFirstChild();
        if (!(first instanceof Heading title)
                || title.getLevel() != 1
                || !(title.getNext() instanceof Paragraph beginning)) {
            throw new IllegalArgumentException(name + EXTENSION + " does not begin with a title and a paragraph");
        }
        document.accept(new AbstractVisitor() {
            @Override
            public void visit(Heading heading) {
                anchor(heading);
            }

            @Override
            public void visit(Link link) {
                lead(link);
                visitChildren(link);
            }
        });
        // The twin first: it is cut where the links stood in the text, and the page is made of what is left.
        String twin = twin();
        dead.forEach(TopicReader::dissolve);
        return new Topic(name, words(title), description(beginning), twin, html(), sections);
    }

    private void anchor(Heading heading) {
        String words = words(heading);
        String plain = NOT_IN_ANCHORS
                .matcher(words.toLowerCase(Locale.ROOT))
                .replaceAll("")
                .replace(' ', '-');
        int before = sameAnchors.merge(plain, 1, Integer::sum) - 1;
        String id = before == 0 ? plain : plain + "-" + before;
        anchors.put(heading, id);
        if (heading.getLevel() == 2) {
            sections.add(new Topic.Section(id, words));
        }
    }

    private void lead(Link link) {
        String address = address(link.getDestination());
        if (address == null) {
            dead.add(link);
        } else {
            link.setDestination(address);
        }
    }

    /// Where a link of a file of `docs/` leads on a page, or null where there is no page.
    static @Nullable String address(String destination) {
        if (destination.startsWith("#")
                || destination.startsWith("/")
                || OUTSIDE.matcher(destination).matches()) {
            return destination;
        }
        int hash = destination.indexOf('#');
        String file = hash < 0 ? destination : destination.substring(0, hash);
        String anchor = hash < 0 ? "" : destination.substring(hash);
        String topic = file.endsWith(EXTENSION) ? file.substring(0, file.length() - EXTENSION.length()) : "";
        return Contents.has(topic) ? Contents.address(topic) + anchor : null;
    }

    private static void dissolve(Link link) {
        Node child = link.getFirstChild();
        while (child != null) {
            Node next = child.getNext();
            link.insertBefore(child);
            child = next;
        }
        link.unlink();
    }

    /// The text as it is written, of dead links only the words. Other links to files lead from twin to twin.
    private String twin() {
        StringBuilder text = new StringBuilder();
        int from = 0;
        for (Link link : dead) {
            Node first = link.getFirstChild();
            Node last = link.getLastChild();
            if (first != null && last != null) {
                text.append(markdown, from, begin(link)).append(markdown, begin(first), end(last));
                from = end(link);
            }
        }
        return text.append(markdown, from, markdown.length()).toString();
    }

    private static int begin(Node node) {
        return node.getSourceSpans().getFirst().getInputIndex();
    }

    private static int end(Node node) {
        SourceSpan last = node.getSourceSpans().getLast();
        return last.getInputIndex() + last.getLength();
    }

    private String html() {
        AttributeProvider attributesOf = (node, tag, attributes) -> {
            String id = anchors.get(node);
            if (id != null) {
                attributes.put("id", id);
            }
            // The library takes every text for a stranger's; these are ours, and search engines may follow them.
            attributes.remove("rel", "nofollow");
        };
        return HtmlRenderer.builder()
                .escapeHtml(true)
                .sanitizeUrls(true)
                .attributeProviderFactory(_ -> attributesOf)
                .nodeRendererFactory(Prose::new)
                .extensions(TABLES)
                .build()
                .render(document);
    }

    /// Whole sentences as far as there is room, or else whole words.
    private static String description(Paragraph paragraph) {
        String words = words(paragraph);
        if (words.length() <= MAX_DESCRIPTION) {
            return words;
        }
        int sentence = words.lastIndexOf(". ", MAX_DESCRIPTION - 1);
        return sentence > 0
                ? words.substring(0, sentence + 1)
                : words.substring(0, words.lastIndexOf(' ', MAX_DESCRIPTION - 3)) + "...";
    }

    /// A text without its marks.
    private static String words(Node node) {
        StringBuilder words = new StringBuilder();
        node.accept(new AbstractVisitor() {
            @Override
            public void visit(Text text) {
                words.append(text.getLiteral());
            }

            @Override
            public void visit(Code code) {
                words.append(code.getLiteral());
            }

            @Override
            public void visit(SoftLineBreak softLineBreak) {
                words.append(' ');
            }
        });
        return words.toString();
    }
}
