package dev.faregate.observability;

import static org.assertj.core.api.Assertions.assertThat;

import dev.faregate.base.ApiError;
import dev.faregate.base.Json;
import dev.faregate.keys.Rig;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Which traces a destination wants (schema `ObservabilityFilterRulesConfig`).
class FilterRulesTest {
    private static final Trace TRACE = Traces.of("w", null, 1);

    private static FilterRules rules(String json) {
        return FilterRules.read(Json.read(json.replace('\'', '"').getBytes(StandardCharsets.UTF_8)));
    }

    private static boolean one(String rule) {
        return rules("{'groups':[{'rules':[" + rule + "]}]}").wants(TRACE);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "model            | equals       | 'openai/gpt-4o' | true",
                "model            | equals       | 'openai/gpt-4'  | false",
                "model            | not_equals   | 'openai/gpt-4'  | true",
                "model            | contains     | 'gpt'           | true",
                "model            | not_contains | 'gpt'           | false",
                "model            | starts_with  | 'openai/'       | true",
                "model            | ends_with    | '4o'            | true",
                "model            | regex        | '^openai/.*4o$' | true",
                "model            | regex        | '^mistral/'     | false",
                "provider         | equals       | 'OpenAI'        | true",
                "user_id          | equals       | 'user-7'        | true",
                "api_key_name     | equals       | 'my key'        | true",
                "finish_reason    | equals       | 'stop'          | true",
                "session_id       | exists       | 0               | false",
                "session_id       | not_exists   | 0               | true",
                "session_id       | equals       | 'x'             | false",
                "session_id       | not_equals   | 'x'             | true",
                "input            | exists       | 0               | false",
                "output           | contains     | 'x'             | false",
                "total_tokens     | equals       | 400             | true",
                "total_tokens     | gt           | 399             | true",
                "total_tokens     | gt           | 400             | false",
                "total_tokens     | gte          | '400'           | true",
                "prompt_tokens    | lt           | 1000            | true",
                "completion_tokens | lte         | 99              | false",
                "total_cost       | gt           | 0.001           | true",
                "total_cost       | lt           | 0.0017          | false"
            },
            quoteCharacter = '`')
    void comparesEveryFieldInEveryWay(String field, String operator, String value, boolean wanted) {
        assertThat(one("{'field':'" + field + "','operator':'" + operator + "','value':" + value + "}"))
                .isEqualTo(wanted);
    }

    @Test
    void everyGroupMustAgreeByAllOrByAnyOfItsRules() {
        String yes = "{'field':'model','operator':'contains','value':'gpt'}";
        String no = "{'field':'model','operator':'contains','value':'claude'}";
        assertThat(rules("{'groups':[{'rules':[" + yes + "," + no + "]}]}").wants(TRACE))
                .isFalse();
        assertThat(rules("{'groups':[{'logic':'or','rules':[" + yes + "," + no + "]}]}")
                        .wants(TRACE))
                .isTrue();
        assertThat(rules("{'groups':[{'rules':[" + yes + "]},{'rules':[" + no + "]}]}")
                        .wants(TRACE))
                .isFalse();
        assertThat(rules("{'enabled':false,'groups':[{'rules':[" + no + "]}]}").wants(TRACE))
                .isTrue();
        assertThat(rules("{'groups':[]}").wants(TRACE)).isTrue();
        assertThat(rules("{'groups':[{'rules':[]}]}").wants(TRACE)).isTrue();
        assertThat(rules("null").wants(TRACE)).isTrue();
    }

    /// A pattern that backtracks without end is given up, and matches nothing.
    @Test
    void givesUpAnEvilPattern() {
        Trace long42 = new Trace(
                TRACE.generation(),
                TRACE.owner(),
                new Trace.Client("a".repeat(5_000) + "!", null, null, null, null, null),
                TRACE.route(),
                TRACE.outcome(),
                TRACE.usage(),
                TRACE.custom());
        long began = System.nanoTime();
        assertThat(rules("{'groups':[{'rules':[{'field':'user_id','operator':'regex','value':'^(a+)+$'}]}]}")
                        .wants(long42))
                .isFalse();
        assertThat(System.nanoTime() - began).isLessThan(20_000_000_000L);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "[]",
                "{}",
                "{'groups':{}}",
                "{'enabled':1,'groups':[]}",
                "{'groups':[1]}",
                "{'groups':[{'logic':'xor','rules':[]}]}",
                "{'groups':[{'rules':[{'field':'nothing','operator':'equals','value':'x'}]}]}",
                "{'groups':[{'rules':[{'field':'model','operator':'like','value':'x'}]}]}",
                "{'groups':[{'rules':[{'field':'model','operator':'equals'}]}]}",
                "{'groups':[{'rules':[{'field':'model','operator':'equals','value':[]}]}]}",
                "{'groups':[{'rules':[{'field':'model','operator':'regex','value':'('}]}]}"
            })
    void refusesRulesThatAreNone(String json) {
        assertThat(Rig.errorOf(() -> rules(json)))
                .isInstanceOfSatisfying(
                        ApiError.BadRequest.class,
                        bad -> assertThat(bad.param()).startsWith("filter_rules"));
    }
}
