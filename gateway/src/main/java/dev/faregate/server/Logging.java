package dev.faregate.server;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.ConsoleAppender;
import ch.qos.logback.core.encoder.Encoder;
import java.util.List;
import net.logstash.logback.encoder.LogstashEncoder;
import org.slf4j.LoggerFactory;

/// Where logs go: one line per event to stderr, through [RedactingEncoder].
public final class Logging {
    /// Libraries that have more to say than an operator wants to read.
    private static final List<String> QUIET = List.of(
            "org.flywaydb",
            "com.zaxxer.hikari",
            "org.jooq",
            "io.netty",
            "org.sqlite",
            "org.postgresql",
            "io.micrometer");

    private Logging() {}

    /// Replaces what `logback.xml` set up by what the operator asked for.
    public static void setUp(Config.Log log) {
        LoggerContext context = (LoggerContext) LoggerFactory.getILoggerFactory();
        ConsoleAppender<ILoggingEvent> appender = new ConsoleAppender<>();
        appender.setContext(context);
        appender.setName("stderr");
        appender.setTarget("System.err");
        appender.setEncoder(encoder(log.format(), context));
        appender.start();
        Logger root = context.getLogger(Logger.ROOT_LOGGER_NAME);
        root.detachAndStopAllAppenders();
        root.addAppender(appender);
        level(log.level());
    }

    /// Changes what is logged from now on.
    public static void level(Config.LogLevel level) {
        LoggerContext context = (LoggerContext) LoggerFactory.getILoggerFactory();
        Level wanted = switch (level) {
            case ERROR -> Level.ERROR;
            case WARN -> Level.WARN;
            case INFO -> Level.INFO;
            case DEBUG -> Level.DEBUG;
        };
        context.getLogger(Logger.ROOT_LOGGER_NAME).setLevel(wanted);
        for (String name : QUIET) {
            context.getLogger(name).setLevel(wanted.isGreaterOrEqual(Level.WARN) ? wanted : Level.WARN);
        }
        System.setProperty("org.jooq.no-logo", "true");
        System.setProperty("org.jooq.no-tips", "true");
    }

    /// An encoder for the format, started, with redaction around it.
    static Encoder<ILoggingEvent> encoder(Config.LogFormat format, LoggerContext context) {
        RedactingEncoder encoder = switch (format) {
            case TEXT -> new RedactingEncoder();
            case JSON -> new RedactingEncoder(new LogstashEncoder());
        };
        encoder.setContext(context);
        encoder.start();
        return encoder;
    }
}
