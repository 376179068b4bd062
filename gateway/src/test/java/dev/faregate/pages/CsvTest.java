package dev.faregate.pages;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class CsvTest {
    @Test
    void makesFormulasText() {
        for (String start : new String[] {"=", "+", "-", "@", "\t", "\r", "\n"}) {
            assertThat(Csv.cell(start + "A1")).isEqualTo("\"'" + start + "A1\"");
        }
        assertThat(Csv.cell("a=1")).isEqualTo("\"a=1\"");
    }

    @Test
    void leavesNumbersAsTheyAre() {
        for (String number : new String[] {"0", "12", "-1.5", "0.000000001"}) {
            assertThat(Csv.cell(number)).isEqualTo(number);
        }
        assertThat(Csv.cell("-1+1")).isEqualTo("\"'-1+1\"");
    }

    @Test
    void keepsQuotesAndNothing() {
        assertThat(Csv.cell("a \"b\", c")).isEqualTo("\"a \"\"b\"\", c\"");
        assertThat(Csv.cell("")).isEqualTo("\"\"");
    }
}
