package dev.faregate.accounts;

import java.net.URI;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/// Whom passkeys of this server are made for (Web Authentication section 5.1.2, "RP ID"): a name, which is
/// the host of the public address, and the origins it may be used at. An address without a name has none.
/// On loopback browsers take `localhost`, so that a server on one's own machine has passkeys too.
record PasskeyParty(String id, Set<String> origins) {
    private static final Pattern IPV4 = Pattern.compile("[0-9.]+");
    private static final Pattern LOOPBACK = Pattern.compile("127(\\.[0-9]+){3}|\\[::1]");

    static Optional<PasskeyParty> of(String publicUrl) {
        URI url = URI.create(publicUrl);
        String host = url.getHost();
        if (host == null) {
            return Optional.empty();
        }
        String port = url.getPort() == -1 ? "" : ":" + url.getPort();
        if (LOOPBACK.matcher(host).matches()) {
            return Optional.of(new PasskeyParty("localhost", Set.of(url.getScheme() + "://localhost" + port)));
        }
        if (host.startsWith("[") || IPV4.matcher(host).matches()) {
            return Optional.empty();
        }
        // Browsers have passkeys only behind TLS and at localhost (section 13.4.9, "secure contexts").
        boolean safe = "https".equals(url.getScheme()) || host.equals("localhost") || host.endsWith(".localhost");
        return safe
                ? Optional.of(new PasskeyParty(host, Set.of(url.getScheme() + "://" + host + port)))
                : Optional.empty();
    }
}
