package dev.faregate.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigDecimal;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

class ConfigDocumentTest {
    private static final String EXAMPLE = """
            # what design calls the configuration file
            providers:
              - slug: openai
                api_key: ${OPENAI_API_KEY}
              - slug: local
                format: openai
                base_url: http://127.0.0.1:${LOCAL_PORT:-9100}/v1
                policy: {retains_prompts: false, trains: false, region: eu}
            models:
              - id: openai/gpt-4o
                context_length: 128000
                endpoints:
                  - {provider: local, upstream_model: gpt-4o, max_completion_tokens: 16384,
                     pricing: {prompt: "2.50", completion: 10.00, input_cache_read: "1.25"}}
            """;

    private static ConfigDocument parse(String text, Map<String, String> variables) {
        return ConfigDocument.parse("faregate.yaml", text, new Environment(variables));
    }

    private static JsonNode section(ConfigDocument document, String name) {
        return Objects.requireNonNull(document.section(name));
    }

    @Test
    void readsTheExampleOfTheReadme() {
        ConfigDocument document = parse(EXAMPLE, Map.of("OPENAI_API_KEY", "planted"));
        JsonNode providers = section(document, "providers");
        assertThat(providers.get(0).get("api_key").asString()).isEqualTo("planted");
        assertThat(providers.get(1).get("base_url").asString()).isEqualTo("http://127.0.0.1:9100/v1");
        assertThat(providers.get(1).get("policy").get("trains").booleanValue()).isFalse();
        JsonNode endpoint = section(document, "models").get(0).get("endpoints").get(0);
        assertThat(endpoint.get("max_completion_tokens").intValue()).isEqualTo(16384);
        assertThat(endpoint.get("pricing").get("prompt").isString()).isTrue();
        assertThat(endpoint.get("pricing").get("completion").decimalValue()).isEqualTo(new BigDecimal("10.00"));
    }

    @Test
    void namesTheLineOfAnyPartOrOfTheNearestOneThatExists() {
        ConfigDocument document = parse(EXAMPLE, Map.of("OPENAI_API_KEY", "planted"));
        assertThat(document.error("providers[1].base_url", "must be a URL"))
                .hasMessage("faregate.yaml line 7: providers[1].base_url: must be a URL");
        assertThat(document.error("models[0].endpoints[0].pricing.prompt", "x"))
                .hasMessage("faregate.yaml line 14: models[0].endpoints[0].pricing.prompt: x");
        assertThat(document.error("models[0].endpoints[0].quantization", "x"))
                .hasMessage("faregate.yaml line 13: models[0].endpoints[0].quantization: x");
        assertThat(document.error("providers[7].slug", "x")).hasMessage("faregate.yaml line 2: providers[7].slug: x");
        assertThat(document.error("nothing.there", "x")).hasMessage("faregate.yaml: nothing.there: x");
    }

    @Test
    void namesTheVariableThatIsNotSetAndItsLine() {
        assertThatThrownBy(() -> parse(EXAMPLE, Map.of()))
                .isInstanceOf(ConfigException.class)
                .hasMessage("faregate.yaml line 4: providers[0].api_key: the variable OPENAI_API_KEY is not set.");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "a: '${NAME}'|N",
                "a: 'x${NAME}y${NAME}'|xNyN",
                "a: '${NONE:-fall back}'|fall back",
                "a: '${NONE:-}'|",
                "a: '$${NAME}'|${NAME}",
                "a: '$NAME {NAME} 5$'|$NAME {NAME} 5$",
                "a: '${TRICKY}'|$1 \\ ${NAME}",
            })
    void replacesVariablesOnceAndOnlyWhereTheyAreWrittenInFull(String example) {
        int bar = example.lastIndexOf('|');
        Map<String, String> variables = Map.of("NAME", "N", "TRICKY", "$1 \\ ${NAME}");
        assertThat(section(parse(example.substring(0, bar), variables), "a").asString())
                .isEqualTo(example.substring(bar + 1));
    }

    @ParameterizedTest
    @ValueSource(strings = {"a: '${NAME'", "a: '${na-me}'", "a: '${}'"})
    void refusesAVariableThatIsWrittenWrongly(String yaml) {
        assertThatThrownBy(() -> parse(yaml, Map.of("NAME", "N")))
                .hasMessageStartingWith("faregate.yaml line 1: a: `${` begins a variable");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "a: 1\nb: [1, 2\nc: planted-secret\n",
                "a: 1\n  b: planted-secret\n",
                "a: planted-secret: planted-secret\n",
                "a: \"planted-secret\n",
                "a: planted-secret\na: planted-secret\n",
                "- planted-secret\n",
                "a: &x planted-secret\nb: *x\n",
                "a: 1\n---\nb: planted-secret\n",
                "a: .inf\n",
                "\tb: planted-secret\n",
            })
    void saysWhatIsNotYamlInOneLineWithoutQuotingTheFile(String yaml) {
        assertThatThrownBy(() -> parse(yaml, Map.of()))
                .isInstanceOf(ConfigException.class)
                .message()
                .startsWith("faregate.yaml line ")
                .doesNotContain("planted", "\n");
    }

    @Test
    void refusesNestingThatIsTooDeep() {
        assertThatThrownBy(() -> parse("a: " + "[".repeat(100) + "]".repeat(100), Map.of()))
                .isInstanceOf(ConfigException.class);
    }

    @Test
    void takesAnEmptyFileOrOneOfCommentsAsNothing() {
        assertThat(parse("", Map.of()).section("providers")).isNull();
        assertThat(parse("# nothing yet\n", Map.of()).section("providers")).isNull();
        assertThat(parse("providers:\n", Map.of()).section("providers")).isNull();
    }
}
