package dev.faregate.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class NamedScriptsTest {
    private static final Script BASE = Script.answer().promptTokens(5);

    static Stream<NamedScripts.Word> words() {
        return NamedScripts.WORDS.stream();
    }

    @ParameterizedTest
    @MethodSource("words")
    void readsEveryWordOfTheTable(NamedScripts.Word word) {
        Script script = NamedScripts.ofModel(BASE, "sim/" + word.name()).orElseThrow();
        assertThat(script.label()).isEqualTo(word.name());
        assertThat(script.name("")).isEqualTo(word.change().apply(word.number()).apply(BASE));
        assertThat(script.name("").equals(BASE)).isEqualTo(word.name().equals("fast"));
    }

    @Test
    void joinsWordsAndNumbers() {
        Script script = NamedScripts.parse(BASE, "chunks=50+delay=12+reset=7").orElseThrow();
        assertThat(script.content().chunks()).isEqualTo(50);
        assertThat(script.timing().chunkDelay()).isEqualTo(Duration.ofMillis(12));
        assertThat(script.fault()).isEqualTo(new Fault.Reset(7));
        assertThat(script.tokens().prompt()).isEqualTo(5);
    }

    @Test
    void takesABareStatus() {
        Script script = NamedScripts.ofModel(BASE, "sim/429+latency=5").orElseThrow();
        assertThat(script.fault()).isEqualTo(new Fault.Refuse(429, Fault.ErrorBody.USUAL, 1));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", "nonsense", "fast+", "fast=1", "chunks=", "chunks=x", "chunks=-1", "chunks=1000001", "999"})
    void readsNothingElse(String words) {
        assertThat(NamedScripts.parse(BASE, words)).isEmpty();
    }

    @Test
    void leavesOtherModelsAlone() {
        assertThat(NamedScripts.ofModel(BASE, "gpt-4o")).isEmpty();
    }
}
