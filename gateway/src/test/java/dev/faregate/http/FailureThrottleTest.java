package dev.faregate.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.UnknownHostException;
import org.junit.jupiter.api.Test;

class FailureThrottleTest {
    private final FailureThrottle throttle = new FailureThrottle(3, 42);

    private static InetAddress address(String text) {
        try {
            return InetAddress.getByName(text);
        } catch (UnknownHostException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void allowsSoManyFailuresInAMinuteAndStartsAgainInTheNext() {
        InetAddress one = address("192.0.2.1");
        for (int i = 0; i < 3; i++) {
            assertThat(throttle.isExhausted(one, 100)).isFalse();
            assertThat(throttle.book(one, 100)).isTrue();
        }
        assertThat(throttle.isExhausted(one, 119)).isTrue();
        assertThat(throttle.book(one, 119)).isFalse();
        assertThat(throttle.isExhausted(address("192.0.2.2"), 119)).isFalse();
        assertThat(throttle.isExhausted(one, 120)).isFalse();
        assertThat(throttle.book(one, 120)).isTrue();
    }

    @Test
    void countsOneSubscriberOfIpv6AsOne() {
        for (int i = 0; i < 3; i++) {
            throttle.book(address("2001:db8::" + i), 0);
        }
        assertThat(throttle.isExhausted(address("2001:db8::ffff"), 0)).isTrue();
        assertThat(throttle.isExhausted(address("2001:db8:0:1::1"), 0)).isFalse();
    }

    @Test
    void addressesNeverCountForEachOther() {
        int exhausted = 0;
        for (int i = 0; i < 100_000; i++) {
            InetAddress address = address("10." + (i >> 16) + "." + (i >> 8 & 255) + "." + (i & 255));
            throttle.book(address, 0);
            exhausted += throttle.isExhausted(address, 0) ? 1 : 0;
        }
        assertThat(exhausted).isZero();
    }

    @Test
    void acceptsAClockBelowZero() {
        InetAddress one = address("192.0.2.1");
        for (int i = 0; i < 3; i++) {
            throttle.book(one, -5);
        }
        assertThat(throttle.isExhausted(one, -1)).isTrue();
        assertThat(throttle.isExhausted(one, 0)).isFalse();
        assertThat(FailureThrottle.secondsLeft(-1)).isEqualTo(1);
        assertThat(FailureThrottle.secondsLeft(60)).isEqualTo(60);
    }
}
