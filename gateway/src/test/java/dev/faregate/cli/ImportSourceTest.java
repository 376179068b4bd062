package dev.faregate.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.faregate.base.Json;
import dev.faregate.base.Sha256;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

class ImportSourceTest {
    private static final Instant NOW = Instant.parse("2026-11-28T04:00:00Z");
    private static final ImportSource.Options STRICT = new ImportSource.Options(false, false);
    private static final ImportSource.Options LAX = new ImportSource.Options(true, true);

    private static final String HASH = "f5e3f4f5d0b9f0b4ae2cb5e6a1e2c9f6a5dfd0f6f4b6a0b8f5a7c1a9d3e7b2c4";

    private static JsonNode row(String json) {
        return Json.read(json.replace('\'', '"').getBytes(StandardCharsets.UTF_8));
    }

    private static ImportSource.Draft draft(ImportSource source, String json) {
        return source.draft(row(json), STRICT, NOW);
    }

    @Test
    void readsAKeyOfLiteLlm() {
        ImportSource.Draft draft = draft(
                ImportSource.LITELLM,
                "{'token':'" + HASH + "','key_name':'sk-...ijkl','key_alias':'alice','spend':1.2345678901,"
                        + "'max_budget':10.0,'budget_duration':'30d','expires':'2027-01-31T23:59:59.5Z','blocked':null,'models':[],"
                        + "'rpm_limit':60,'tpm_limit':100000,'max_parallel_requests':4,'team_id':null,'metadata':{}}");
        assertThat(draft.hash()).isEqualTo(HASH);
        assertThat(draft.label()).isEqualTo("sk-...ijkl");
        assertThat(draft.name()).isEqualTo("alice");
        assertThat(draft.limit()).isEqualByComparingTo("10");
        assertThat(draft.limitReset()).isEqualTo("monthly");
        assertThat(draft.used()).isEqualByComparingTo("1.23456789");
        assertThat(draft.expiresAt()).isEqualTo(Instant.parse("2027-01-31T23:59:59.500Z"));
        assertThat(draft.disabled()).isFalse();
        assertThat(draft.requestsPerMinute()).isEqualTo(60);
        assertThat(draft.tokensPerMinute()).isEqualTo(100_000);
        assertThat(draft.parallel()).isEqualTo(4);
    }

    @Test
    void takesADatabasesTimeForUtcAndNamesTheNameless() {
        ImportSource.Draft draft = draft(
                ImportSource.LITELLM,
                "{'token':'" + HASH
                        + "','spend':0,'expires':'2027-01-31 23:59:59.123','blocked':true,'models':['all-proxy-models']}");
        assertThat(draft.expiresAt()).isEqualTo(Instant.parse("2027-01-31T23:59:59.123Z"));
        assertThat(draft.disabled()).isTrue();
        assertThat(draft.name()).isEqualTo("imported " + HASH.substring(0, 12));
        assertThat(draft.label()).isEqualTo("...");
        assertThat(draft.limit()).isNull();
    }

    @ParameterizedTest
    @CsvSource({"24h,daily", "1d,daily", "7d,weekly", "1w,weekly", "30d,monthly", "1mo,monthly"})
    void knowsTheWindowsThatBeginWhenOursDo(String duration, String window) {
        assertThat(draft(
                                ImportSource.LITELLM,
                                "{'token':'" + HASH + "','spend':0,'max_budget':1,'budget_duration':'" + duration
                                        + "'}")
                        .limitReset())
                .isEqualTo(window);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '"', textBlock = """
            'budget_duration':'5h'                 | every 5h
            'models':['gpt-4o']                    | some models only
            'team_id':'t-1'                        | limits of its team
            'expires':'2026-11-28T04:00:00Z'       | it ended at 2026-11-28T04:00:00Z
            'expires':'soon'                       | is no time
            'max_budget':'much'                    | is no number
            """)
    void leavesOutWhatHasNoCounterpartAndSaysWhy(String field, String reason) {
        assertThatThrownBy(() -> draft(
                        ImportSource.LITELLM, "{'token':'" + HASH + "','key_alias':'alice','spend':0," + field + "}"))
                .isInstanceOfSatisfying(ImportSource.LeftOut.class, left -> {
                    assertThat(left.name()).isEqualTo("alice");
                    assertThat(left.getMessage()).contains(reason);
                });
    }

