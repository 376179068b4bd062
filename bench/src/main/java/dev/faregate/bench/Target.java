package dev.faregate.bench;

import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;

/// Where requests go and as whom. `basePath` is what precedes `/chat/completions`; connections take turns
/// with `keys`, so that no single key's own limit on concurrency decides the result.
record Target(InetSocketAddress address, String basePath, List<String> keys, String model) {
    static final int BODY_BYTES = 1024;

    private static final String PADDING = "The quick brown fox jumps over the lazy dog. ";

    Target {
        if (keys.isEmpty()) throw new IllegalArgumentException("a target needs a key");
        keys = List.copyOf(keys);
    }

    /// A target from a base URL such as `http://127.0.0.1:4000/v1`. Only plain HTTP: TLS would be
    /// measured instead.
    static Target of(String baseUrl, List<String> keys, String model) {
        URI uri = URI.create(baseUrl);
        if (!"http".equals(uri.getScheme()) || uri.getHost() == null) {
            throw new IllegalArgumentException("not a plain http:// address: " + baseUrl);
        }
        int port = uri.getPort() < 0 ? 80 : uri.getPort();
        String path = uri.getPath() == null ? "" : uri.getPath();
        while (path.endsWith("/")) path = path.substring(0, path.length() - 1);
        return new Target(new InetSocketAddress(uri.getHost(), port), path, keys, model);
    }

    /// One whole request as bytes: head and a chat completion body of exactly `BODY_BYTES` bytes.
    byte[] request(int connection, boolean stream) {
        byte[] body = body(stream).getBytes(StandardCharsets.UTF_8);
        String head = "POST " + basePath + "/chat/completions HTTP/1.1\r\n"
                + "Host: " + address.getHostString() + ":" + address.getPort() + "\r\n"
                + "Authorization: Bearer " + keys.get(connection % keys.size()) + "\r\n"
                + "Content-Type: application/json\r\n"
                + "Accept: " + (stream ? "text/event-stream" : "application/json") + "\r\n"
                + "User-Agent: faregate-bench\r\n"
                + "Content-Length: " + body.length + "\r\n\r\n";
        byte[] first = head.getBytes(StandardCharsets.US_ASCII);
        byte[] all = new byte[first.length + body.length];
        System.arraycopy(first, 0, all, 0, first.length);
        System.arraycopy(body, 0, all, first.length, body.length);
        return all;
    }

    private String body(boolean stream) {
        String start = "{\"model\":\"" + model + "\"," + (stream ? "\"stream\":true," : "")
                + "\"max_tokens\":256,\"messages\":[{\"role\":\"user\",\"content\":\"";
        String end = "\"}]}";
        int room = BODY_BYTES - start.getBytes(StandardCharsets.UTF_8).length - end.length();
        if (room < 1) throw new IllegalArgumentException("the model's name is too long: " + model);
        return start + PADDING.repeat(room / PADDING.length() + 1).substring(0, room) + end;
    }
}
