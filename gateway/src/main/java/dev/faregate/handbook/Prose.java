package dev.faregate.handbook;

import java.util.Set;
import org.commonmark.ext.gfm.tables.TableBlock;
import org.commonmark.node.FencedCodeBlock;
import org.commonmark.node.Node;
import org.commonmark.renderer.NodeRenderer;
import org.commonmark.renderer.html.HtmlNodeRendererContext;
import org.commonmark.renderer.html.HtmlWriter;

/// What may be wider than the page: tables and code stand in boxes that scroll by themselves, also by keyboard,
/// and code has a button that copies it. One for each text, because it counts.
final class Prose implements NodeRenderer {
    private final HtmlNodeRendererContext context;
    private int codes;

    Prose(HtmlNodeRendererContext context) {
        this.context = context;
    }

    @Override
    public Set<Class<? extends Node>> getNodeTypes() {
        return Set.of(TableBlock.class, FencedCodeBlock.class);
    }

    @Override
    public void render(Node node) {
        if (node instanceof FencedCodeBlock code) {
            render(code);
        } else {
            table(node);
        }
    }

    private void table(Node table) {
        HtmlWriter html = context.getWriter();
        html.line();
        html.raw("<div class=\"fg-wide\" tabindex=\"0\"><table>");
        for (Node part = table.getFirstChild(); part != null; part = part.getNext()) {
            context.render(part);
        }
        html.raw("</table></div>");
        html.line();
    }

    private void render(FencedCodeBlock code) {
        codes++;
        String id = "code-" + codes;
        HtmlWriter html = context.getWriter();
        html.line();
        html.raw("<div class=\"fg-code\"><button class=\"fg-copy\" type=\"button\" data-copy=\"#" + id
                + "\">Copy</button><pre id=\"" + id + "\" tabindex=\"0\">");
        html.text(code.getLiteral());
        html.raw("</pre></div>");
        html.line();
    }
}
