package dev.faregate.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CatalogueTest {
    @ParameterizedTest(name = "{0} means {1} {2}")
    @CsvSource({
        "openai/gpt-4o, openai/gpt-4o, NONE",
        "gpt-4o, openai/gpt-4o, NONE",
        "OpenAI/GPT-4o, openai/gpt-4o, NONE",
        "GPT-4O, openai/gpt-4o, NONE",
        "openai/gpt-4o-20240513, openai/gpt-4o, NONE",
        "gpt-4o-2024-05-13, openai/gpt-4o-2024-05-13, NONE",
        "gpt-4o-mini-2024-07-18, openai/gpt-4o-mini, NONE",
        "claude-sonnet-4-5-20250929, anthropic/claude-sonnet-4.5, NONE",
        "claude-sonnet-4-5, anthropic/claude-sonnet-4.5, NONE",
        "claude-opus-4-8, anthropic/claude-opus-4.8, NONE",
        "anthropic/claude-sonnet-4-5, anthropic/claude-sonnet-4.5, NONE",
        "~anthropic/claude-sonnet-latest, anthropic/claude-sonnet-5, NONE",
        "gemini-2.5-flash, google/gemini-2.5-flash, NONE",
        "mistral-large-latest, mistralai/mistral-large-2512, NONE",
        "openai/gpt-4o:nitro, openai/gpt-4o, NITRO",
        "gpt-4o:floor, openai/gpt-4o, FLOOR",
        "openai/gpt-4o:exacto, openai/gpt-4o, EXACTO",
        "openai/gpt-4o:online, openai/gpt-4o, ONLINE",
        "openai/gpt-4o:NITRO, openai/gpt-4o, NITRO",
        "openai/gpt-oss-20b:free, openai/gpt-oss-20b:free, NONE",
        "gpt-oss-20b:free, openai/gpt-oss-20b:free, NONE",
        "openai/gpt-oss-20b:free:nitro, openai/gpt-oss-20b:free, NITRO",
        "qwen/qwen-plus-2025-07-28:thinking, qwen/qwen-plus-2025-07-28:thinking, NONE",
        "faregate/echo, faregate/echo, NONE",
        "echo, faregate/echo, NONE"
    })
    void resolves(String requested, String id, Variant variant) {
        assertThat(TestCatalogue.SHIPPED.resolve(requested)).isInstanceOfSatisfying(Resolution.Found.class, found -> {
            assertThat(found.model().id()).isEqualTo(id);
            assertThat(found.variant()).isEqualTo(variant);
        });
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                " ",
                "/",
                ":",
                "openai/",
                "openai/gpt-99",
                "gpt-4o:free",
                "openai/gpt-4o:turbo",
                "openai/gpt-4o:",
                ":nitro",
                "openai/gpt-4o ",
                "gpt-4o\n",
                "nobody/gpt-4o",
                "openai/openai/gpt-4o",
                "faregate/echo:free"
            })
    void knowsNothingOf(String requested) {
        assertThat(TestCatalogue.SHIPPED.resolve(requested)).isInstanceOf(Resolution.Unknown.class);
    }

    @Test
    void refusesToLookUpABook() {
        assertThat(TestCatalogue.SHIPPED.resolve("x".repeat(1_000_000))).isInstanceOf(Resolution.Unknown.class);
    }

    @Test
    void everyShippedNameResolvesToItsModel() {
        for (Model model : TestCatalogue.SHIPPED.models()) {
            assertThat(List.of(model.id(), model.canonicalSlug()))
                    .allSatisfy(name -> assertThat(TestCatalogue.SHIPPED.resolve(name))
                            .isEqualTo(new Resolution.Found(model, Variant.NONE)));
            assertThat(model.aliases())
                    .allSatisfy(name -> assertThat(TestCatalogue.SHIPPED.resolve(name))
                            .isEqualTo(new Resolution.Found(model, Variant.NONE)));
            assertThat(TestCatalogue.SHIPPED.resolve(model.slug())).isNotInstanceOf(Resolution.Unknown.class);
        }
    }

    @Test
    void theCommonCaseReturnsTheSameObjectEachTime() {
        Resolution first = TestCatalogue.SHIPPED.resolve("openai/gpt-4o");
        assertThat(TestCatalogue.SHIPPED.resolve("openai/gpt-4o")).isSameAs(first);
        assertThat(TestCatalogue.SHIPPED.resolve("gpt-4o")).isSameAs(TestCatalogue.SHIPPED.resolve("gpt-4o"));
    }

    @Test
    void aSharedBareNameIsAmbiguousUnlessOneModelIsUsable() {
        Catalogue all = TestCatalogue.small();
        Resolution both = new Resolution.Ambiguous(List.of("acme/swift", "other/swift"));
        assertThat(all.resolve("swift")).isEqualTo(both);
        assertThat(all.resolve("swift:floor")).isEqualTo(both);
        assertThat(all.withProviders(Set.of()).resolve("swift")).isEqualTo(both);
        assertThat(all.withProviders(Set.of("acme")).resolve("swift"))
                .isInstanceOfSatisfying(
                        Resolution.Found.class,
                        found -> assertThat(found.model().id()).isEqualTo("acme/swift"));
        assertThat(all.resolve("swift-latest")).isInstanceOf(Resolution.Found.class);
    }

    @Test
    void restrictingKeepsAllModelsKnownAndMarksTheUsable() {
        Catalogue acme = TestCatalogue.small().withProviders(Set.of("acme"));
        assertThat(acme.models()).hasSize(6);
        assertThat(acme.usable()).extracting(Model::id).containsExactly("acme/swift", "acme/vectors", "faregate/echo");
        Model swift = TestCatalogue.model(acme, "acme/swift");
        assertThat(swift.usable()).extracting(ModelEndpoint::tag).containsExactly("acme");
        assertThat(swift.endpoints()).extracting(ModelEndpoint::tag).containsExactly("acme", "bulk");
        assertThat(acme.resolve("other/swift"))
                .isInstanceOfSatisfying(
                        Resolution.Found.class,
                        found -> assertThat(found.model().isUsable()).isFalse());
        assertThat(acme.isConfigured("acme")).isTrue();
        assertThat(acme.isConfigured("bulk")).isFalse();
        assertThat(acme.isConfigured("faregate")).isTrue();
        assertThat(acme.withAllProviders().usable()).hasSize(5);
        assertThat(acme.withProviders(Set.of("bulk")).usable())
                .extracting(Model::id)
                .contains("other/swift");
    }

    @Test
    void anUnpricedEndpointIsKnownButNotUsable() {
        Model solo = TestCatalogue.model(TestCatalogue.small(), "acme/solo");
        assertThat(solo.endpoints()).hasSize(1);
        assertThat(solo.endpoints().getFirst().prices().isKnown()).isFalse();
        assertThat(solo.isUsable()).isFalse();
    }

    @Test
    void usableEndpointsComeCheapestFirst() {
        assertThat(TestCatalogue.model(TestCatalogue.small(), "acme/swift").usable())
                .extracting(ModelEndpoint::tag)
                .containsExactly("bulk", "acme");
    }

    @Test
    void listsNewestFirst() {
        assertThat(TestCatalogue.small().models()).extracting(Model::id).startsWith("acme/swift", "acme/solo");
    }

    @Test
    void embeddingsHaveAPriceWithoutCompletions() {
        Model vectors = TestCatalogue.model(TestCatalogue.small(), "acme/vectors");
        assertThat(vectors.isUsable()).isTrue();
        assertThat(Charge.cost(vectors.usable().getFirst().prices(), TokenCounts.of(1_000, 0))
                        .nanos())
                .isEqualTo(100_000);
    }

    @Test
    void twoModelsMayNotClaimOneName() {
        String clash = TestCatalogue.SMALL.replace("\"acme/swift-latest\", ", "\"other/swift\", ");
        assertThatThrownBy(() -> TestCatalogue.read(clash))
                .isInstanceOf(CatalogueException.class)
                .hasMessageContaining("other/swift");
    }

    @Test
    void snapshotsAreReplacedWholeAndNoChangeIsLost() throws InterruptedException {
        Catalogues catalogues = new Catalogues(TestCatalogue.small());
        Catalogue before = catalogues.snapshot();
        AtomicInteger applied = new AtomicInteger();
        CountDownLatch done = new CountDownLatch(8);
        for (int i = 0; i < 8; i++) {
            Thread.ofVirtual().start(() -> {
                catalogues.update(current -> {
                    int seen = applied.get();
                    Catalogue next = current.withProviders(Set.of("acme"));
                    applied.set(seen + 1); // lost unless changes run one after the other
                    return next;
                });
                done.countDown();
            });
        }
        assertThat(done.await(10, TimeUnit.SECONDS)).isTrue();
        assertThat(applied).hasValue(8);
        assertThat(before.usable()).as("an old snapshot does not change").hasSize(5);
        assertThat(catalogues.snapshot().usable()).hasSize(3);
        Catalogue kept = catalogues.snapshot();
        assertThatThrownBy(() -> catalogues.update(_ -> {
                    throw new CatalogueException("models[0].id", "missing");
                }))
                .isInstanceOf(CatalogueException.class);
        assertThat(catalogues.snapshot()).isSameAs(kept);
    }
}
