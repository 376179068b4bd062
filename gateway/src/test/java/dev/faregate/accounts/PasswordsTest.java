package dev.faregate.accounts;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.faregate.base.Secret;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/// Argon2id as we keep it.
class PasswordsTest {
    private static final Secret PASSWORD = Secret.of("seven quiet lanterns");

    private final Passwords passwords = new Passwords();

    @Test
    void fitsItsOwnHashOnly() {
        String hash = passwords.hash(PASSWORD);
        assertThat(hash).startsWith("$argon2id$v=19$m=19456,t=2,p=1$").doesNotContain("lanterns");
        assertThat(passwords.hash(PASSWORD)).as("salted").isNotEqualTo(hash);
        assertThat(passwords.fits(PASSWORD, hash)).isTrue();
        assertThat(passwords.fits(Secret.of("seven quiet lantern"), hash)).isFalse();
        assertThat(Passwords.isOutdated(hash)).isFalse();
    }

    /// Computed with the reference implementation: `argon2 somesalt -id -t 2 -m 16 -p 1`, password "password"
    /// (phc-winner-argon2, test.c, version 0x13).
    @Test
    void computesWhatTheReferenceImplementationDoes() {
        String reference = "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc";
        assertThat(passwords.fits(Secret.of("password"), reference)).isTrue();
        assertThat(passwords.fits(Secret.of("passwore"), reference)).isFalse();
        assertThat(Passwords.isOutdated(reference)).isTrue();
    }

    @Test
    void takesTwoSpellingsOfTheSameLettersForOne() {
        String hash = passwords.hash(Secret.of("cafe\u0301 au lait encore"));
        assertThat(passwords.fits(Secret.of("caf\u00e9 au lait encore"), hash)).isTrue();
    }

    /// What an attacker could measure: the best of several runs is that of the work itself. Without any
    /// work it would be a thousandth.
    @Test
    void worksAsHardForSomebodyWhoIsNotThere() {
        String hash = passwords.hash(PASSWORD);
        long known = best(hash);
        long unknown = best(null);
        assertThat(passwords.fits(PASSWORD, null)).isFalse();
        assertThat(unknown).isGreaterThan(known / 4);
    }

    private long best(@Nullable String hash) {
        long best = Long.MAX_VALUE;
        for (int i = 0; i < 3; i++) {
            long start = System.nanoTime();
            passwords.fits(Secret.of("something else"), hash);
            best = Math.min(best, System.nanoTime() - start);
        }
        return best;
    }

    @Test
    void followsNoHashWithParametersOutOfRange() {
        for (String hash : new String[] {
            "$argon2id$v=19$m=9999999,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc",
            "$argon2i$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc",
            "plain"
        }) {
            assertThatThrownBy(() -> passwords.fits(PASSWORD, hash))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageNotContaining("lanterns");
        }
    }
}
