package dev.faregate.server;

/// What is wrong with one key of a provider's entry, or with the variable in its place: no secret is in it.
/// Whoever knows which of both it was tells it.
final class Unusable extends Exception {
    private final String key;
    private final String problem;

    Unusable(String key, String problem) {
        super(key + ": " + problem, null, false, false);
        this.key = key;
        this.problem = problem;
    }

    String key() {
        return key;
    }

    String problem() {
        return problem;
    }
}