    @Test
    void importsWhatAnOperatorSaidMayDoMoreHere() {
        String row = "{'token':'" + HASH + "','spend':0,'models':['gpt-4o'],'team_id':'t-1'}";
        assertThat(ImportSource.LITELLM.draft(row(row), LAX, NOW).hash()).isEqualTo(HASH);
    }

    @Test
    void neverTakesOrQuotesAKeyInTheClearForAHash() {
        assertThatThrownBy(() -> draft(ImportSource.LITELLM, "{'token':'sk-planted-in-the-clear','spend':0}"))
                .isInstanceOf(ImportSource.LeftOut.class)
                .hasMessageNotContaining("planted");
        ImportSource.Draft draft = draft(
                ImportSource.LITELLM, "{'token':'" + HASH + "','spend':0,'key_name':'sk-0123456789abcdefghijkl'}");
        assertThat(draft.label()).isEqualTo("...");
    }

    @Test
    void readsAKeyOfOpenRouterOrOfAnotherFaregate() {
        ImportSource.Draft draft = draft(
                ImportSource.OPENROUTER,
                "{'hash':'" + HASH
                        + "','name':'ci','label':'sk-or-v1-0e6...1c96','disabled':false,'limit':50,'limit_remaining':12.25,"
                        + "'limit_reset':'weekly','usage':40,'expires_at':null}");
        assertThat(draft.limit()).isEqualByComparingTo("50");
        assertThat(draft.used()).isEqualByComparingTo("37.75");
        assertThat(draft.limitReset()).isEqualTo("weekly");
        assertThat(draft.label()).isEqualTo("sk-or-v1-0e6...1c96");
        assertThat(draft(ImportSource.OPENROUTER, "{'hash':'" + HASH + "','name':'x','limit':null}")
                        .used())
                .isNull();
    }

    @Test
    void readsATokenOfNewApi() {
        String key = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKL";
        ImportSource.Draft draft = draft(
                ImportSource.NEW_API,
                "{'id':7,'key':'" + key + "','status':1,'name':'bot','expired_time':-1,'remain_quota':250000,"
                        + "'unlimited_quota':0,'used_quota':750001,'model_limits_enabled':0,'model_limits':'','allow_ips':'10.0.0.0/8\\n192.0.2.1'}");
        assertThat(draft.hash()).isEqualTo(HexFormat.of().formatHex(Sha256.of("sk-" + key)));
        assertThat(draft.label()).isEqualTo("sk-...IJKL");
        assertThat(draft.limit()).isEqualByComparingTo("2.000002");
        assertThat(draft.used()).isEqualByComparingTo("1.500002");
        assertThat(draft.expiresAt()).isNull();
        assertThat(draft.allowedIps()).isEqualTo(List.of("10.0.0.0/8", "192.0.2.1"));
        assertThat(draft(
                        ImportSource.NEW_API,
                        "{'key':'" + key + "','remain_quota':0,'unlimited_quota':true,'status':2}"))
                .satisfies(unlimited -> {
                    assertThat(unlimited.limit()).isNull();
                    assertThat(unlimited.disabled()).isTrue();
                });
        assertThatThrownBy(() -> draft(
                        ImportSource.NEW_API,
                        "{'key':'" + key
                                + "','name':'m','remain_quota':1,'model_limits_enabled':true,'model_limits':'gpt-4o'}"))
                .isInstanceOf(ImportSource.LeftOut.class);
    }

    @Test
    void tellsTheTablesApart() {
        JsonNode litellm = row("{'token':'x','spend':0}");
        JsonNode openrouter = row("{'hash':'x','limit':null}");
        JsonNode newApi = row("{'key':'x','remain_quota':0}");
        for (ImportSource source : ImportSource.values()) {
            assertThat(source.knows(litellm)).isEqualTo(source == ImportSource.LITELLM);
            assertThat(source.knows(openrouter)).isEqualTo(source == ImportSource.OPENROUTER);
            assertThat(source.knows(newApi)).isEqualTo(source == ImportSource.NEW_API);
        }
    }
}
