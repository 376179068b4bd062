package dev.faregate.pages;

import dev.faregate.base.Ids;
import dev.faregate.http.FormFields;
import dev.faregate.http.Request;
import dev.faregate.http.RequestHead;
import dev.faregate.identity.IdempotencyStore;
import io.netty.handler.codec.http.HttpHeaders;
import java.util.List;
import java.util.regex.Pattern;

/// A form as the request that a client of the API would have sent: its body in JSON, and the form's own name as the
/// `Idempotency-Key`, so that a page loaded again does nothing again.
public final class OnceRequest {
    /// The field of a form that names it.
    public static final String FIELD = "once";

    private static final int MAX_TYPED = 1_000;
    private static final Pattern NAME = Pattern.compile("[0-9a-f-]{36}");

    private OnceRequest() {}

    /// A name for a form that nobody has sent yet.
    public static String fresh() {
        return Ids.next().toString();
    }

    /// The name that a form came with; a fresh one where it came with none of ours.
    public static String name(FormFields form) {
        List<String> sent = form.all(FIELD, MAX_TYPED);
        return sent.size() == 1 && NAME.matcher(sent.getFirst()).matches() ? sent.getFirst() : fresh();
    }

    public static Request of(Visit visit, byte[] body, String once) {
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
