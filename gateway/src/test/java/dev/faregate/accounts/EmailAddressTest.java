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
                "\u212Aate@example.com"
            })
    void isNoAddress(String text) {
        assertThat(EmailAddress.normal(text)).isNull();
    }
}
