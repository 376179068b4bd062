package dev.faregate.http;

import io.netty.handler.codec.http.HttpHeaders;
import io.netty.util.AsciiString;
import io.netty.util.NetUtil;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Whom a request comes from: the peer of the socket, or, when that is a proxy the operator named, the nearest address
/// in `X-Forwarded-For` that is not such a proxy. Anybody else's header is ignored.
final class ClientAddress {
    private static final AsciiString FORWARDED_FOR = AsciiString.cached("x-forwarded-for");

    private ClientAddress() {}

    static InetAddress of(@Nullable SocketAddress peer, HttpHeaders headers, AddressList trustedProxies) {
        InetAddress address = peer instanceof InetSocketAddress socket && socket.getAddress() != null
                ? socket.getAddress()
                : InetAddress.getLoopbackAddress();
        if (!trustedProxies.contains(address)) {
            return address;
        }
        List<String> lines = headers.getAll(FORWARDED_FOR);
        for (int i = lines.size() - 1; i >= 0; i--) {
            String[] hops = lines.get(i).split(",");
            for (int j = hops.length - 1; j >= 0; j--) {
                // Never resolves a name: this only reads digits.
                InetAddress hop = NetUtil.createInetAddressFromIpAddressString(hops[j].strip());
                if (hop == null) {
                    return address;
                }
                address = hop;
                if (!trustedProxies.contains(address)) {
                    return address;
                }
            }
        }
        return address;
    }
}
