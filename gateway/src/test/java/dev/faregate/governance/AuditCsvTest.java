package dev.faregate.governance;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class AuditCsvTest {
    @Test
    void makesFormulasText() {
        for (String start : new String[] {"=", "+", "-", "@", "\t", "\r", "\n"}) {
            assertThat(AuditCsv.cell(start + "1")).isEqualTo("\"'" + start + "1\"");
        }
        assertThat(AuditCsv.cell("a=1")).isEqualTo("\"a=1\"");
    }

    @Test
    void keepsQuotesAndNothing() {
        assertThat(AuditCsv.cell("a \"b\", c")).isEqualTo("\"a \"\"b\"\", c\"");
        assertThat(AuditCsv.cell("")).isEqualTo("\"\"");
    }
}
