package dev.faregate.formats;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// What the name of a model tells.
class ClaudeModelTest {
    @ParameterizedTest
    @CsvSource({
        "claude-3-haiku-20240307, NONE, 0, true, false",
        "claude-3-5-sonnet-20241022, NONE, 0, true, false",
        "claude-3-7-sonnet-20250219, BUDGET, 0, true, false",
        "claude-sonnet-4-20250514, BUDGET, 0, true, false",
        "claude-opus-4-1-20250805, BUDGET, 0, true, true",
        "claude-haiku-4-5-20251001, BUDGET, 0, true, true",
        "claude-opus-4-5-20251101, BUDGET, 3, true, true",
        "claude-sonnet-4-6, EITHER, 3, true, true",
        "claude-opus-4-6@default, EITHER, 4, true, true",
        "claude-opus-4-7, ADAPTIVE, 5, false, true",
        "claude-opus-4.8, ADAPTIVE, 5, false, true",
        "claude-sonnet-5, ADAPTIVE, 5, false, true",
        "claude-mythos-preview, ADAPTIVE, 5, false, true",
        "deepseek-chat, BUDGET, 0, true, true"
    })
    void tellsWhatItTakes(String name, ClaudeModel.Thinking thinking, int efforts, boolean sampling, boolean schemas) {
        ClaudeModel model = ClaudeModel.of(name);
        assertThat(model.thinking()).isEqualTo(thinking);
        assertThat(model.efforts()).hasSize(efforts);
        assertThat(model.sampling()).isEqualTo(sampling);
        assertThat(model.schemas()).isEqualTo(schemas);
    }
}
