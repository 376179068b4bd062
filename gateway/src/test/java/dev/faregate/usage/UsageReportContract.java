package dev.faregate.usage;

import static org.assertj.core.api.Assertions.assertThat;

import dev.faregate.keys.Stores;
import dev.faregate.storage.Database;
import dev.faregate.usage.UsageReport.By;
import dev.faregate.usage.UsageReport.Group;
import dev.faregate.usage.UsageReport.Report;
import dev.faregate.usage.UsageReport.Series;
import dev.faregate.usage.UsageReport.Step;
import dev.faregate.usage.UsageReport.Stretch;
import dev.faregate.usage.UsageReport.Sums;
import dev.faregate.usage.UsageReport.Whose;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/// What pages tell of usage, over a store.
@ParameterizedClass
@EnumSource
class UsageReportContract {
    private final UsageRig on;
    private final UsageReport report;
    private final Instant midnight;

    UsageReportContract(Database.Kind kind) {
        on = new UsageRig(Stores.shared(kind));
        report = new UsageReport(on.rig.database, on.rig.organizations, on.catalogues);
        midnight = LocalDate.ofInstant(on.now, ZoneOffset.UTC)
                .minusDays(3)
                .atStartOfDay(ZoneOffset.UTC)
                .toInstant();
        Generations.insert(
                on.rig,
                List.of(
                        Generations.of(on.one, midnight)
                                .model("acme/swift", "acme")
                                .provider("Acme")
                                .cost(75, 0, false)
                                .app(4_100_001)
                                .build(),
                        Generations.of(on.two, midnight.plusSeconds(7_200))
                                .model("acme/swift", "acme")
                                .provider("Acme")
                                .cost(25, 0, false)
                                .build(),
                        Generations.of(on.one, midnight.plus(Duration.ofDays(1)))
                                .model("other/m", "p")
                                .cost(10, 0, false)
                                .build(),
                        Generations.of(on.elsewhere, midnight.plus(Duration.ofDays(1)))
                                .model("third/m", "p")
                                .cost(1, 500, true)
                                .build(),
                        Generations.of(on.rig.caller(on.rig.tenant().inference()), midnight)
                                .build()));
    }

    private Whose all() {
        return whose(null, null, null);
    }

    private Whose whose(@Nullable String workspace, @Nullable String user, @Nullable String key) {
        return new Whose(on.rig.organizationId, workspace, user, key);
    }

    private Stretch twoDays() {
        return new Stretch(midnight, midnight.plus(Duration.ofDays(2)), Step.DAY);
    }

    private static List<String> groups(Report report) {
        return report.groups().stream()
                .map(group -> group.name() + " " + group.sums().spent().nanos())
                .toList();
    }

    private static List<Long> requests(Series series) {
        return series.pieces().stream().map(Sums::requests).toList();
    }

    @Test
    void addsUpPieceByPieceAndGroupByGroup() {
        Report found = report.of(all(), By.MODEL, twoDays(), 2, 10);
        assertThat(found.begins()).containsExactly(midnight, midnight.plus(Duration.ofDays(1)));
        assertThat(groups(found)).containsExactly("third/m 1", "acme/swift 100", "other/m 10");
        assertThat(found.series()).hasSize(3);
        assertThat(requests(found.series().get(0))).containsExactly(0L, 1L);
        assertThat(requests(found.series().get(1))).containsExactly(2L, 0L);
        assertThat(found.series().get(2).group()).isNull();
        assertThat(requests(found.series().get(2))).containsExactly(0L, 1L);
        assertThat(found.total().spent().nanos()).isEqualTo(111);
        assertThat(found.total().byok().nanos()).isEqualTo(500);
        assertThat(found.total().requests()).isEqualTo(4);
        assertThat(found.total().tokens()).isEqualTo(4 * 35);
        assertThat(found.others()).isZero();
    }

    @Test
    void namesTheFirstAndCountsTheOthers() {
        Report found = report.of(all(), By.MODEL, twoDays(), 1, 2);
        assertThat(groups(found)).hasSize(2);
        assertThat(found.others()).isEqualTo(1);
        assertThat(requests(found.series().getLast())).containsExactly(2L, 1L);
    }

    @Test
    void tellsHoursOfWholeWorkspaces() {
        Stretch hours = new Stretch(midnight, midnight.plus(Duration.ofHours(3)), Step.HOUR);
        Report found = report.of(whose(on.rig.workspaceId, null, null), By.PROVIDER, hours, 6, 10);
        assertThat(groups(found)).containsExactly("Acme 100");
        assertThat(requests(found.series().getFirst())).containsExactly(1L, 0L, 1L);
        assertThat(UsageReport.hasHours(all(), By.MODEL)).isTrue();
        assertThat(UsageReport.hasHours(all(), By.KEY)).isFalse();
        assertThat(UsageReport.hasHours(whose(null, on.member, null), By.MODEL)).isFalse();
    }

