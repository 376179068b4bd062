package dev.faregate.guardrails;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// The content filters that come with the server (contract 3.6). `placeholder` stands where something was redacted.
///
/// `person-name` is not among them: names cannot be told from other words without a model of the language, and a
/// filter that misses most of them would be a false promise. It is refused with a 400.
enum Builtin {
    EMAIL("email", "[EMAIL]", new EmailAddresses()),
    PHONE("phone", "[PHONE]", new PhoneNumbers()),
    SSN("ssn", "[SSN]", new SocialSecurityNumbers()),
    CREDIT_CARD("credit-card", "[CREDIT_CARD]", new CardNumbers()),
    IP_ADDRESS("ip-address", "[IP_ADDRESS]", new IpAddresses()),
    SECRETS("secrets", "[SECRET]", secrets()),
    ADDRESS("address", "[ADDRESS]", addresses()),
    PROMPT_INJECTION("regex-prompt-injection", "[PROMPT_INJECTION]", injections());

    /// In the contract, and not to be had here.
    static final String PERSON_NAME = "person-name";

    private final String slug;
    private final String placeholder;
    private final Detector detector;

    Builtin(String slug, String placeholder, Detector detector) {
        this.slug = slug;
        this.placeholder = placeholder;
        this.detector = detector;
    }

    String slug() {
        return slug;
    }

    String placeholder() {
        return placeholder;
    }

    Detector detector() {
        return detector;
    }

    static List<String> slugs() {
        return java.util.Arrays.stream(values()).map(Builtin::slug).toList();
    }

    static @Nullable Builtin find(String slug) {
        for (Builtin builtin : values()) {
            if (builtin.slug.equals(slug)) {
                return builtin;
            }
        }
        return null;
    }

    /// Credentials that their own form gives away: private keys in PEM, and the prefixes that the large services
    /// document for scanners.
    private static Detector secrets() {
        String pem =
                "-----BEGIN (?:[A-Z]+ ){0,3}PRIVATE KEY-----[^-]*" + "(?:-----END (?:[A-Z]+ ){0,3}PRIVATE KEY-----)?";
        String prefixed = "\\b(?:sk-[A-Za-z0-9_-]{16,}|AIza[A-Za-z0-9_-]{30,}|ya29\\.[A-Za-z0-9_.-]{20,}"
                + "|gsk_[A-Za-z0-9]{16,}|xai-[A-Za-z0-9_-]{16,}|hf_[A-Za-z0-9]{16,}|r8_[A-Za-z0-9]{16,}"
                + "|nvapi-[A-Za-z0-9_-]{16,}|pplx-[A-Za-z0-9]{16,}|A(?:KIA|SIA)[A-Z0-9]{16}"
                + "|gh[opsur]_[A-Za-z0-9]{16,}|github_pat_[A-Za-z0-9_]{16,}|glpat-[A-Za-z0-9_-]{16,}"
                + "|npm_[A-Za-z0-9]{20,}|pypi-[A-Za-z0-9_-]{20,}|xox[abeprs]-[A-Za-z0-9-]{10,}"
                + "|[rs]k_(?:live|test)_[A-Za-z0-9]{10,}|SG\\.[A-Za-z0-9_-]{16,}\\.[A-Za-z0-9_-]{16,}"
                + "|eyJ[A-Za-z0-9_-]{8,}\\.eyJ[A-Za-z0-9_-]{8,}\\.[A-Za-z0-9_-]+)";
        List<String> words = List.of(
                "private key-----",
                "sk-",
                "aiza",
                "ya29.",
                "gsk_",
                "xai-",
                "hf_",
                "r8_",
                "nvapi-",
                "pplx-",
                "akia",
                "asia",
                "ghp_",
                "gho_",
                "ghs_",
                "ghu_",
                "ghr_",
                "github_pat_",
                "glpat-",
                "npm_",
                "pypi-",
                "xox",
                "k_live_",
                "k_test_",
                "sg.",
                "eyj");
        return new Keyworded(words, LinearPattern.ofOurs(pem + "|" + prefixed));
    }

