package dev.faregate.providers;

import java.net.InetAddress;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// Decides where an address that a *user* set may lead: only to the public Internet, on the ports of
/// HTTP and of OTLP over it. The operator allows other hosts by name in `allowedHosts` (lower case). Pure; safe to
/// share.
///
/// It judges the addresses that were looked up, and the connection then goes to one of exactly these: a
/// name that answers differently the next time gains nothing. One bad address refuses the whole host.
public record EgressGuard(Set<String> allowedHosts) {
    /// 4318 is where collectors of telemetry listen (OpenTelemetry protocol, "OTLP/HTTP Default Port").
    private static final Set<Integer> PORTS = Set.of(80, 443, 4318);

    /// No name of the public Internet ends in a number (WHATWG URL, "ends in a number checker"); what does is an
    /// address, and readers differ about all spellings but one.
    private static final Pattern ENDS_IN_NUMBER = Pattern.compile("(?:[^:]*\\.)?(?:0x[0-9a-f]*|[0-9]+)\\.?");

    private static final Pattern PLAIN_IPV4 = Pattern.compile("(?:0|[1-9][0-9]{0,2})(?:\\.(?:0|[1-9][0-9]{0,2})){3}");

    /// Special-purpose ranges of the IANA registry for IPv4 (RFC 6890 and its updates), with what is said
    /// about them; and 168.63.129.16, public by number, which inside Azure is the host's own control
    /// service.
    private static final List<Range> IPV4 = List.of(
            new Range("00000000", 8, "the local host"),
            new Range("0a000000", 8, "a private network"),
            new Range("64400000", 10, "a carrier's private network"),
            new Range("7f000000", 8, "the local host"),
            new Range("a83f8110", 32, "a cloud host's own service"),
            new Range("a9fe0000", 16, "a link-local network"),
            new Range("ac100000", 12, "a private network"),
            new Range("c0000000", 24, "a protocol range"),
            new Range("c0000200", 24, "a documentation range"),
            new Range("c0586300", 24, "a 6to4 relay"),
            new Range("c0a80000", 16, "a private network"),
            new Range("c6120000", 15, "a benchmark network"),
            new Range("c6336400", 24, "a documentation range"),
            new Range("cb007100", 24, "a documentation range"),
            new Range("e0000000", 4, "a multicast range"),
            new Range("f0000000", 4, "a reserved range"));

    /// For IPv6 only global unicast (2000::/3) is open at all. What is outside of it, such as loopback,
    /// link-local, unique local, multicast, IPv4-mapped, IPv4-compatible and NAT64 addresses, needs no
    /// entry.
    private static final Range GLOBAL_UNICAST = new Range("20000000000000000000000000000000", 3, "");

    /// What is closed inside of global unicast.
    private static final List<Range> IPV6 = List.of(
            new Range("20010000000000000000000000000000", 23, "a protocol or tunnel range"),
            new Range("20010db8000000000000000000000000", 32, "a documentation range"),
            new Range("20020000000000000000000000000000", 16, "a 6to4 tunnel"),
            new Range("3fff0000000000000000000000000000", 20, "a documentation range"));

    public EgressGuard {
        allowedHosts = Set.copyOf(allowedHosts);
    }

    /// Why nobody may be sent to `target` by way of `addresses`, in words for whoever set it; null when
    /// all is well.
    public @Nullable String refusal(Target target, InetAddress... addresses) {
        if (target.trusted() || allowedHosts.contains(target.host())) {
            return null;
        }
        if (ENDS_IN_NUMBER.matcher(target.host()).matches()
                && !PLAIN_IPV4.matcher(target.host()).matches()) {
            return "the host is a number in an unusual spelling";
        }
        if (!PORTS.contains(target.port())) {
            return "port " + target.port() + " is not allowed";
        }
        for (InetAddress address : addresses) {
            String range = closedRange(address.getAddress());
            if (range != null) {
                return "the host leads to " + range;
            }
        }
        return null;
    }

    /// The closed range that the address lies in, or null for a public one.
    static @Nullable String closedRange(byte[] address) {
        boolean v4 = address.length == 4;
        if (!v4 && !GLOBAL_UNICAST.contains(address)) {
            return "an address that is not public";
        }
        for (Range range : v4 ? IPV4 : IPV6) {
            if (range.contains(address)) {
                return range.name;
            }
        }
        return null;
    }

    private static final class Range {
        private final byte[] prefix;
        private final int bits;
        private final String name;

        Range(String hex, int bits, String name) {
            this.prefix = HexFormat.of().parseHex(hex);
            this.bits = bits;
            this.name = name;
        }

        boolean contains(byte[] address) {
            int whole = bits / 8;
            for (int i = 0; i < whole; i++) {
                if (address[i] != prefix[i]) {
                    return false;
                }
            }
            int mask = (0xFF00 >> (bits % 8)) & 0xFF;
            return mask == 0 || (address[whole] & mask) == (prefix[whole] & mask);
        }
    }
}
