package dev.faregate.models;

/// Catalogue data that cannot be used. The message starts with the path of what is wrong:
/// `models[0].endpoints[1].pricing.prompt: not a decimal number`. It never shows a value of a provider's
/// settings.
public final class CatalogueException extends RuntimeException {
    private final String path;
    private final String problem;

    CatalogueException(String path, String problem) {
        super(path + ": " + problem);
        this.path = path;
        this.problem = problem;
    }

    public String path() {
        return path;
    }

    /// The message without the path.
    public String problem() {
        return problem;
    }
}
