package dev.faregate.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.util.NetUtil;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AddressListTest {
    private static InetAddress address(String text) throws UnknownHostException {
        return InetAddress.getByAddress(Objects.requireNonNull(NetUtil.createByteArrayFromIpAddressString(text)));
    }

    @ParameterizedTest
    @CsvSource({
        "203.0.113.0/24, 203.0.113.255, true",
        "203.0.113.0/24, 203.0.114.0, false",
        "203.0.113.7, 203.0.113.7, true",
        "203.0.113.7/32, 203.0.113.6, false",
        "0.0.0.0/0, 255.255.255.255, true",
        "0.0.0.0/0, 2001:db8::1, false",
        "128.0.0.0/1, 127.255.255.255, false",
        "128.0.0.0/1, 128.0.0.1, true",
        "2001:db8::/32, 2001:db8:ffff::1, true",
        "2001:db8::/32, 2001:db9::1, false",
        "2001:db8::1, 2001:db8::1, true",
        "2001:db8::1, 2001:db8::2, false",
        "2001:db8:0:1::/64, 2001:db8:0:1:ffff::, true",
        "2001:db8:0:1::/64, 2001:db8:0:2::, false",
        "2001:db8::8000:0:0:0/65, 2001:db8::ffff:0:0:0, true",
        "2001:db8::8000:0:0:0/65, 2001:db8::7fff:0:0:0, false",
        "::/0, 2001:db8::1, true",
        "::/0, 10.0.0.1, false",
        "::1, ::1, true",
        "::ffff:10.0.0.0/104, 10.200.0.1, true",
        "10.0.0.0/8, ::ffff:10.1.2.3, true",
    })
    void knowsWhatIsInside(String network, String address, boolean inside) throws UnknownHostException {
        AddressList list = new AddressList(List.of(AddressList.parse(network)));
        assertThat(list.contains(address(address))).isEqualTo(inside);
        assertThat(AddressList.ofStored(list.stored())).isEqualTo(list);
        assertThat(list.texts()).containsExactly(network);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "", "localhost", "203.0.113", "203.0.113.256", "203.0.113.0/33", "203.0.113.0/-1", "203.0.113.0/024",
                "203.0.113.0/", "/24", "203.0.113.1/24", "2001:db8::1/64", "2001:db8::/129", "fe80::1%eth0", "[::1]",
                "203.0.113.0/24/8", "1.2.3.4 ", "::ffff:0:0/95", "0x7f.1"
            })
    void refusesWhatIsNoNetwork(String text) {
        assertThatThrownBy(() -> AddressList.parse(text)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void anyOfTheNetworksWillDo() throws UnknownHostException {
        AddressList list = new AddressList(List.of(AddressList.parse("10.0.0.0/8"), AddressList.parse("::1")));
        assertThat(list.contains(address("::1"))).isTrue();
        assertThat(list.contains(address("10.9.9.9"))).isTrue();
        assertThat(list.contains(address("11.0.0.0"))).isFalse();
    }
}
