package dev.faregate.keys;

import java.time.Instant;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// A secret of a key was found where others can read it, and this was done. `label` is what may be shown of the
/// secret, `url` where it was found and `source` what that is (`commit`, `gist_comment`), as far as the
/// reporter said.
public record Exposure(
        ApiKey key,
        String label,
        Origin origin,
        @Nullable String source,
        @Nullable String url,
        Outcome outcome,
        Instant at) {
    /// Who reported it. `ANYBODY` had the text of the key, and said no more.
    public enum Origin {
        GITHUB("GitHub's secret scanning"),
        GITLAB("GitLab's secret detection"),
        ANYBODY("somebody who has the key");

        private final String words;

        Origin(String words) {
            this.words = words;
        }

        /// As people read it.
        public String words() {
            return words;
        }

        /// The word in the database, in addresses and in the audit log.
        public String word() {
            return name().toLowerCase(Locale.ROOT);
        }

        static Origin ofWord(String word) {
            return valueOf(word.toUpperCase(Locale.ROOT));
        }
    }

    /// What was done.
    public enum Outcome {
        /// The key is disabled: the secret was the one that opens it for good; or it was disabled before, for another
        /// reason.
        KEY_DISABLED,
        /// The secret has ended, and the key goes on with its others: it was rotated out, lent to an app, or of
        /// another system.
        SECRET_ENDED,
        /// Nothing but telling, as the organization wants it.
        TOLD,
        /// Nothing: the secret opened no door any more.
        WAS_DEAD;

        String word() {
            return name().toLowerCase(Locale.ROOT);
        }

        static Outcome ofWord(String word) {
            return valueOf(word.toUpperCase(Locale.ROOT));
        }
    }

    /// What an organization wants to be done besides telling.
    public enum Policy {
        DISABLE,
        NOTIFY;

        public String word() {
            return name().toLowerCase(Locale.ROOT);
        }

        public static Policy ofWord(String word) {
            return valueOf(word.toUpperCase(Locale.ROOT));
        }
    }
}
