package dev.faregate.dashboard;

import dev.faregate.http.Request;
import dev.faregate.http.RequestHead;
import dev.faregate.identity.IdempotencyStore;
import dev.faregate.pages.Visit;
import io.netty.handler.codec.http.HttpHeaders;

/// A form as the request that a client of the API would have sent: its body in JSON, and the form's own name as the
/// `Idempotency-Key`, so that a page loaded again does nothing again.
final class OnceRequest {
    private OnceRequest() {}

    static Request of(Visit visit, byte[] body, String once) {
        RequestHead head = visit.head();
        HttpHeaders headers = head.headers().copy();
        headers.set(IdempotencyStore.HEADER, "form-" + once);
        RequestHead named = new RequestHead(
                head.requestId(),
                head.method(),
                head.path(),
                head.pathParameters(),
                head.query(),
                headers,
                head.remote(),
                head.arrivedNanos());
        return new Request(named, body, visit.session());
    }
}
