package dev.faregate.base;

/// Which program this is.
public final class Program {
    private Program() {}

    /// The version in the jar's manifest; classes that do not come from a jar are somebody's working copy.
    public static String version() {
        String version = Program.class.getPackage().getImplementationVersion();
        return version == null ? "development" : version;
    }
}
