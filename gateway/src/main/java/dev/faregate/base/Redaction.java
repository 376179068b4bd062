package dev.faregate.base;

import java.util.List;
import java.util.regex.Pattern;

/// Takes out of a text whatever looks like a secret. This is the second wall: the first is [Secret],
/// which never gets into a text at all. Used on every log line and on error texts that others wrote.
///
/// Patterns are linear: no nested repetition, so an evil text costs no more than a long one.
public final class Redaction {
    /// What stands in the place of a secret.
    public static final String MASK = "[redacted]";

    /// A pattern and what replaces it; `$1` keeps the harmless start that says what was there.
    private record Rule(Pattern pattern, String replacement) {
        static Rule of(String regex, String replacement) {
            return new Rule(Pattern.compile(regex), replacement);
        }
    }

    /// Key texts that a prefix gives away. Ours and OpenAI's, Anthropic's, OpenRouter's, DeepSeek's and
    /// others' start with `sk-`; the rest are Google, Groq, xAI, Hugging Face, Replicate, Fireworks,
    /// NVIDIA, Perplexity, Cerebras, Together, AWS, GitHub, Slack, Stripe, and any JSON Web Token.
    private static final String KEY_TEXTS = "\\b(?:"
            + "sk-[A-Za-z0-9_-]{8,}"
            + "|AIza[A-Za-z0-9_-]{20,}"
            + "|ya29\\.[A-Za-z0-9_.-]{20,}"
            + "|gsk_[A-Za-z0-9]{16,}"
            + "|xai-[A-Za-z0-9_-]{16,}"
            + "|hf_[A-Za-z0-9]{16,}"
            + "|r8_[A-Za-z0-9]{16,}"
            + "|fw_[A-Za-z0-9]{16,}"
            + "|nvapi-[A-Za-z0-9_-]{16,}"
            + "|pplx-[A-Za-z0-9]{16,}"
            + "|csk-[A-Za-z0-9]{16,}"
            + "|tgp_v1_[A-Za-z0-9_-]{16,}"
            + "|A(?:KIA|SIA)[A-Z0-9]{16}"
            + "|gh[opsu]_[A-Za-z0-9]{16,}"
            + "|github_pat_[A-Za-z0-9_]{16,}"
            + "|xox[abprs]-[A-Za-z0-9-]{10,}"
            + "|[rs]k_(?:live|test)_[A-Za-z0-9]{10,}"
            + "|eyJ[A-Za-z0-9_-]{8,}\\.[A-Za-z0-9_-]{8,}(?:\\.[A-Za-z0-9_-]*)?"
            + ")";

    private static final List<Rule> RULES = List.of(
            Rule.of("(?i)\\b((?:bearer|basic)\\s+)[A-Za-z0-9._~+/=-]{6,}", "$1" + MASK),
            Rule.of(
                    "(?i)\\b((?:authorization|proxy-authorization|(?:x-)?(?:goog-)?api-?key|cookie|set-cookie)\\b"
                            + "[\"']?\\s*[:=]\\s*[\"']?)(?!(?:bearer|basic)\\s)[^\\s\"',;]{4,}",
                    "$1" + MASK),
            Rule.of(
                    "(?i)\\b((?:api[_-]?key|access_token|refresh_token|client_secret|password|secret|token)\\b"
                            + "[\"']?\\s*[:=]\\s*[\"']?)[^\\s\"',;&]{4,}",
                    "$1" + MASK),
            Rule.of("([?&]key=)[^\\s\"'&#]+", "$1" + MASK),
            Rule.of("(://[^\\s/:@]{1,256}:)[^\\s/@]{1,1024}@", "$1" + MASK + "@"),
            Rule.of(KEY_TEXTS, MASK));

    private Redaction() {}

    /// The text without secrets; the very same object when there was none.
    public static String apply(String text) {
        String clean = text;
        for (Rule rule : RULES) {
            clean = rule.pattern.matcher(clean).replaceAll(rule.replacement);
        }
        return clean.equals(text) ? text : clean;
    }
}
