package dev.faregate.oauth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.faregate.base.ApiException;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Where codes may be sent (contract 3.4).
class CallbackTest {
    @ParameterizedTest
    @CsvSource({
        "https://app.example/cb, app.example, https://app.example",
        "https://App.Example:8443/cb?x=1, app.example, https://app.example:8443",
        "http://localhost:3000/cb, localhost:3000, http://localhost:3000",
        "http://127.0.0.1/cb, 127.0.0.1, http://127.0.0.1",
        "http://[::1]:9/cb, [::1]:9, http://[::1]:9",
        "HTTPS://app.example, app.example, https://app.example",
    })
    void namesTheAppByItsOrigin(String url, String name, String origin) {
        Callback callback = Callback.of("callback_url", url);
        assertThat(callback.name()).isEqualTo(name);
        assertThat(callback.app().origin()).isEqualTo(origin);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "http://app.example/cb",
                "http://localhost.evil.example/cb",
                "http://127.0.0.1.evil.example/",
                "http://10.0.0.1/cb",
                "https://user@app.example/cb",
                "https://app.example/cb#x",
                "https:///cb",
                "ftp://localhost/cb",
                "javascript:alert(1)",
                "myapp://cb",
                "//app.example/cb",
                "/cb",
                "https://app.example/ cb",
                "https://app.example/\\u000d\\u000aSet-Cookie:x",
            })
    void refusesAnyOtherPlace(String url) {
        assertThatThrownBy(() -> Callback.of("callback_url", url)).isInstanceOf(ApiException.class);
    }
}
