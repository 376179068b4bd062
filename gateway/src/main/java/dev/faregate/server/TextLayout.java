package dev.faregate.server;

import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.IThrowableProxy;
import ch.qos.logback.classic.spi.StackTraceElementProxy;
import ch.qos.logback.core.LayoutBase;
import java.time.Instant;
import java.time.temporal.ChronoUnit;

/// One line per event for people: time in UTC, level, where from, what. Control characters in what others
/// wrote are escaped, so nobody can forge a line.
public final class TextLayout extends LayoutBase<ILoggingEvent> {
    /// Frames shown per exception, and how deep its causes are followed.
    private static final int MAX_FRAMES = 40;

    private static final int MAX_CAUSES = 8;

    @Override
    public String doLayout(ILoggingEvent event) {
        Instant time = Instant.ofEpochMilli(event.getTimeStamp()).truncatedTo(ChronoUnit.MILLIS);
        StringBuilder line = new StringBuilder(160);
        line.append("%-24s %-5s ".formatted(time, event.getLevel()));
        line.append(shortName(event.getLoggerName())).append("  ");
        escape(event.getFormattedMessage(), line);
        event.getMDCPropertyMap().forEach((key, value) -> {
            line.append("  ");
            escape(key + "=" + value, line);
        });
        line.append('\n');
        throwable(event.getThrowableProxy(), line);
        return line.toString();
    }

    private static void throwable(IThrowableProxy thrown, StringBuilder line) {
        IThrowableProxy next = thrown;
        for (int depth = 0; next != null && depth < MAX_CAUSES; depth++) {
            line.append(depth == 0 ? "  " : "  caused by ");
            escape(next.getClassName() + ": " + next.getMessage(), line);
            line.append('\n');
            frames(next, line);
            next = next.getCause();
        }
    }

    private static void frames(IThrowableProxy thrown, StringBuilder line) {
        StackTraceElementProxy[] frames = thrown.getStackTraceElementProxyArray();
        if (frames == null) {
            return;
        }
        int shown = Math.min(MAX_FRAMES, frames.length - thrown.getCommonFrames());
        for (int i = 0; i < shown; i++) {
            line.append("    ").append(frames[i].getSTEAsString()).append('\n');
        }
    }

    private static String shortName(String logger) {
        return logger.substring(logger.lastIndexOf('.') + 1);
    }

    private static void escape(String text, StringBuilder out) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '\n') {
                out.append("\\n");
            } else if (Character.isISOControl(c) || c == '\u2028' || c == '\u2029') {
                out.append("\\u%04x".formatted((int) c));
            } else {
                out.append(c);
            }
        }
    }
}
