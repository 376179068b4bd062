package dev.faregate.http;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.util.concurrent.atomic.AtomicLongArray;

/// Counts failed authentications of an address per minute, or whatever else strangers may not do often, in a table
/// that cannot grow: one slot for many addresses, of which the latest has it. So a slot never counts two addresses
/// together; at worst an address is forgotten early, when another one of its slot fails too. IPv6 addresses count by
/// their /64, which is what one subscriber gets. Safe to share between threads.
public final class FailureThrottle {
    private static final int SLOTS = 1 << 14;
    private static final int WINDOW_SECONDS = 60;
    private static final int COUNT_BITS = 16;
    private static final int WINDOW_BITS = 16;
    private static final long COUNT_MASK = (1L << COUNT_BITS) - 1;
    private static final int IPV6_PREFIX_BYTES = 8;

    /// Each slot holds, from the top: 32 bits of the address's hash, the window, the count.
    private final AtomicLongArray slots = new AtomicLongArray(SLOTS);
    private final int limit;
    private final long seed;

    /// `seed` keeps outsiders from choosing addresses that share a slot.
    public FailureThrottle(int limitPerMinute, long seed) {
        this.limit = (int) Math.min(limitPerMinute, COUNT_MASK - 1);
        this.seed = seed;
    }

    /// True when this address has used up its failures of the minute that `seconds` (of any steady clock) is in.
    boolean isExhausted(InetAddress address, long seconds) {
        long hash = hash(address);
        return count(slots.get(slot(hash)), tag(hash, seconds)) >= limit;
    }

    /// Books a failure. False when the address had used up its failures before.
    public boolean book(InetAddress address, long seconds) {
        long hash = hash(address);
        long tag = tag(hash, seconds);
        long before = slots.getAndUpdate(slot(hash), old -> tag | Math.min(count(old, tag) + 1, COUNT_MASK));
        return count(before, tag) < limit;
    }

    /// Seconds until the minute that `seconds` is in is over, 1 to 60.
    public static int secondsLeft(long seconds) {
        return WINDOW_SECONDS - (int) Math.floorMod(seconds, (long) WINDOW_SECONDS);
    }

    private static long count(long slot, long tag) {
        return (slot & ~COUNT_MASK) == tag ? slot & COUNT_MASK : 0;
    }

    private static int slot(long hash) {
        return (int) (hash & (SLOTS - 1));
    }

    private static long tag(long hash, long seconds) {
        long window = Math.floorDiv(seconds, (long) WINDOW_SECONDS) & ((1L << WINDOW_BITS) - 1);
        return hash & ~0xFFFF_FFFFL | window << COUNT_BITS;
    }

    private long hash(InetAddress address) {
        byte[] bytes = address.getAddress();
        int length = address instanceof Inet6Address ? IPV6_PREFIX_BYTES : bytes.length;
        long hash = seed;
        for (int i = 0; i < length; i++) {
            hash = (hash ^ bytes[i] & 0xFF) * 0x100_0000_01B3L;
        }
        // The finisher of SplitMix64, so that every bit depends on the seed.
        hash = (hash ^ hash >>> 30) * 0xBF58_476D_1CE4_E5B9L;
        hash = (hash ^ hash >>> 27) * 0x94D0_49BB_1331_11EBL;
        return hash ^ hash >>> 31;
    }
}
