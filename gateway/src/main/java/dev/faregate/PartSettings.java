package dev.faregate;

import dev.faregate.chat.RequestReader;
import dev.faregate.credits.LedgerSettings;
import dev.faregate.http.EdgeSettings;
import dev.faregate.http.EdgeTls;
import dev.faregate.inference.InferenceSettings;
import dev.faregate.server.Config;
import dev.faregate.server.FirstStart;
import dev.faregate.server.Routes;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/// What each part is given of the configuration.
final class PartSettings {
    private PartSettings() {}

    static EdgeSettings edge(Config config, @Nullable EdgeTls tls) {
        Config.Limits limits = config.limits();
        Config.Timeouts timeouts = config.timeouts();
        return EdgeSettings.defaults()
                .host(config.listener().host())
                .port(config.listener().port())
                .maxBodyBytes(limits.bodyBytes())
                .maxHeaderBytes(limits.headerBytes())
                .maxHeaders(limits.headers())
                .maxRequests(limits.requests())
                .slowReaderBytes(limits.streamBufferBytes())
                .max401sPerMinute(limits.unauthorizedPerMinute())
                .headerDeadline(timeouts.header())
                .bodyDeadline(timeouts.body())
                .idleTimeout(timeouts.clientIdle())
                .drainLimit(timeouts.drain())
                .crossOriginPaths(Routes.crossOriginPaths())
                .resourceMetadata(resourceMetadata(config))
                .trustedProxies(config.trustedProxies())
                .tls(tls)
                .build();
    }

    /// Where clients find out who gives out keys; empty while the port is not known.
    private static String resourceMetadata(Config config) {
        Config.Address listener = config.listener();
        String listening =
                listener.port() == 0 ? "" : FirstStart.url(config.tls().isPresent(), listener.host(), listener.port());
        String url = config.publicUrl().isEmpty() ? listening : config.publicUrl();
        return url.isEmpty() ? "" : url + "/.well-known/oauth-protected-resource/api/v1";
    }

    /// The operator's listener needs one loop and no more.
    static EdgeSettings admin(Config config) {
        return EdgeSettings.defaults()
                .host(config.admin().host())
                .port(config.admin().port())
                .loops(1)
                .build();
    }

    static RequestReader.Limits reader(Config config) {
        return new RequestReader.Limits(
                config.limits().jsonDepth(),
                config.limits().fileParts(),
                config.limits().tools(),
                config.limits().inputs(),
                config.limits().images());
    }

    static LedgerSettings ledger(Config config) {
        LedgerSettings defaults = LedgerSettings.DEFAULT;
        return new LedgerSettings(
                Math.max(1, config.limits().queue()),
                defaults.batch(),
                defaults.perGate(),
                defaults.holdWait(),
                config.durability().spoolAfter(),
                longer(defaults.settleWait(), config.durability().spoolAfter().multipliedBy(2)),
                defaults.drainWait());
    }

    private static Duration longer(Duration one, Duration other) {
        return one.compareTo(other) < 0 ? other : one;
    }

    static InferenceSettings inference(Config config) {
        InferenceSettings defaults = InferenceSettings.DEFAULTS;
        return new InferenceSettings(
                config.limits().requestsPerKey(),
                config.timeouts().keepAliveComment(),
                defaults.maxEventBytes(),
                defaults.maxWholeBytes(),
                config.leastTokens());
    }
}
