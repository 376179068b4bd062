package dev.faregate.accounts;

import dev.faregate.base.Secret;
import java.time.Instant;

/// An authenticator app, for tests.
public final class TestCodes {
    private TestCodes() {}

    /// The code that the app shows so many steps of thirty seconds from now.
    public static String code(String secret, int stepsAhead) {
        return TotpCodes.code(Secret.of(secret.replace(" ", "")), TotpCodes.stepOf(Instant.now()) + stepsAhead);
    }
}
