package dev.faregate.http;

import io.netty.channel.EventLoopGroup;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.ServerChannel;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.util.concurrent.DefaultThreadFactory;

/// Which sockets Netty uses. Whoever opens a client connection on one of our loops needs the class that fits it.
public enum Transport {
    EPOLL(EpollServerSocketChannel.class, EpollSocketChannel.class),
    NIO(NioServerSocketChannel.class, NioSocketChannel.class);

    private final Class<? extends ServerChannel> listener;
    private final Class<? extends SocketChannel> client;

    Transport(Class<? extends ServerChannel> listener, Class<? extends SocketChannel> client) {
        this.listener = listener;
        this.client = client;
    }

    /// Epoll where it is wanted and loads, else the JDK's.
    public static Transport choose(boolean wantNative) {
        return wantNative && Epoll.isAvailable() ? EPOLL : NIO;
    }

    public Class<? extends ServerChannel> listener() {
        return listener;
    }

    public Class<? extends SocketChannel> client() {
        return client;
    }

    /// A group of event loops, each a daemon thread with this name and a number.
    public EventLoopGroup loops(int count, String name) {
        IoHandlerFactory io = switch (this) {
            case EPOLL -> EpollIoHandler.newFactory();
            case NIO -> NioIoHandler.newFactory();
        };
        return new MultiThreadIoEventLoopGroup(count, new DefaultThreadFactory(name, true), io);
    }
}
