package dev.faregate.cli;

/// Which program this is.
final class Version {
    private Version() {}

    /// The version in the jar's manifest; classes that do not come from a jar are somebody's working copy.
    static String number() {
        String version = Version.class.getPackage().getImplementationVersion();
        return version == null ? "development" : version;
    }

    static String text() {
        return "faregate " + number() + " (Java " + Runtime.version() + ")";
    }
}
