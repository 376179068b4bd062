package dev.faregate.flow;

import java.util.List;

/// Texts that become scripts where a page does not escape them for the place where it puts them. Each calls
/// `fgExecuted`, which [RealBrowser] hears.
final class XssCorpus {
    static final List<String> TEXTS = List.of(
            "<script>fgExecuted('tag')</script>",
            "</title><script>fgExecuted('title')</script>",
            "</textarea><script>fgExecuted('textarea')</script>",
            "</option></select><script>fgExecuted('select')</script>",
            "\"><img src=x onerror=fgExecuted('attribute')>",
            "'><svg onload=fgExecuted('quote')>",
            "\" autofocus onfocus=fgExecuted('focus') x=\"",
            "' autofocus onfocus=fgExecuted('focus2') x='",
            "<details open ontoggle=fgExecuted('toggle')>",
            "<iframe srcdoc=\"<script>parent.fgExecuted('frame')</script>\">",
            "javascript:fgExecuted('address')",
            "\" hx-on:click=\"fgExecuted('htmx')\" hx-trigger=\"load",
            "<div hx-get=/settings/keys hx-trigger=load hx-on::after-request=fgExecuted('htmx2')>",
            "--><script>fgExecuted('comment')</script><!--",
            "${fgExecuted('template')} @`<script>fgExecuted('jte')</script>`",
            "<math><mtext></form><form><mglyph><style></math><img src onerror=fgExecuted('mutation')>",
            "&lt;script&gt;fgExecuted('twice')&lt;/script&gt;",
            "\u2028</script><script>fgExecuted('line')</script>",
            "<a href=\"data:text/html,<script>opener.fgExecuted('data')</script>\">x</a>",
            "＜script＞fgExecuted('wide')＜/script＞");

    private XssCorpus() {}
}
