package dev.faregate.leaks;

import dev.faregate.keys.Exposure;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/// A service that looks for keys in public places and signs what it reports: a list of findings, each with its
/// text, under headers that name the key of the signature (mission 3.1 and 3.2).
///
/// Sources: GitHub's "Secret scanning partner program", GitLab's "Partner program for leaked-credential
/// notifications".
enum Reporter {
    GITHUB(Exposure.Origin.GITHUB, "Github-Public-Key-Identifier", "Github-Public-Key-Signature"),
    GITLAB(Exposure.Origin.GITLAB, "Gitlab-Public-Key-Identifier", "Gitlab-Public-Key-Signature");

    private final Exposure.Origin origin;
    private final String keyHeader;
    private final String signatureHeader;

    Reporter(Exposure.Origin origin, String keyHeader, String signatureHeader) {
        this.origin = origin;
        this.keyHeader = keyHeader;
        this.signatureHeader = signatureHeader;
    }

    Exposure.Origin origin() {
        return origin;
    }

    String keyHeader() {
        return keyHeader;
    }

    String signatureHeader() {
        return signatureHeader;
    }

    static Optional<Reporter> find(String word) {
        return Arrays.stream(values())
                .filter(reporter -> reporter.name().toLowerCase(Locale.ROOT).equals(word))
                .findFirst();
    }
}
