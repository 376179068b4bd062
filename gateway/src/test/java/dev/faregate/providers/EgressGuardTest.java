package dev.faregate.providers;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class EgressGuardTest {
    private static final EgressGuard GUARD = new EgressGuard(Set.of("ollama.internal"));

    /// Closed ranges at both ends and one inside, embedded addresses of every kind, and the well-known
    /// traps.
    @ParameterizedTest
    @ValueSource(
            strings = {
                "0.0.0.0",
                "0.0.0.1",
                "0.255.255.255",
                "10.0.0.0",
                "10.0.0.1",
                "10.96.0.1",
                "10.255.255.255",
                "100.64.0.0",
                "100.64.0.1",
                "100.100.100.200",
                "100.127.255.255",
                "127.0.0.0",
                "127.0.0.1",
                "127.0.0.53",
                "127.1.2.3",
                "127.255.255.255",
                "168.63.129.16",
                "169.254.0.0",
                "169.254.0.1",
                "169.254.169.123",
                "169.254.169.254",
                "169.254.170.2",
                "169.254.255.255",
                "172.16.0.0",
                "172.16.0.1",
                "172.17.0.1",
                "172.20.10.1",
                "172.31.255.255",
                "192.0.0.0",
                "192.0.0.8",
                "192.0.0.170",
                "192.0.0.192",
                "192.0.0.255",
                "192.0.2.0",
                "192.0.2.1",
                "192.0.2.255",
                "192.88.99.0",
                "192.88.99.1",
                "192.88.99.255",
                "192.168.0.0",
                "192.168.0.1",
                "192.168.1.1",
                "192.168.65.2",
                "192.168.255.255",
                "198.18.0.0",
                "198.18.0.1",
                "198.19.255.255",
                "198.51.100.0",
                "198.51.100.7",
                "198.51.100.255",
                "203.0.113.0",
                "203.0.113.9",
                "203.0.113.255",
                "224.0.0.0",
                "224.0.0.1",
                "224.0.0.251",
                "239.255.255.250",
                "239.255.255.255",
                "240.0.0.0",
                "240.0.0.1",
                "250.1.2.3",
                "255.255.255.254",
                "255.255.255.255",
                "::",
                "::1",
                "::2",
                "::ffff",
                "::127.0.0.1",
                "::10.0.0.1",
                "::8.8.8.8",
                "::169.254.169.254",
                "::ffff:0:127.0.0.1",
                "::ffff:0:8.8.8.8",
                "64:ff9b::",
                "64:ff9b::127.0.0.1",
                "64:ff9b::10.0.0.1",
                "64:ff9b::8.8.8.8",
                "64:ff9b::169.254.169.254",
                "64:ff9b:1::1",
                "64:ff9b:1:ffff:ffff:ffff:ffff:ffff",
                "100::",
                "100::1",
                "1fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
                "2001::",
                "2001::1",
                "2001:0:4136:e378:8000:63bf:3fff:fdd2",
                "2001:2::1",
                "2001:10::1",
                "2001:20::1",
                "2001:1ff:ffff:ffff:ffff:ffff:ffff:ffff",
                "2001:db8::",
                "2001:db8::1",
                "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff",
                "2002::",
                "2002:7f00:1::",
                "2002:a00:1::1",
                "2002:a9fe:a9fe::1",
                "2002:808:808::1",
                "2002:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
                "3fff::",
                "3fff::1",
                "3fff:fff:ffff:ffff:ffff:ffff:ffff:ffff",
                "4000::",
                "5f00::1",
                "8000::1",
                "fc00::",
                "fc00::1",
                "fd00::1",
                "fd00:ec2::254",
                "fd12:3456:789a::1",
                "fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
                "fe00::1",
                "fe80::",
                "fe80::1",
                "fe80::a9fe:a9fe",
                "febf:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
                "fec0::1",
                "feff::1",
                "ff00::",
                "ff01::1",
                "ff02::1",
                "ff02::fb",
                "ff0e::1",
                "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"
            })
    void refusesEveryAddressThatIsNotPublic(String text) throws Exception {
        assertThat(refusal("api.example", 443, text)).isNotNull();
        assertThat(refusal("ollama.internal", 11_434, text)).isNull();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "1.1.1.1",
                "8.8.8.8",
                "9.255.255.255",
                "11.0.0.0",
                "93.184.216.34",
                "100.63.255.255",
                "100.128.0.0",
                "126.255.255.255",
                "128.0.0.0",
                "168.63.129.15",
                "168.63.129.17",
                "169.253.255.255",
                "169.255.0.0",
                "172.15.255.255",
                "172.32.0.0",
                "191.255.255.255",
                "192.0.1.0",
                "192.0.3.0",
                "192.88.98.255",
                "192.88.100.0",
                "192.167.255.255",
                "192.169.0.0",
                "198.17.255.255",
                "198.20.0.0",
                "198.51.99.255",
                "198.51.101.0",
                "203.0.112.255",
                "203.0.114.0",
                "223.255.255.255",
                "2000::1",
                "2001:200::",
                "2001:4860:4860::8888",
                "2001:db7:ffff::1",
                "2001:db9::",
                "2003::1",
                "2606:4700::6810:84e5",
                "2a00:1450:4001:81b::200e",
                "3ffe:ffff::1",
                "3fff:1000::1"
            })
    void letsPublicAddressesThroughUpToTheVeryBorder(String text) throws Exception {
        assertThat(refusal("api.example", 443, text)).isNull();
    }

    @ParameterizedTest
    @ValueSource(strings = {"127.0.0.1", "10.0.0.1", "169.254.169.254", "8.8.8.8"})
    void refusesAMappedAddressEvenWhenJavaDoesNotUnwrapIt(String text) throws Exception {
        byte[] mapped = new byte[16];
        mapped[10] = (byte) 0xFF;
        mapped[11] = (byte) 0xFF;
        System.arraycopy(address(text).getAddress(), 0, mapped, 12, 4);
        assertThat(EgressGuard.closedRange(mapped)).isNotNull();
    }

    /// Spellings of inside addresses that a URL can have; what the resolver makes of them is judged, if
    /// anything.
    @ParameterizedTest
    @ValueSource(
            strings = {
                "2130706433",
                "0x7f000001",
                "0x7f.0.0.1",
                "017700000001",
                "127.1",
                "127.0.1",
                "0",
                "0.0",
                "10.1",
                "3232235521",
                "2852039166",
                "localhost",
                "127.0.0.1."
            })
    void spellingsOfInsideAddressesLeadNowhere(String host) {
        Target target = new Target(true, host, 443, false);
        InetAddress[] found;
        try {
            found = InetAddress.getAllByName(target.host());
        } catch (java.net.UnknownHostException refused) {
            return;
        }
        assertThat(GUARD.refusal(target, found)).as("%s is %s", host, found[0]).isNotNull();
    }

    @ParameterizedTest
    @CsvSource({"443,true", "80,true", "22,false", "6379,false", "8080,false", "25,false", "1,false", "65535,false"})
    void usersMayOnlyNameThePortsOfHttp(int port, boolean open) throws Exception {
        assertThat(refusal("api.example", port, "1.1.1.1") == null).isEqualTo(open);
    }

    @Test
    void oneBadAddressAmongGoodOnesRefusesTheHost() throws Exception {
        Target target = new Target(true, "mixed.example", 443, false);
        assertThat(GUARD.refusal(target, InetAddress.getByName("1.1.1.1"), InetAddress.getByName("10.0.0.1")))
                .isEqualTo("the host leads to a private network");
    }

    @Test
    void theOperatorsOwnTargetsAreNotJudged() throws Exception {
        Target trusted = new Target(false, "127.0.0.1", 9100, true);
        assertThat(GUARD.refusal(trusted, InetAddress.getLoopbackAddress())).isNull();
    }

    private static @org.jspecify.annotations.Nullable String refusal(String host, int port, String address)
            throws Exception {
        return GUARD.refusal(new Target(true, host, port, false), address(address));
    }

    /// The address of a literal; nothing is looked up.
    private static InetAddress address(String literal) throws Exception {
        assertThat(literal).matches("[0-9a-f:.]*[:.][0-9a-f:.]*");
        return InetAddress.getByName(literal);
    }
}
