package dev.faregate.providers;

import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http.HttpHeaders;

/// Hears what comes of one [UpstreamCall]. Every method is called on the loop the call was opened for,
/// never from inside a method of the call itself, in this order: `onHead`, any number of `onBody`, then
/// exactly one of `onEnd` and `onFailure`; `onFailure` may come at any point, also first. Nothing is
/// called after [UpstreamCall#cancel].
public interface UpstreamListener {
    /// The final status (200 to 599; interim 1xx answers are swallowed) and the header fields.
    void onHead(int status, HttpHeaders headers);

    /// Some bytes of the body, as they came. The listener owns `bytes` and must release it.
    void onBody(ByteBuf bytes);

    /// What was read from the socket in one go has been handed over: a good moment to flush.
    default void onReadComplete() {}

    /// The body is whole.
    void onEnd();

    void onFailure(UpstreamFailure failure);
}
