package dev.faregate.usage;

import static org.assertj.core.api.Assertions.assertThat;

import dev.faregate.http.BodyFields;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.api.Test;

/// What a query must be, and which words its mistakes get.
class AnalyticsQueryTest {
    private static final Instant NOW = Instant.parse("2026-09-21T12:30:00Z");

    private static AnalyticsQuery read(String body) {
        return AnalyticsQuery.of(BodyFields.of(body.replace('\'', '"').getBytes(StandardCharsets.UTF_8)), NOW);
    }

    @Test
    void namesTheFieldThatIsWrong() {
        Map<String, String> wrong = Map.ofEntries(
                Map.entry("{}", "metrics"),
                Map.entry("{'metrics':[]}", "metrics"),
                Map.entry("{'metrics':'request_count'}", "metrics"),
                Map.entry("{'metrics':['request_count','p90_latency']}", "metrics[1]"),
                Map.entry("{'metrics':['request_count'],'dimensions':['country']}", "dimensions[0]"),
                Map.entry("{'metrics':['request_count'],'dimensions':['model','user','app']}", "dimensions"),
                Map.entry("{'metrics':['request_count'],'dimensions':['model','app']}", "dimensions"),
                Map.entry("{'metrics':['request_count'],'granularity':'minute'}", "granularity"),
                Map.entry("{'metrics':['request_count'],'granularity':'hour','dimensions':['user']}", "granularity"),
                Map.entry("{'metrics':['request_count'],'limit':0}", "limit"),
                Map.entry("{'metrics':['request_count'],'limit':10001}", "limit"),
                Map.entry("{'metrics':['request_count'],'group_limit':'5'}", "group_limit"),
                Map.entry("{'metrics':['request_count'],'classifier_filters':{}}", "classifier_filters"),
                Map.entry(
                        "{'metrics':['request_count'],'time_range':{'start':'2026-09-01T00:00:00Z'}}",
                        "time_range.end"),
                Map.entry(
                        "{'metrics':['request_count'],'time_range':{'start':'x','end':'2026-09-01T00:00:00Z'}}",
                        "time_range.start"),
                Map.entry(
                        "{'metrics':['request_count'],'time_range':{'start':'2026-09-01T00:00:00Z','end':'2026-09-01T00:00:00Z'}}",
                        "time_range.end"),
                Map.entry(
                        "{'metrics':['request_count'],'time_range':{'start':'2024-09-01T00:00:00Z','end':'2026-09-01T00:00:00Z'}}",
                        "time_range.start"),
                Map.entry(
                        "{'metrics':['request_count'],'granularity':'hour','time_range':{'start':'2026-08-01T00:00:00Z','end':'2026-08-02T00:00:00Z'}}",
                        "time_range.start"),
                Map.entry(
                        "{'metrics':['request_count'],'order_by':{'field':'total_usage','direction':'asc'}}",
                        "order_by.field"),
                Map.entry(
                        "{'metrics':['request_count'],'order_by':{'field':'date','direction':'asc'}}",
                        "order_by.field"),
                Map.entry("{'metrics':['request_count'],'order_by':{'field':'request_count'}}", "order_by.direction"),
                Map.entry(
                        "{'metrics':['request_count'],'filters':[{'operator':'eq','value':'x'}]}", "filters[0].field"),
                Map.entry(
                        "{'metrics':['request_count'],'filters':[{'field':'model','operator':'like','value':'x'}]}",
                        "filters[0].operator"),
                Map.entry(
                        "{'metrics':['request_count'],'filters':[{'field':'user','operator':'gt','value':'x'}]}",
                        "filters[0].operator"),
                Map.entry(
                        "{'metrics':['request_count'],'filters':[{'field':'model','operator':'eq','value':['x']}]}",
                        "filters[0].value"),
                Map.entry(
                        "{'metrics':['request_count'],'filters':[{'field':'model','operator':'in','value':'x'}]}",
                        "filters[0].value"),
                Map.entry(
                        "{'metrics':['request_count'],'filters':[{'field':'model','operator':'eq'}]}",
                        "filters[0].value"),
                Map.entry(
                        "{'metrics':['request_count'],'filters':[{'field':'model','operator':'in','value':[{}]}]}",
                        "filters[0].value"),
                Map.entry(
                        "{'metrics':['request_count'],'filters':[{'field':'model','operator':'in','value':['x'],'include_unset':true}]}",
                        "filters[0].include_unset"),
                Map.entry(
                        "{'metrics':['request_count'],'filters':[{'field':'user','operator':'eq','value':'x','include_unset':true}]}",
                        "filters[0].include_unset"));
        wrong.forEach((body, field) ->
                assertThat(UsageRig.wrongField(() -> read(body))).as(body).isEqualTo(field));
    }

    @Test
    void readsTheRollUpWithTheFewestRows() {
        assertThat(read("{'metrics':['request_count'],'dimensions':['model','workspace']}")
                        .source())
                .isEqualTo(AnalyticsQuery.Source.WORKSPACES);
        assertThat(
                        read("{'metrics':['request_count'],'dimensions':['model'],'filters':[{'field':'user','operator':'eq','value':'x'}]}")
                                .source())
                .isEqualTo(AnalyticsQuery.Source.KEYS);
        assertThat(read("{'metrics':['request_count'],'dimensions':['app','workspace']}")
                        .source())
                .isEqualTo(AnalyticsQuery.Source.APPS);
    }

    @Test
    void takesTheLastSevenDaysWhereNoTimeIsGiven() {
        AnalyticsQuery query = read("{'metrics':['request_count']}");
        assertThat(query.span()).isEqualTo(Span.HOUR);
        assertThat(query.last() - query.first()).isEqualTo(7 * 24);
        AnalyticsQuery days = read("{'metrics':['request_count'],'granularity':'day'}");
        assertThat(days.last() - days.first()).isEqualTo(7);
    }

    @Test
    void readsWholeDaysWhereTheRangeIsWholeDays() {
        AnalyticsQuery query = read(
                "{'metrics':['request_count'],'time_range':{'start':'2026-09-01T00:00:00Z','end':'2026-09-02T00:00:00Z'}}");
        assertThat(query.span()).isEqualTo(Span.DAY);
        assertThat(query.last()).isEqualTo(query.first());
    }

    @Test
    void takesTheFarthestTimesThatCanBeWritten() {
        AnalyticsQuery query = read(
                "{'metrics':['request_count'],'time_range':{'start':'9999-01-01T00:00:00Z','end':'9999-12-31T23:59:59Z'}}");
        assertThat(query.first()).isPositive().isLessThan(query.last());
    }

    @Test
    void knowsWhereWeeksAndMonthsBegin() {
        int wednesday = (int) java.time.LocalDate.of(2026, 9, 30).toEpochDay();
        assertThat(Granularity.WEEK.text(Granularity.WEEK.begin(wednesday))).isEqualTo("2026-09-28T00:00:00.000Z");
        assertThat(Granularity.MONTH.text(Granularity.MONTH.begin(wednesday))).isEqualTo("2026-09-01T00:00:00.000Z");
        assertThat(Granularity.HOUR.text(24 * wednesday + 5)).isEqualTo("2026-09-30T05:00:00.000Z");
    }
}
