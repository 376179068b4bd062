package dev.faregate.pages;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class CsvTest {
    @Test
    void makesFormulasText() {
        for (String start : new String[] {"=", "+", "-", "@", "\t", "\r", "\n"}) {
            assertThat(Csv.cell(start + "1")).isEqualTo("\"'" + start + "1\"");
        }
        assertThat(Csv.cell("a=1")).isEqualTo("\"a=1\"");
    }

    @Test
    void keepsQuotesAndNothing() {
        assertThat(Csv.cell("a \"b\", c")).isEqualTo("\"a \"\"b\"\", c\"");
        assertThat(Csv.cell("")).isEqualTo("\"\"");
    }
}
