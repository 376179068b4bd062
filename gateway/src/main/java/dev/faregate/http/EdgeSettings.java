package dev.faregate.http;

import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Every size and wait of one listener (design section 5 names the defaults). Start from [#defaults] and change what
/// differs: `EdgeSettings.defaults().port(0).build()`.
///
/// - `host`, `port`: where to listen; port 0 takes a free one.
/// - `loops`: event loops. `nativeTransport`: epoll where it loads, else (and when false) the JDK's selector.
/// - `maxConnections`: more are closed as they come, after a 503. `maxRequests`: more under way are answered 503.
/// - `maxBodyBytes`: of one request, more is 413. `maxBufferedBytes`: of all bodies held at once, more is 503.
/// - `maxRequestLineBytes`, `maxHeaderBytes`, `maxHeaders`: more is 431.
/// - `headerDeadline`: from the connection (or a later request's first byte) to the end of the head; so it also ends
///   connections that send nothing. `bodyDeadline`: from the head to the end of the body.
/// - `idleTimeout`: between two requests. `lookUpDeadline`: for [Authenticator#lookUp].
/// - `slowReaderBytes`: queued for one client before [Exchange#isWritable] turns false. `stallTimeout`: a client that
///   takes no byte of what is queued for so long is cut off.
/// - `drainLimit`: how long running answers may take to finish once [EdgeServer#drain] was asked for.
/// - `max401sPerMinute`: for one address, then 429 until the minute is over.
/// - `crossOriginPaths`: beginnings of paths that scripts of any web page may read. Only for what is opened by a bearer
///   credential, never by a cookie.
/// - `resourceMetadata`: where clients read who gives out credentials, told in every challenge (RFC 9728 section 5.1);
///   empty for nowhere.
/// - `trustedProxies`: peers whose `X-Forwarded-For` names the client; ignored from anybody else.
/// - `tls`: how the listener speaks HTTPS; null for plain HTTP. Whoever made it closes it, after the server.
public record EdgeSettings(
        String host,
        int port,
        int loops,
        boolean nativeTransport,
        int maxConnections,
        int maxRequests,
        int maxBodyBytes,
        long maxBufferedBytes,
        int maxRequestLineBytes,
        int maxHeaderBytes,
        int maxHeaders,
        Duration headerDeadline,
        Duration bodyDeadline,
        Duration idleTimeout,
        Duration lookUpDeadline,
        int slowReaderBytes,
        Duration stallTimeout,
        Duration drainLimit,
        int max401sPerMinute,
        AddressList trustedProxies,
        List<String> crossOriginPaths,
        String resourceMetadata,
        @Nullable EdgeTls tls) {

    public EdgeSettings {
        crossOriginPaths = List.copyOf(crossOriginPaths);
        if (port < 0 || port > 65_535) {
            throw new IllegalArgumentException("port must be between 0 and 65535, not " + port);
        }
        atLeastOne("loops", loops);
        atLeastOne("maxConnections", maxConnections);
        atLeastOne("maxRequests", maxRequests);
        atLeastOne("maxBodyBytes", maxBodyBytes);
        atLeastOne("maxBufferedBytes", maxBufferedBytes);
        atLeastOne("maxRequestLineBytes", maxRequestLineBytes);
        atLeastOne("maxHeaderBytes", maxHeaderBytes);
        atLeastOne("maxHeaders", maxHeaders);
        atLeastOne("headerDeadline", headerDeadline.toMillis());
        atLeastOne("bodyDeadline", bodyDeadline.toMillis());
        atLeastOne("idleTimeout", idleTimeout.toMillis());
        atLeastOne("lookUpDeadline", lookUpDeadline.toMillis());
        atLeastOne("slowReaderBytes", slowReaderBytes);
        atLeastOne("stallTimeout", stallTimeout.toMillis());
        atLeastOne("drainLimit", drainLimit.toMillis());
        atLeastOne("max401sPerMinute", max401sPerMinute);
    }

    private static void atLeastOne(String name, long value) {
        if (value < 1) {
            throw new IllegalArgumentException(name + " must be positive");
        }
    }

    /// Bodies may together take a quarter of the heap.
    private static final int HEAP_SHARE = 4;

    public static Builder defaults() {
        return new Builder();
    }

    public Builder toBuilder() {
        return new Builder()
                .host(host)
                .port(port)
                .loops(loops)
                .nativeTransport(nativeTransport)
                .maxConnections(maxConnections)
                .maxRequests(maxRequests)
                .maxBodyBytes(maxBodyBytes)
                .maxBufferedBytes(maxBufferedBytes)
                .maxRequestLineBytes(maxRequestLineBytes)
                .maxHeaderBytes(maxHeaderBytes)
                .maxHeaders(maxHeaders)
                .headerDeadline(headerDeadline)
                .bodyDeadline(bodyDeadline)
                .idleTimeout(idleTimeout)
                .lookUpDeadline(lookUpDeadline)
                .slowReaderBytes(slowReaderBytes)
                .stallTimeout(stallTimeout)
                .drainLimit(drainLimit)
                .max401sPerMinute(max401sPerMinute)
                .trustedProxies(trustedProxies)
                .crossOriginPaths(crossOriginPaths)
                .resourceMetadata(resourceMetadata)
                .tls(tls);
    }

    /// Collects settings by name: twenty arguments in a row would be mixed up.
    public static final class Builder {
        private String host = "127.0.0.1";
        private int port = 8080;
        private int loops = Runtime.getRuntime().availableProcessors();
        private boolean nativeTransport = true;
        private int maxConnections = 20_000;
        private int maxRequests = 10_000;
        private int maxBodyBytes = 32 * 1024 * 1024;
        private long maxBufferedBytes = Math.max(64L << 20, Runtime.getRuntime().maxMemory() / HEAP_SHARE);
        private int maxRequestLineBytes = 8 * 1024;
        private int maxHeaderBytes = 32 * 1024;
        private int maxHeaders = 100;
        private Duration headerDeadline = Duration.ofSeconds(10);
        private Duration bodyDeadline = Duration.ofSeconds(30);
        private Duration idleTimeout = Duration.ofSeconds(60);
        private Duration lookUpDeadline = Duration.ofSeconds(10);
        private int slowReaderBytes = 256 * 1024;
        private Duration stallTimeout = Duration.ofSeconds(60);
        private Duration drainLimit = Duration.ofSeconds(30);
        private int max401sPerMinute = 60;
        private AddressList trustedProxies = AddressList.NONE;
        private List<String> crossOriginPaths = List.of();
        private String resourceMetadata = "";
        private @Nullable EdgeTls tls;

        private Builder() {}

        public Builder host(String value) {
            host = value;
            return this;
        }

        public Builder port(int value) {
            port = value;
            return this;
        }

        public Builder loops(int value) {
            loops = value;
            return this;
        }

        public Builder nativeTransport(boolean value) {
            nativeTransport = value;
            return this;
        }

        public Builder maxConnections(int value) {
            maxConnections = value;
            return this;
        }

        public Builder maxRequests(int value) {
            maxRequests = value;
            return this;
        }

        public Builder maxBodyBytes(int value) {
            maxBodyBytes = value;
            return this;
        }

        public Builder maxBufferedBytes(long value) {
            maxBufferedBytes = value;
            return this;
        }

        public Builder maxRequestLineBytes(int value) {
            maxRequestLineBytes = value;
            return this;
        }

        public Builder maxHeaderBytes(int value) {
            maxHeaderBytes = value;
            return this;
        }

        public Builder maxHeaders(int value) {
            maxHeaders = value;
            return this;
        }

        public Builder headerDeadline(Duration value) {
            headerDeadline = value;
            return this;
        }

        public Builder bodyDeadline(Duration value) {
            bodyDeadline = value;
            return this;
        }

        public Builder idleTimeout(Duration value) {
            idleTimeout = value;
            return this;
        }

        public Builder lookUpDeadline(Duration value) {
            lookUpDeadline = value;
            return this;
        }

        public Builder slowReaderBytes(int value) {
            slowReaderBytes = value;
            return this;
        }

        public Builder stallTimeout(Duration value) {
            stallTimeout = value;
            return this;
        }

        public Builder drainLimit(Duration value) {
            drainLimit = value;
            return this;
        }

        public Builder max401sPerMinute(int value) {
            max401sPerMinute = value;
            return this;
        }

        public Builder trustedProxies(AddressList value) {
            trustedProxies = value;
            return this;
        }

        public Builder resourceMetadata(String value) {
            resourceMetadata = value;
            return this;
        }

        public Builder crossOriginPaths(List<String> value) {
            crossOriginPaths = value;
            return this;
        }

        public Builder tls(@Nullable EdgeTls value) {
            tls = value;
            return this;
        }

        public EdgeSettings build() {
            return new EdgeSettings(
                    host,
                    port,
                    loops,
                    nativeTransport,
                    maxConnections,
                    maxRequests,
                    maxBodyBytes,
                    maxBufferedBytes,
                    maxRequestLineBytes,
                    maxHeaderBytes,
                    maxHeaders,
                    headerDeadline,
                    bodyDeadline,
                    idleTimeout,
                    lookUpDeadline,
                    slowReaderBytes,
                    stallTimeout,
                    drainLimit,
                    max401sPerMinute,
                    trustedProxies,
                    crossOriginPaths,
                    resourceMetadata,
                    tls);
        }
    }
}
