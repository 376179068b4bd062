package dev.faregate.server;

import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.encoder.Encoder;
import ch.qos.logback.core.encoder.EncoderBase;
import ch.qos.logback.core.encoder.LayoutWrappingEncoder;
import dev.faregate.base.Redaction;
import java.nio.charset.StandardCharsets;

/// Takes whatever looks like a secret out of the finished line: message, arguments, exception texts and all.
/// It is the only encoder there is, so nothing gets around it.
public final class RedactingEncoder extends EncoderBase<ILoggingEvent> {
    private static final byte[] NOTHING = {};

    private final Encoder<ILoggingEvent> inner;

    /// Encodes text for people; what `logback.xml` asks for before the configuration has been read.
    public RedactingEncoder() {
        this(text());
    }

    RedactingEncoder(Encoder<ILoggingEvent> inner) {
        this.inner = inner;
    }

    private static Encoder<ILoggingEvent> text() {
        LayoutWrappingEncoder<ILoggingEvent> encoder = new LayoutWrappingEncoder<>();
        encoder.setCharset(StandardCharsets.UTF_8);
        encoder.setLayout(new TextLayout());
        return encoder;
    }

    @Override
    public void start() {
        inner.setContext(getContext());
        if (inner instanceof LayoutWrappingEncoder<ILoggingEvent> wrapping) {
            wrapping.getLayout().setContext(getContext());
            wrapping.getLayout().start();
        }
        inner.start();
        super.start();
    }

    @Override
    public void stop() {
        super.stop();
        inner.stop();
    }

    @Override
    public byte[] headerBytes() {
        return NOTHING;
    }

    @Override
    public byte[] encode(ILoggingEvent event) {
        String line = new String(inner.encode(event), StandardCharsets.UTF_8);
        return Redaction.apply(line).getBytes(StandardCharsets.UTF_8);
    }

    @Override
    public byte[] footerBytes() {
        return NOTHING;
    }
}
