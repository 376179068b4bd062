package dev.faregate.server;

/// Something in a flag, a variable or the configuration file is wrong. The message is one line for the
/// operator: it names the place, says what is expected, and never holds the value of a secret.
public final class ConfigException extends RuntimeException {
    private final String line;

    public ConfigException(String line) {
        super(line, null, false, false);
        this.line = line;
    }

    public String line() {
        return line;
    }
}
