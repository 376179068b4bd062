package dev.faregate.cli;

/// A command that cannot go on: one line for stderr and the exit code.
public final class Failure extends RuntimeException {
    private final Exit exit;
    private final String line;

    public Failure(Exit exit, String line) {
        super(line, null, false, false);
        this.exit = exit;
        this.line = line;
    }

    public String line() {
        return line;
    }

    public Exit exit() {
        return exit;
    }
}
