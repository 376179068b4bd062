package dev.faregate.accounts;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EmailAddressTest {
    @Test
    void keepsOneSpelling() {
        assertThat(EmailAddress.normal("  Ada.Lovelace+x@Example.COM ")).isEqualTo("ada.lovelace+x@example.com");
        assertThat(EmailAddress.normal("root@localhost")).isEqualTo("root@localhost");
    }

    /// RFC 5890: the same domain in letters and as the name server knows it.
    @ParameterizedTest
    @ValueSource(
            strings = {
                "ada@b\u00fccher.example",
                "ada@bu\u0308cher.example",
                " Ada@B\u00dcCHER.Example ",
                "ADA@XN--BCHER-KVA.EXAMPLE",
                "ada@xn--bcher-kva.example"
            })
    void keepsOneSpellingOfADomainInOtherLetters(String text) {
        assertThat(EmailAddress.normal(text)).isEqualTo("ada@xn--bcher-kva.example");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "ada",
                "@example.com",
                "ada@",
                "ada@example..com",
                "ada@-example.com",
                "a b@example.com",
                "ada@example.com,eve@example.com",
                "ada@example.com\r\nBcc: eve@example.com",
                "<ada@example.com>",
                "\"ada\"@example.com",
                "ad\u0430@example.com",
                "ada@ex\u0430mple.com",
                "\u212Aate@example.com",
                "ada@\u212Aate.example",
                "ada@\uff45xample.com",
                "ada@fa\u00df.example",
                "ada@example\u3002com",
                "\u00e4da@example.com",
                "ada@\u00fc..example"
            })
    void isNoAddress(String text) {
        assertThat(EmailAddress.normal(text)).isNull();
    }
}