    /// Postal addresses in the forms of English-speaking countries (`221B Baker Street`, `PO Box 123`), with unit,
    /// town, state and code where they follow; and streets with the number behind, as in German (`Hauptstraße 12`).
    private static Detector addresses() {
        String kinds = "(?:Street|St|Avenue|Ave|Road|Rd|Boulevard|Blvd|Lane|Ln|Drive|Dr|Court|Ct|Way|Place|Pl|Square|Sq"
                + "|Terrace|Ter|Parkway|Pkwy|Highway|Hwy|Circle|Cir|Crescent|Close|Trail|Alley)";
        String name = "(?:[NSEW]{1,2}\\.? )?(?:(?:\\p{Lu}[\\p{L}'.-]*|\\d{1,3}(?:st|nd|rd|th)) ){1,4}";
        String unit = "(?:,? (?:Apt|Apartment|Suite|Ste|Unit|Flat|Floor|#)\\.? ?[A-Za-z0-9-]{1,6})?";
        String town = "(?:, \\p{Lu}[\\p{L}'. -]{1,40})?(?:,? [A-Z]{2} \\d{5}(?:-\\d{4})?)?";
        String english = "\\b\\d{1,6}[A-Za-z]? " + name + kinds + "\\b\\.?" + unit + town;
        String box = "\\b(?i:P\\.? ?O\\.? Box) \\d{1,7}\\b" + town;
        String german = "\\p{Lu}[\\p{L}-]{2,40}(?:stra(?:ß|ss)e|str\\.|weg|platz|allee|gasse) \\d{1,4}[a-z]?\\b"
                + "(?:, \\d{5} \\p{Lu}[\\p{L}-]{1,40})?";
        List<String> words = List.of(
                " street",
                " st",
                " ave",
                " road",
                " rd",
                " blvd",
                " boulevard",
                " lane",
                " ln",
                " dr",
                " court",
                " ct",
                " way",
                " pl",
                " sq",
                " ter",
                " parkway",
                " pkwy",
                " h",
                " cir",
                " crescent",
                " close",
                " trail",
                " alley",
                "box ",
                "stra",
                "str.",
                "weg ",
                "platz ",
                "allee ",
                "gasse ");
        return new Keyworded(words, LinearPattern.ofOurs(english + "|" + box + "|" + german));
    }

    /// Phrases that try to set aside what a model was told before, or to have it told. As with every list of
    /// phrases, whoever words it differently passes.
    private static Detector injections() {
        String earlier =
                "(?:(?:all|any|the|your|my|these|those|of) ){0,3}(?:previous|prior|above|earlier|preceding|former"
                        + "|original|initial|system)";
        String rules =
                "(?:instructions?|prompts?|rules?|directions?|directives?|guidelines?|messages?|commands?|context"
                        + "|constraints?)";
        String setAside = "\\b(?:ignore|disregard|forget|override|bypass|skip|neglect) (?:everything|anything|"
                + earlier + ") ?(?:" + rules + "|(?:above|before|prior|previously|said))";
        String above = "\\b(?:ignore|disregard|forget) (?:(?:all|everything|of|the) ){0,3}above\\b";
        String aside =
                "\\b(?:ignore|disregard|forget|override|bypass) (?:all |any |the |your |these ){0,3}" + rules + "\\b";
        String told =
                "\\b(?:reveal|show|print|repeat|output|display|tell me|give me|what (?:is|are|was|were)|leak|expose) "
                        + "(?:me )?(?:(?:the|your|all|full|entire|exact|original|initial|hidden|secret) ){0,4}"
                        + "(?:system (?:prompt|message|instructions?)|initial (?:prompt|instructions?)|hidden (?:prompt|instructions?)"
                        + "|developer (?:message|prompt|instructions?))";
        String persona =
                "\\b(?:you are now|from now on,? you (?:are|will act as)|act as|pretend (?:to be|you are)) (?:an? )?"
                        + "(?:DAN\\b|do anything now|jailbroken|unrestricted|unfiltered|uncensored|in (?:developer|god|debug|admin) mode)";
        String freed = "\\b(?:do anything now|developer mode (?:enabled|on|activated)|jailbreak(?:ed)? (?:mode|prompt)"
                + "|(?:without|no|free (?:from|of)) (?:any |all )?(?:restrictions?|filters?|censorship|safety (?:rules|guidelines))"
                + " (?:apply|whatsoever|at all))";
        String marks =
                "<\\|(?:im_start|im_end|system|endoftext)\\|>|\\[/?INST\\]|<</?SYS>>|(?:^|\\n)#{2,3} ?(?:system|new)"
                        + " (?:prompt|instructions?)";
        String all = "(?i)(?:" + String.join("|", setAside, above, aside, told, persona, freed, marks) + ")";
        List<String> words = List.of(
                "ignore",
                "disregard",
                "forget",
                "override",
                "bypass",
                "skip",
                "neglect",
                "system ",
                "prompt",
                "instruction",
                "hidden",
                "developer",
                "you are now",
                "from now on",
                "act as",
                "pretend",
                "anything now",
                "jailbr",
                "restriction",
                "filter",
                "censor",
                "safety",
                "<|",
                "inst]",
                "sys>>",
                "##");
        return new Keyworded(words, LinearPattern.ofOurs(all));
    }
}
