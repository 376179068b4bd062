package dev.faregate.http;

import dev.faregate.base.ApiError;
import dev.faregate.base.ApiException;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import java.util.List;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// The order of work for one request, which is the security model: target, route, who is asking, whether they may, and
/// only then the body and the handler. All is decided on the matched route, never on the text of a path or a host.
/// Used on the connection's loop.
final class Admission {
    private final Edge edge;
    private final EdgeConnection connection;

    Admission(Edge edge, EdgeConnection connection) {
        this.edge = edge;
        this.connection = connection;
    }

    /// Takes a head that passed the [FramingGuard] as far as it goes without waiting.
    void admit(HttpRequest request, EdgeExchange exchange) {
        if (request.protocolVersion().equals(HttpVersion.HTTP_1_0)) {
            exchange.speakOldVersion();
        } else if (!HttpUtil.isKeepAlive(request)) {
            exchange.closeAfterwards();
        }
        Target target;
        try {
            String host = request.headers().get(HttpHeaderNames.HOST, "");
            target = Target.parse(request.uri(), host);
        } catch (ApiException e) {
            connection.refuseAndClose(e.error());
            return;
        }
        if (CrossOrigin.isAsked(request.headers()) && isCrossOrigin(target.path())) {
            exchange.allowCrossOrigin();
        }
        switch (edge.router.match(request.method().name(), target.path())) {
            case Router.Match.Nothing() ->
                unrouted(request, target, exchange, new ApiError.NotFound("Resource not found"));
            case Router.Match.WrongMethod(var allow) ->
                unrouted(request, target, exchange, new ApiError.MethodNotAllowed(allow));
            case Router.Match.Options(var allow) ->
                exchange.respond(
                        204,
                        isCrossOrigin(target.path())
                                ? CrossOrigin.preflight(request.headers(), allow)
                                : new DefaultHttpHeaders().set(HttpHeaderNames.ALLOW, allow),
                        Unpooled.EMPTY_BUFFER);
            case Router.Match.Found found -> {
                exchange.route(found, head(request, target, found, exchange.requestId()));
                admitRouted(exchange);
            }
        }
    }

    private boolean isCrossOrigin(String path) {
        for (String beginning : edge.settings.crossOriginPaths()) {
            if (path.startsWith(beginning)) {
                return true;
            }
        }
        return false;
    }

    /// Nothing is opened by this: where a browser gets a page, it is the one that says that there is none.
    private void unrouted(HttpRequest request, Target target, EdgeExchange exchange, ApiError error) {
        NotThere notThere = edge.notThere;
        if (notThere == null) {
            connection.refuse(error);
            return;
        }
        Router.Match.Found page = notThere.page(
                request.method().name(), target.path(), request.headers().get(HttpHeaderNames.ACCEPT));
        if (page == null) {
            exchange.tellFailures(notThere.shape(target.path()));
            connection.refuse(error);
            return;
        }
        exchange.route(page, head(request, target, page, exchange.requestId()));
        admitRouted(exchange);
    }

    private RequestHead head(HttpRequest request, Target target, Router.Match.Found found, String requestId) {
        var remote = ClientAddress.of(
                connection.channel().remoteAddress(), request.headers(), edge.settings.trustedProxies());
        return new RequestHead(
                requestId,
                request.method().name(),
                target.path(),
                found.parameters(),
                target.query(),
                request.headers(),
                remote,
                System.nanoTime());
    }

    private void admitRouted(EdgeExchange exchange) {
        if (edge.openRequests.get() > edge.settings.maxRequests()) {
            connection.refuse(edge.overload());
            return;
        }
        ApiError odd = entityFault(exchange.head().headers());
        if (odd != null) {
            connection.refuse(odd);
            return;
        }
        Access access = exchange.route().access();
        if (access == Access.PUBLIC || access == Access.SESSION) {
            authorise(exchange, null);
            return;
        }
        switch (edge.authenticator.recall(exchange.head())) {
            case Authenticator.Answer.Unsure() -> lookUp(exchange);
            case Authenticator.Answer answer -> decide(exchange, answer);
        }
    }

