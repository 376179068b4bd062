package dev.faregate.insight;

import dev.faregate.pages.Csv;
import dev.faregate.usage.UsageReport.By;
import dev.faregate.usage.UsageReport.Group;
import dev.faregate.usage.UsageReport.Line;
import dev.faregate.usage.UsageReport.Sums;
import java.util.List;

/// Usage as a table for spreadsheets: money in dollars with every decimal, times in UTC.
final class ActivityCsv {
    private ActivityCsv() {}

    static String of(By by, List<Line> lines) {
        String word = ActivityAsked.word(by);
        String head = "begin," + word + "," + word
                + "_id,requests,prompt_tokens,completion_tokens,reasoning_tokens,cached_tokens,spent_usd,byok_usd";
        return Csv.of(head, lines.stream().map(ActivityCsv::row));
    }

    private static List<String> row(Line line) {
        Group group = line.group();
        Sums sums = group.sums();
        return List.of(
                line.begin().toString(),
                group.name(),
                Csv.orNothing(group.id()),
                Long.toString(sums.requests()),
                Long.toString(sums.promptTokens()),
                Long.toString(sums.completionTokens()),
                Long.toString(sums.reasoningTokens()),
                Long.toString(sums.cachedTokens()),
                sums.spent().dollars().toPlainString(),
                sums.byok().dollars().toPlainString());
    }
}
