package dev.faregate.guardrails;

import static org.assertj.core.api.Assertions.assertThat;

import dev.faregate.base.ApiError;
import dev.faregate.http.BodyFields;
import dev.faregate.http.ErrorRenderer;
import dev.faregate.models.Catalogue;
import dev.faregate.models.CatalogueReader;
import dev.faregate.models.Model;
import dev.faregate.models.ModelEndpoint;
import dev.faregate.models.Resolution;
import dev.faregate.models.Variant;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Which rule lets whom use what: tables of rules, a model as it is asked for, and what is left or why nothing is.
class PolicyTest {
    /// Providers: `safe` keeps nothing, in the EU; `keeps` keeps but does not train; `trains` does both; of `quiet`
    /// nobody knows.
    static final Catalogue CATALOGUE = CatalogueReader.read("""
            {"as_of": "2026-07-02", "source": "test", "providers": [
              {"slug": "safe", "name": "Safe Host", "format": "openai", "base_url": "https://a.test/v1", "policy": {"retains_prompts": false, "trains": false, "region": "eu"}},
              {"slug": "keeps", "name": "Keeps", "format": "openai", "base_url": "https://b.test/v1", "policy": {"retains_prompts": true, "trains": false, "region": "us"}},
              {"slug": "trains", "name": "Trains", "format": "openai", "base_url": "https://c.test/v1", "policy": {"retains_prompts": true, "trains": true}},
              {"slug": "quiet", "name": "Quiet", "format": "openai", "base_url": "https://d.test/v1"},
              {"slug": "faregate", "name": "Faregate", "format": "built-in", "policy": {"retains_prompts": false, "trains": false}}],
            "models": [
              {"id": "openai/one", "canonical_slug": "openai/one-20260102", "name": "One", "created": 1767312000, "context_length": 8000, "endpoints": [
                {"provider": "safe", "pricing": {"prompt": "4", "completion": "4"}}, {"provider": "keeps", "pricing": {"prompt": "3", "completion": "3"}},
                {"provider": "keeps", "tag": "keeps/turbo", "pricing": {"prompt": "9", "completion": "9"}},
                {"provider": "trains", "pricing": {"prompt": "2", "completion": "2"}}, {"provider": "quiet", "pricing": {"prompt": "1", "completion": "1"}}]},
              {"id": "acme/two", "name": "Two", "created": 1767312000, "context_length": 8000, "endpoints": [{"provider": "keeps", "pricing": {"prompt": "3", "completion": "3"}}]},
              {"id": "acme/two:free", "name": "Two (free)", "created": 1767312000, "context_length": 8000, "free": true, "endpoints": [
                {"provider": "safe"}, {"provider": "keeps"}, {"provider": "trains"}, {"provider": "quiet"}]},
              {"id": "faregate/echo", "name": "Echo", "created": 1767312000, "context_length": 8000, "free": true, "endpoints": [{"provider": "faregate"}]}
            ]}""".getBytes(StandardCharsets.UTF_8));

    static Guardrail guardrail(String json) {
        BodyFields body = BodyFields.of(json.getBytes(StandardCharsets.UTF_8));
        GuardrailFields fields = new GuardrailFields(body);
        return new Guardrail(
                "g-" + json.hashCode(),
                "o",
                "w",
                "Rules",
                null,
                null,
                null,
                false,
                body.flag("dry_run"),
                false,
                fields.rules(Rules.NONE, CATALOGUE),
                Instant.EPOCH,
                null);
    }

    static Policy policy(String... guardrails) {
        return policy(Hits.UNCOUNTED, guardrails);
    }

    static Policy policy(Hits hits, String... guardrails) {
        return new Policy(
                Arrays.stream(guardrails).map(g -> new Compiled(guardrail(g))).toList(), hits);
    }

