package dev.faregate.insight;

import static org.assertj.core.api.Assertions.assertThat;

import dev.faregate.base.Usd;
import dev.faregate.usage.UsageReport.By;
import dev.faregate.usage.UsageReport.Group;
import dev.faregate.usage.UsageReport.Line;
import dev.faregate.usage.UsageReport.Sums;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

/// Usage as a file.
class ActivityCsvTest {
    private static final Instant DAY = Instant.parse("2026-11-27T00:00:00Z");

    @Test
    void writesEveryDecimalAndRunsNothing() {
        Sums sums = new Sums(1, 2, 3, 4, 5, Usd.parse("0.000000001"), Usd.parse("12.5"));
        assertThat(ActivityCsv.of(
                        By.KEY,
                        List.of(
                                new Line(DAY, new Group("00ff", "=HYPERLINK(\"x\")", sums)),
                                new Line(DAY, new Group(null, "", Sums.NONE)))))
                .isEqualTo("begin,key,key_id,requests,prompt_tokens,completion_tokens,reasoning_tokens,cached_tokens,"
                        + "spent_usd,byok_usd\r\n"
                        + "\"2026-11-27T00:00:00Z\",\"'=HYPERLINK(\"\"x\"\")\",\"00ff\",1,2,3,4,5,0.000000001,12.5\r\n"
                        + "\"2026-11-27T00:00:00Z\",\"\",\"\",0,0,0,0,0,0,0\r\n");
    }
}