    @Test
    void tellsWeeksFromMondays() {
        Stretch weeks = new Stretch(midnight.minus(Duration.ofDays(20)), midnight.plus(Duration.ofDays(2)), Step.WEEK);
        Report found = report.of(all(), By.MODEL, weeks, 6, 10);
        assertThat(found.begins())
                .allMatch(begin -> begin.atZone(ZoneOffset.UTC).getDayOfWeek() == java.time.DayOfWeek.MONDAY);
        assertThat(found.series().stream()
                        .flatMap(series -> series.pieces().stream())
                        .mapToLong(Sums::requests)
                        .sum())
                .isEqualTo(4);
    }

    @Test
    void tellsOfAWorkspaceAMemberAndAKeyOnly() {
        assertThat(groups(report.of(whose(on.otherWorkspace, null, null), By.MODEL, twoDays(), 6, 10)))
                .containsExactly("third/m 1");
        assertThat(groups(report.of(whose(null, on.member, null), By.MODEL, twoDays(), 6, 10)))
                .containsExactly("third/m 1");
        assertThat(groups(report.of(whose(on.rig.workspaceId, on.member, null), By.MODEL, twoDays(), 6, 10)))
                .isEmpty();
        assertThat(groups(report.of(whose(null, null, on.two.key().hash()), By.MODEL, twoDays(), 6, 10)))
                .containsExactly("acme/swift 25");
    }

    @Test
    void namesKeysByWhatPeopleCallThem() {
        Report found = report.of(all(), By.KEY, twoDays(), 6, 10);
        assertThat(found.groups())
                .extracting(Group::name, Group::id)
                .containsExactlyInAnyOrder(
                        org.assertj.core.api.Assertions.tuple("i", on.one.key().hash()),
                        org.assertj.core.api.Assertions.tuple(
                                "second", on.two.key().hash()),
                        org.assertj.core.api.Assertions.tuple(
                                "third", on.elsewhere.key().hash()));
        assertThat(report.keyName(on.rig.organizationId, on.two.key().hash(), null))
                .contains("second");
        assertThat(report.keyName(on.rig.organizationId, on.two.key().hash(), on.member))
                .isEmpty();
        assertThat(report.keyName(on.rig.organizationId, on.elsewhere.key().hash(), on.member))
                .contains("third");
        assertThat(report.keyName(on.rig.organizationId, "not a hash", null)).isEmpty();
        assertThat(report.keyName("another", on.two.key().hash(), null)).isEmpty();
    }

    @Test
    void tellsWhatNamesNoAppApart() {
        on.rig.database.write(
                tx -> tx.sql()
                        .execute(
                                "INSERT INTO app (id, identity, origin, title, categories, created_at) VALUES (4100001,"
                                        + " 'https://report.example', 'https://report.example', 'Report', '', 0) ON CONFLICT DO NOTHING"));
        Report found = report.of(all(), By.APP, twoDays(), 6, 10);
        assertThat(groups(found)).containsExactly("Report 75", " 36");
        assertThat(found.groups().getLast().id()).isNull();
        assertThat(requests(found.series().get(0))).containsExactly(1L, 0L);
        assertThat(found.series().get(1).group()).isEqualTo(found.groups().getLast());
        assertThat(requests(found.series().get(1))).containsExactly(1L, 2L);
        assertThat(found.total().requests()).isEqualTo(4);
        assertThat(UsageReport.tells(whose(null, on.member, null), By.APP)).isFalse();
    }

    @Test
    void keepsWhatHasNoEnvironmentApart() {
        on.rig.patch(on.rig.management, on.one.key().hash(), "{\"environment\":\"live\"}");
        Report found = report.of(all(), By.ENVIRONMENT, twoDays(), 6, 10);
        assertThat(groups(found)).containsExactly(" 26", "live 85");
        assertThat(requests(found.series().getFirst())).containsExactly(1L, 1L);
    }

    @Test
    void listsEveryPieceOfEveryGroup() {
        assertThat(report.lines(all(), By.PROVIDER, twoDays()).stream()
                        .map(line -> Duration.between(midnight, line.begin()).toHours() + " "
                                + line.group().name() + " "
                                + line.group().sums().requests()))
                .containsExactly("0 Acme 2", "24  2");
    }

    @Test
    void tellsNothingOfATimeWithoutRequests() {
        Report found = report.of(
                all(),
                By.MODEL,
                new Stretch(midnight.minus(Duration.ofDays(9)), midnight.minus(Duration.ofDays(2)), Step.DAY),
                6,
                10);
        assertThat(found.series()).isEmpty();
        assertThat(found.total()).isEqualTo(Sums.NONE);
        assertThat(found.begins()).hasSize(7);
    }
}
