package dev.faregate.cli;

import dev.faregate.base.Program;

/// Which program this is, for people.
final class Version {
    private Version() {}

    static String number() {
        return Program.version();
    }

    static String text() {
        return "faregate " + number() + " (Java " + Runtime.version() + ")";
    }
}
