package dev.faregate.insight;

import dev.faregate.usage.UsageReport.By;
import dev.faregate.usage.UsageReport.Group;
import dev.faregate.usage.UsageReport.Line;
import dev.faregate.usage.UsageReport.Sums;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// Usage as lines of a table for spreadsheets (RFC 4180): money in dollars with every decimal, times in UTC.
final class ActivityCsv {
    private ActivityCsv() {}

    static String of(By by, List<Line> lines) {
        String word = ActivityAsked.word(by);
        String head = "begin," + word + "," + word
                + "_id,requests,prompt_tokens,completion_tokens,reasoning_tokens,cached_tokens,spent_usd,byok_usd";
        return Stream.concat(Stream.of(head), lines.stream().map(ActivityCsv::line))
                .collect(Collectors.joining("\r\n", "", "\r\n"));
    }

    private static String line(Line line) {
        Group group = line.group();
        Sums sums = group.sums();
        return String.join(
                ",",
                line.begin().toString(),
                text(group.name()),
                text(group.id() == null ? "" : group.id()),
                Long.toString(sums.requests()),
                Long.toString(sums.promptTokens()),
                Long.toString(sums.completionTokens()),
                Long.toString(sums.reasoningTokens()),
                Long.toString(sums.cachedTokens()),
                sums.spent().dollars().toPlainString(),
                sums.byok().dollars().toPlainString());
    }

    /// A cell in quotes. A spreadsheet runs what begins with one of these as a formula, in quotes too; an apostrophe
    /// before it makes it text (OWASP, CSV Injection).
    private static String text(String text) {
        boolean formula = !text.isEmpty() && "=+-@\t\r\n".indexOf(text.charAt(0)) >= 0;
        return '"' + (formula ? "'" : "") + text.replace("\"", "\"\"") + '"';
    }
}
