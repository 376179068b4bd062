package dev.faregate.pages;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ViewTest {
    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '~', textBlock = """
                    ada              | A
                    "quoted" name    | Q
                    4 letters        | 4
                    émile            | É
                    𝒶bc              | 𝒶
                    ***              | *
                    ~~               | ~~
                    """)
    void aNameIsShownByItsFirstLetter(String name, String letter) {
        assertThat(View.first(name)).isEqualTo(letter);
    }
}