    /// Encoded bodies are refused rather than unpacked: a small body must not become a large one (reliability 20).
    private static @Nullable ApiError entityFault(HttpHeaders headers) {
        List<String> codings = headers.getAll(HttpHeaderNames.CONTENT_ENCODING);
        if (!codings.isEmpty() && !(codings.size() == 1 && codings.getFirst().equalsIgnoreCase("identity"))) {
            return new ApiError.UnsupportedMediaType("Request bodies must not be compressed or otherwise encoded.");
        }
        String expected = headers.get(HttpHeaderNames.EXPECT);
        return expected == null || expected.equalsIgnoreCase("100-continue")
                ? null
                : new ApiError.BadRequest("The only expectation understood is 100-continue.", null);
    }

    // Who is asking

    /// An address that has failed too often gets no further look-ups until its minute is over.
    private void lookUp(EdgeExchange exchange) {
        RequestHead head = exchange.head();
        if (edge.failures.isExhausted(head.remote(), seconds())) {
            connection.refuse(throttled());
            return;
        }
        connection.awaitAuthentication();
        Thread.ofVirtual().name("look-up").start(() -> {
            Authenticator.Answer answer;
            try {
                answer = ScopedValue.where(EdgeServer.REQUEST_ID, head.requestId())
                        .call(() -> edge.authenticator.lookUp(head));
            } catch (ApiException e) {
                answer = new Authenticator.Answer.Refused(e.error());
            } catch (RuntimeException | Error e) {
                answer = new Authenticator.Answer.Refused(edge.incident(e, head.requestId()));
            }
            Authenticator.Answer known = answer;
            onLoop(exchange, () -> lookedUp(exchange, known));
        });
    }

    private void lookedUp(EdgeExchange exchange, Authenticator.Answer answer) {
        if (connection.authenticated(exchange)) {
            decide(exchange, answer);
            connection.readOn();
        }
    }

    private void decide(EdgeExchange exchange, Authenticator.Answer answer) {
        switch (answer) {
            case Authenticator.Answer.None() -> authorise(exchange, null);
            case Authenticator.Answer.Known(var principal) -> authorise(exchange, principal);
            case Authenticator.Answer.Refused(var error) -> refuse(exchange, error);
            case Authenticator.Answer.Unsure() -> throw new IllegalStateException("a look-up must be sure");
        }
    }

    /// Whether they may. A handler is reached only through here.
    private void authorise(EdgeExchange exchange, @Nullable Principal principal) {
        ApiError refusal = Authenticator.refusal(exchange.route().access(), principal);
        if (refusal != null) {
            refuse(exchange, refusal);
            return;
        }
        exchange.principal(principal);
        connection.readBody(exchange);
    }

    private void refuse(EdgeExchange exchange, ApiError error) {
        boolean counts = error instanceof ApiError.Unauthenticated;
        boolean tooMany = counts && !edge.failures.book(exchange.head().remote(), seconds());
        connection.refuse(tooMany ? throttled() : error);
    }

    private ApiError throttled() {
        int left = FailureThrottle.secondsLeft(seconds());
        return new ApiError.RateLimited(
                "Too many failed authentications from this address.",
                edge.settings.max401sPerMinute(),
                System.currentTimeMillis() + left * 1_000L,
                left);
    }

    private static long seconds() {
        return TimeUnit.NANOSECONDS.toSeconds(System.nanoTime());
    }

    // What answers

    /// Calls the handler; the request is whole and allowed.
    void handle(EdgeExchange exchange) {
        switch (exchange.route().handler()) {
            case Handler.Relay relay -> {
                try {
                    relay.handle(exchange);
                } catch (RuntimeException | Error e) {
                    exchange.fail(e);
                }
            }
            case Handler.Blocking blocking -> handleBlocking(blocking, exchange);
        }
    }

    private void handleBlocking(Handler.Blocking handler, EdgeExchange exchange) {
        byte[] body = exchange.bodyBuffer().take();
        Request request = new Request(exchange.head(), body, exchange.principal());
        Thread.ofVirtual().name("blocking").start(() -> {
            try {
                Response response = ScopedValue.where(
                                EdgeServer.REQUEST_ID, request.head().requestId())
                        .call(() -> handler.handle(request));
                onLoop(exchange, () -> exchange.respond(response));
            } catch (RuntimeException | Error e) {
                onLoop(exchange, () -> exchange.fail(e));
            }
        });
    }

    private static void onLoop(EdgeExchange exchange, Runnable task) {
        try {
            exchange.loop().execute(() -> {
                try {
                    task.run();
                } catch (RuntimeException e) {
                    exchange.fail(e);
                }
            });
        } catch (RejectedExecutionException e) {
            // The server is closed and so is the connection: there is nobody left to answer.
            return;
        }
    }
}
