package dev.faregate.http;

import io.netty.util.NetUtil;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A list of networks, IPv4 and IPv6, each as it was written: whence a key may be used, which proxies are
/// believed. Immutable. An IPv4 address is the same one in its IPv6 form `::ffff:203.0.113.7`.
public record AddressList(List<Network> networks) {
    /// Networks in the list of a key.
    public static final int MAX_NETWORKS = 100;

    /// Characters of the longest way to write a network.
    public static final int MAX_TEXT = 49;

    private static final int V4_BITS = 32;
    private static final int V6_BITS = 128;
    private static final int MAPPED_BITS = V6_BITS - V4_BITS;
    private static final long MAPPED = 0xFFFFL << V4_BITS;

    /// No address at all is in it.
    public static final AddressList NONE = new AddressList(List.of());

    /// An address in two halves; the lower one alone is an IPv4 address.
    private record Bits(boolean v6, long high, long low) {
        static Bits of(byte[] bytes) {
            if (bytes.length == Integer.BYTES) {
                return new Bits(false, 0, number(bytes, 0, Integer.BYTES));
            }
            Bits whole = new Bits(true, number(bytes, 0, Long.BYTES), number(bytes, Long.BYTES, Long.BYTES));
            return whole.isMapped() ? new Bits(false, 0, whole.low & 0xFFFF_FFFFL) : whole;
        }

        private boolean isMapped() {
            return high == 0 && (low & ~0xFFFF_FFFFL) == MAPPED;
        }

        private static long number(byte[] bytes, int from, int count) {
            long number = 0;
            for (int i = from; i < from + count; i++) {
                number = number << Byte.SIZE | (bytes[i] & 0xFF);
            }
            return number;
        }
    }

    /// `text` is `203.0.113.0/24`, `2001:db8::/32`, or one address.
    public record Network(String text, boolean v6, long high, long low, int prefix) {
        private boolean contains(Bits address) {
            if (v6 != address.v6()) {
                return false;
            }
            if (!v6) {
                return (low ^ address.low()) >>> (V4_BITS - prefix) == 0;
            }
            int highBits = Math.min(prefix, Long.SIZE);
            return sameStart(high, address.high(), highBits) && sameStart(low, address.low(), prefix - highBits);
        }

        /// Java shifts by 64 as by 0, so no bits must be told apart.
        private static boolean sameStart(long one, long other, int bits) {
            return bits == 0 || (one ^ other) >>> (Long.SIZE - bits) == 0;
        }
    }

    public AddressList {
        networks = List.copyOf(networks);
    }

    /// Reads networks that were stored.
    public static AddressList ofStored(String texts) {
        List<Network> networks = new ArrayList<>();
        for (String text : texts.split(",", -1)) {
            networks.add(parse(text));
        }
        return new AddressList(networks);
    }

    public String stored() {
        return String.join(",", texts());
    }

    public List<String> texts() {
        return networks.stream().map(Network::text).toList();
    }

    public boolean contains(InetAddress address) {
        if (networks.isEmpty()) {
            // Asked for each request, and mostly there is none.
            return false;
        }
        Bits bits = Bits.of(address.getAddress());
        for (Network network : networks) {
            if (network.contains(bits)) {
                return true;
            }
        }
        return false;
    }

    /// Reads one network; names are never resolved. Throws `IllegalArgumentException`, whose message
    /// goes on after the name of the field.
    public static Network parse(String text) {
        int slash = text.indexOf('/');
        String address = slash < 0 ? text : text.substring(0, slash);
        byte[] bytes = text.length() > MAX_TEXT || address.contains("%") || address.contains("[")
                ? null
                : NetUtil.createByteArrayFromIpAddressString(address);
        Integer prefix = bytes == null ? null : prefix(text, slash, bytes.length * Byte.SIZE);
        if (bytes == null || prefix == null) {
            throw new IllegalArgumentException(
                    "must be an IPv4 or IPv6 address or network, such as 203.0.113.0/24 or 2001:db8::/32");
        }
        Bits bits = Bits.of(bytes);
        int shorter = !bits.v6() && bytes.length > Integer.BYTES ? prefix - MAPPED_BITS : prefix;
        if (shorter < 0) {
            throw new IllegalArgumentException("mixes IPv4 and IPv6; write the IPv4 network by itself");
        }
        Network network = new Network(text, bits.v6(), bits.high(), bits.low(), shorter);
        if (!hostBitsAreZero(network)) {
            throw new IllegalArgumentException("has bits set beyond its prefix, so it is no network");
        }
        return network;
    }

    private static @Nullable Integer prefix(String text, int slash, int bits) {
        if (slash < 0) {
            return bits;
        }
        String digits = text.substring(slash + 1);
        if (!digits.matches("0|[1-9][0-9]{0,2}")) {
            return null;
        }
        int prefix = Integer.parseInt(digits);
        return prefix <= bits ? (Integer) prefix : null;
    }

    private static boolean hostBitsAreZero(Network network) {
        if (!network.v6()) {
            return (network.low() & ((1L << (V4_BITS - network.prefix())) - 1)) == 0;
        }
        int highBits = Math.min(network.prefix(), Long.SIZE);
        return ends(network.high(), highBits) && ends(network.low(), network.prefix() - highBits);
    }

    private static boolean ends(long half, int bits) {
        return bits == Long.SIZE || half << bits == 0;
    }
}
