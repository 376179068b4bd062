package dev.faregate.byok;

import dev.faregate.base.Secret;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Opened provider keys for tests of other packages.
public final class TestCredentials {
    private TestCredentials() {}

    public static Usable usable(Credential... keys) {
        return Usable.of(List.of(keys));
    }

    /// `kind`: plain, fallback, required or only.
    public static Credential of(String provider, String kind, @Nullable List<String> models) {
        ProviderKey.Use use = new ProviderKey.Use(
                false, kind.equals("fallback"), kind.equals("required"), kind.equals("only"), null, models, null, null);
        ProviderKey key = new ProviderKey(
                provider + "-" + kind, "org", null, provider, null, "...", use, 0, new Sealed("", ""), Instant.EPOCH);
        return new Credential(key, new KeyMaterial.Plain(Secret.of("k")));
    }
}
