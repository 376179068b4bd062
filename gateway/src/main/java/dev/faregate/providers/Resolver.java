package dev.faregate.providers;

import io.netty.channel.EventLoop;
import io.netty.util.NetUtil;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;

/// Looks names up off the event loop, on a virtual thread, and answers on the loop. The Java runtime
/// caches good answers for 30 s and bad ones for 10 s, unless its security properties say otherwise. Safe
/// to share.
final class Resolver {
    /// Look-ups under way at one time; a name server that hangs must not gather threads without end.
    private static final int MAX_LOOKUPS = 256;

    /// The blocking look-up itself; another one stands in for a name server in tests.
    @FunctionalInterface
    interface Lookup {
        InetAddress[] addresses(String host) throws UnknownHostException;
    }

    /// Exactly one of the arguments is null.
    @FunctionalInterface
    interface Answer {
        void resolved(InetAddress @Nullable [] addresses, @Nullable String problem);
    }

    private final Lookup lookup;
    private final Executor threads;
    private final Semaphore slots = new Semaphore(MAX_LOOKUPS);

    Resolver(Lookup lookup, Executor threads) {
        this.lookup = lookup;
        this.threads = threads;
    }

    /// Answers at once for an IP literal, later on the loop for a name.
    void resolve(String host, EventLoop loop, Answer answer) {
        byte @Nullable [] literal = NetUtil.createByteArrayFromIpAddressString(host);
        if (literal != null) {
            answerLiteral(host, literal, answer);
        } else if (!slots.tryAcquire()) {
            answer.resolved(null, "too many name look-ups at one time");
        } else {
            try {
                threads.execute(() -> lookUp(host, loop, answer));
            } catch (RejectedExecutionException closed) {
                slots.release();
                answer.resolved(null, "the client is closed");
            }
        }
    }

    private void lookUp(String host, EventLoop loop, Answer answer) {
        InetAddress @Nullable [] found = null;
        try {
            found = lookup.addresses(host);
        } catch (UnknownHostException | SecurityException unknown) {
            // Its message is the host's name or the resolver's own words; "no address" says as much.
        } finally {
            slots.release();
        }
        InetAddress @Nullable [] addresses = found == null || found.length == 0 ? null : found;
        try {
            loop.execute(() -> answer.resolved(addresses, addresses == null ? "no address for " + host : null));
        } catch (RejectedExecutionException loopIsGone) {
            // Nobody is left to hear the answer.
        }
    }

    private static void answerLiteral(String host, byte[] literal, Answer answer) {
        try {
            answer.resolved(new InetAddress[] {InetAddress.getByAddress(host, literal)}, null);
        } catch (UnknownHostException impossible) {
            throw new AssertionError("an address of " + literal.length + " bytes", impossible);
        }
    }
}
