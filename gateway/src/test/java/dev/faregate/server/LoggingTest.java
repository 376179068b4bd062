package dev.faregate.server;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.OutputStreamAppender;
import dev.faregate.base.Json;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.slf4j.LoggerFactory;
import org.slf4j.MDC;

class LoggingTest {
    private static final String OURS = "sk-fg-v1-plantedplantedplantedplantedplantedplanted123456";
    private static final List<String> PLANTED = List.of(
            OURS,
            "sk-ant-api03-plantedplantedplanted",
            "AIzaplantedplantedplantedplantedplanted",
            "gsk_plantedplantedplanted",
            "AKIAPLANTEDPLANTED12");

    private final LoggerContext context = new LoggerContext();
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    private Logger logger(Config.LogFormat format) {
        context.setMDCAdapter(((LoggerContext) LoggerFactory.getILoggerFactory()).getMDCAdapter());
        OutputStreamAppender<ILoggingEvent> appender = new OutputStreamAppender<>();
        appender.setContext(context);
        appender.setEncoder(Logging.encoder(format, context));
        appender.setOutputStream(out);
        appender.start();
        Logger logger = context.getLogger("dev.faregate.Planted");
        logger.addAppender(appender);
        return logger;
    }

    private String written() {
        return out.toString(StandardCharsets.UTF_8);
    }

    @ParameterizedTest
    @EnumSource(Config.LogFormat.class)
    void neverWritesAPlantedKeyWhereverItWasPut(Config.LogFormat format) {
        Logger logger = logger(format);
        for (String key : PLANTED) {
            logger.info("message with " + key);
            logger.info("argument {} and header {}", key, "Authorization: Bearer " + key);
            logger.info("a map {}", Map.of("x-api-key", key));
            logger.error(
                    "thrown", new IllegalStateException("asked with " + key, new RuntimeException("Bearer " + key)));
            try (MDC.MDCCloseable _ = MDC.putCloseable("caller", key)) {
                logger.warn("in the context");
            }
        }
        assertThat(written()).contains("[redacted]", "thrown", "in the context");
        assertThat(written().toLowerCase(java.util.Locale.ROOT)).doesNotContain("plantedplanted");
    }

    @Test
    void writesOneJsonObjectPerLineForMachines() {
        Logger logger = logger(Config.LogFormat.JSON);
        logger.info("key {}\nsecond line", OURS);
        logger.error("bad", new IllegalStateException("Authorization: Bearer abcdef\"quoted"));
        assertThat(written().lines())
                .hasSize(2)
                .allSatisfy(line -> assertThat(Json.readObject(line.getBytes(StandardCharsets.UTF_8))
                                .has("@timestamp"))
                        .isTrue());
    }

    @Test
    void writesTextOnOneLineThatNobodyCanForge() {
        logger(Config.LogFormat.TEXT).info("name {}", "x\n2026-01-01T00:00:00Z ERROR forged\u001b[31m\r\u2028");
        assertThat(written())
                .endsWith("INFO  Planted  name x\\n2026-01-01T00:00:00Z ERROR forged\\u001b[31m\\u000d\\u2028\n");
        assertThat(written().lines()).hasSize(1);
    }

    @Test
    void showsWhereAnExceptionCameFromAndWhy() {
        logger(Config.LogFormat.TEXT)
                .error("failed", new IllegalStateException("outer", new IllegalArgumentException("inner\nforged")));
        assertThat(written())
                .contains("  java.lang.IllegalStateException: outer\n")
                .contains("    at dev.faregate.server.LoggingTest.showsWhereAnExceptionCameFromAndWhy")
                .contains("  caused by java.lang.IllegalArgumentException: inner\\nforged\n");
    }

    @Test
    void keepsLibrariesQuietAndFollowsTheLevel() {
        LoggerContext real = (LoggerContext) LoggerFactory.getILoggerFactory();
        Logger root = real.getLogger(Logger.ROOT_LOGGER_NAME);
        Level before = root.getLevel();
        try {
            Logging.level(Config.LogLevel.DEBUG);
            assertThat(real.getLogger("dev.faregate").isDebugEnabled()).isTrue();
            assertThat(real.getLogger("com.zaxxer.hikari.pool").isInfoEnabled()).isFalse();
            assertThat(real.getLogger("io.netty.handler").isWarnEnabled()).isTrue();
            Logging.level(Config.LogLevel.ERROR);
            assertThat(real.getLogger("org.flywaydb.core").isWarnEnabled()).isFalse();
        } finally {
            Logging.level(Config.LogLevel.INFO);
            root.setLevel(before);
        }
    }
}