    /// What is left of a model: the tags of its endpoints, or the rule that refuses it.
    private static String left(Policy policy, String asked) {
        Resolution.Found found = (Resolution.Found) CATALOGUE.resolve(asked);
        if (policy.refusal(found.model(), found.variant()) instanceof ApiError.Forbidden forbidden) {
            return String.valueOf(forbidden.metadata().get("rule"));
        }
        List<String> tags = found.model().usable().stream()
                .filter(endpoint -> policy.whatExcludes(found.model(), endpoint) == null)
                .map(ModelEndpoint::tag)
                .toList();
        return tags.isEmpty() ? "none" : String.join(" ", tags);
    }

    @ParameterizedTest(name = "{0}: {1} -> {2}")
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{} | openai/one | quiet trains keeps safe keeps/turbo",
                "{\"allowed_models\":[\"openai/one\"]} | openai/one:nitro | quiet trains keeps safe keeps/turbo",
                "{\"allowed_models\":[\"openai/one\"]} | acme/two | allowed_models",
                "{\"allowed_models\":[\"acme/two\"]} | acme/two:free | allowed_models",
                "{\"allowed_models\":[\"openai/one:nitro\"]} | openai/one | allowed_models",
                "{\"allowed_models\":[\"openai/one:nitro\"]} | openai/one:nitro | quiet trains keeps safe keeps/turbo",
                "{\"ignored_models\":[\"openai/one-20260102\"]} | openai/one:floor | ignored_models",
                "{\"ignored_models\":[\"openai/one:nitro\"]} | openai/one | quiet trains keeps safe keeps/turbo",
                "{\"ignored_models\":[\"openai/one:nitro\"]} | openai/one:nitro | ignored_models",
                "{\"allowed_models\":[\"openai/one\"],\"ignored_models\":[\"openai/one\"]} | openai/one | ignored_models",
                "{\"allowed_providers\":[\"safe\",\"nowhere\"]} | openai/one | safe",
                "{\"allowed_providers\":[\"Safe Host\"]} | openai/one | safe",
                "{\"allowed_providers\":[\"keeps\"]} | openai/one | keeps keeps/turbo",
                "{\"allowed_providers\":[\"keeps/turbo\"]} | openai/one | keeps/turbo",
                "{\"allowed_providers\":[\"nowhere\"]} | openai/one | none",
                "{\"ignored_providers\":[\"KEEPS\",\"quiet\"]} | openai/one | trains safe",
                "{\"allowed_data_regions\":[\"europe\"]} | openai/one | safe",
                "{\"allowed_data_regions\":[\"us\"]} | openai/one | keeps keeps/turbo",
                "{\"allowed_data_regions\":[\"us\",\"europe\"]} | openai/one | keeps safe keeps/turbo",
                "{\"allowed_data_regions\":[\"europe\",\"global\"]} | openai/one | quiet trains keeps safe keeps/turbo",
                "{\"allowed_data_regions\":[\"europe\"]} | faregate/echo | faregate",
                "{\"enforce_zdr_openai\":true} | openai/one | safe",
                "{\"enforce_zdr_openai\":true} | acme/two | keeps",
                "{\"enforce_zdr_other\":true} | acme/two | none",
                "{\"enforce_zdr_other\":true} | openai/one | quiet trains keeps safe keeps/turbo",
                "{\"enforce_zdr\":true} | openai/one | safe",
                "{\"enforce_zdr\":true,\"enforce_zdr_openai\":false} | openai/one | quiet trains keeps safe keeps/turbo",
                "{\"enforce_zdr\":true,\"enforce_zdr_openai\":null} | openai/one | quiet trains keeps safe keeps/turbo",
                "{\"enforce_zdr\":false} | openai/one | quiet trains keeps safe keeps/turbo",
                "{\"enable_paid_model_training\":false} | openai/one | keeps safe keeps/turbo",
                "{\"enable_paid_model_training\":false} | acme/two:free | safe keeps trains quiet",
                "{\"enable_free_model_training\":false} | acme/two:free | safe keeps",
                "{\"enable_free_model_training\":true} | acme/two:free | safe keeps trains quiet",
                "{\"enable_free_model_publication\":false} | acme/two:free | safe keeps",
                "{\"enable_free_model_publication\":false} | openai/one | quiet trains keeps safe keeps/turbo",
                "{\"dry_run\":true,\"allowed_models\":[\"acme/two\"]} | openai/one | quiet trains keeps safe keeps/turbo"
            })
    void decides(String rules, String asked, String left) {
        assertThat(left(policy(rules), asked)).isEqualTo(left);
    }

    @Test
    void nothingThatOneSaysIsLoosenedByAnother() {
        assertThat(left(
                        policy(
                                "{\"allowed_providers\":[\"safe\",\"keeps\"]}",
                                "{\"allowed_providers\":[\"safe\",\"quiet\"]}"),
                        "openai/one"))
                .isEqualTo("safe");
        assertThat(left(
                        policy("{\"ignored_providers\":[\"safe\"]}", "{\"ignored_providers\":[\"quiet\"]}"),
                        "openai/one"))
                .isEqualTo("trains keeps keeps/turbo");
        assertThat(left(policy("{\"enforce_zdr\":true}", "{\"enforce_zdr\":false}"), "openai/one"))
                .isEqualTo("safe");
        assertThat(left(
                        policy("{\"allowed_data_regions\":[\"global\"]}", "{\"allowed_data_regions\":[\"us\"]}"),
                        "openai/one"))
                .isEqualTo("keeps keeps/turbo");
        assertThat(left(
                        policy("{\"allowed_data_regions\":[\"europe\"]}", "{\"allowed_data_regions\":[\"us\"]}"),
                        "openai/one"))
                .isEqualTo("none");
        assertThat(left(
                        policy("{\"allowed_models\":[\"openai/one\"]}", "{\"allowed_models\":[\"acme/two\"]}"),
                        "openai/one"))
                .isEqualTo("allowed_models");
        assertThat(left(
                        policy("{\"enable_paid_model_training\":true}", "{\"enable_paid_model_training\":false}"),
                        "openai/one"))
                .isEqualTo("keeps safe keeps/turbo");
    }

    @ParameterizedTest(name = "{0}: {1} {2}")
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{\"allowed_providers\":[\"nowhere\"]} | 404 | constraint_filtered | No allowed providers are available",
                "{\"enforce_zdr\":true} | 404 | privacy_restricted | guardrail restrictions and data policy",
                "{\"enforce_zdr\":true,\"ignored_providers\":[\"quiet\"]} | 404 | privacy_restricted | guardrail restrictions",
                "{\"allowed_data_regions\":[\"europe\"]} | 403 | region_restricted | guardrail restrictions"
            })
    void saysWhyNothingIsLeft(String rules, int status, String code, String message) {
        Policy policy = policy(rules);
        Model model = CATALOGUE.findModel("acme/two").orElseThrow();
        List<String> excluded = model.usable().stream()
                .map(endpoint -> String.valueOf(policy.whatExcludes(model, endpoint)))
                .distinct()
                .toList();
        var error = ErrorRenderer.render(policy.whyNone(model, excluded));
        String body = new String(error.body(), StandardCharsets.UTF_8);
        assertThat(error.status()).isEqualTo(status);
        assertThat(body)
                .contains("\"code\":\"" + code + "\"", message, "\"reason\":\"guardrail\"", "\"guardrails\":[\"g-");
    }

    @Test
    void aRefusedModelNamesTheRuleAndTheGuardrail() {
        Model model = CATALOGUE.findModel("acme/two").orElseThrow();
        assertThat(policy("{\"allowed_models\":[\"openai/one\"]}").refusal(model, Variant.NONE))
                .isInstanceOfSatisfying(ApiError.Forbidden.class, error -> {
                    assertThat(error.reason()).isEqualTo("model_not_allowed");
                    assertThat(error.message()).contains("acme/two", "\"Rules\"", "allowed_models");
                    assertThat(error.metadata()).containsKeys("guardrail_id", "guardrail_name", "rule", "models");
                });
    }

    /// A caller's own key may come with another word on retention than the provider's (contract 3.5).
    @Test
    void whatAKeyDeclaresCountsForRetentionAndNothingElse() {
        Model two = CATALOGUE.findModel("acme/two").orElseThrow();
        ModelEndpoint keeps = two.usable().getFirst();
        Policy zdr = policy("{\"enforce_zdr\":true}");
        assertThat(zdr.whatExcludes(two, keeps, false)).isNull();
        assertThat(zdr.whatExcludes(two, keeps, true)).isEqualTo("data_policy:zdr");
        assertThat(policy("{\"allowed_providers\":[\"safe\"]}").whatExcludes(two, keeps, false))
                .isEqualTo("allowed_providers");
    }

    @ParameterizedTest(name = "{0} and {1} leave {2}")
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "null | null | global",
                "[\"us\",\"europe\"] | null | us europe",
                "[\"us\",\"europe\"] | [\"europe\"] | europe",
                "[\"global\"] | [\"us\"] | us",
                "[\"us\"] | [\"global\",\"europe\"] | us",
                "[\"us\"] | [\"europe\"] | ``"
            })
    void tellsWhichRegionsAreLeft(String one, String other, String left) {
        Policy policy = policy("{\"allowed_data_regions\":" + one + "}", "{\"allowed_data_regions\":" + other + "}");
        assertThat(String.join(" ", policy.dataRegions())).isEqualTo(left);
    }

    @Test
    void oneOnTrialOnlyTellsWhatItWouldHaveDone() {
        List<String> counted = new ArrayList<>();
        Hits hits = (guardrail, rule, action) -> counted.add(rule + " " + action + " " + guardrail.dryRun());
        Policy policy = policy(hits, "{\"dry_run\":true,\"allowed_models\":[\"acme/two\"],\"enforce_zdr\":true}");
        Model one = CATALOGUE.findModel("openai/one").orElseThrow();
        Model two = CATALOGUE.findModel("acme/two").orElseThrow();
        assertThat(policy.wouldRefuse(one, Variant.NONE, one.usable().getFirst()))
                .containsExactly("would_block=allowed_models");
        assertThat(policy.wouldRefuse(two, Variant.NONE, two.usable().getFirst()))
                .containsExactly("would_block=data_policy:zdr");
        assertThat(counted).containsExactly("allowed_models block true", "data_policy:zdr block true");
        assertThat(policy.restrict(one)).isSameAs(one);
    }

    @Test
    void enforcedRefusalsAreCounted() {
        List<String> counted = new ArrayList<>();
        Hits hits = (guardrail, rule, action) -> counted.add(rule + " " + action);
        Policy policy = policy(hits, "{\"allowed_models\":[\"openai/one\"]}", "{\"enforce_zdr_other\":true}");
        Model two = CATALOGUE.findModel("acme/two").orElseThrow();
        ApiError refused = policy.refusal(two, Variant.NONE);
        assertThat(refused).isNotNull();
        policy.refused(refused == null ? new ApiError.NotFound("") : refused);
        policy.refused(policy.whyNone(two, List.of("data_policy:zdr")));
        policy.refused(new ApiError.NotFound("something else"));
        assertThat(counted).containsExactly("allowed_models block", "data_policy:zdr block");
    }

    @Test
    void showsWhatMayBeUsed() {
        Policy policy = policy("{\"allowed_providers\":[\"safe\"],\"ignored_models\":[\"acme/two:free\"]}");
        assertThat(CATALOGUE.usable().stream().map(policy::restrict).filter(Model::isUsable))
                .singleElement()
                .satisfies(model -> {
                    assertThat(model.id()).isEqualTo("openai/one");
                    assertThat(model.usable()).extracting(ModelEndpoint::tag).containsExactly("safe");
                });
    }
}
