package dev.faregate.testkit;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/// Server-sent events one by one (WHATWG HTML section 9.2): lines end in LF, CRLF or CR, a blank line
/// sends the event, what the end of the stream leaves unfinished is no event. Each read ends within the
/// client's timeout.
public final class EventReader {
    private static final int MAX_EVENTS = 1_000_000;

    private final BodyReader body;
    private final Consumer<String> observer;
    private boolean skipLineFeed;
    private boolean unfinished;

    /// `observer` hears of the data of every event.
    EventReader(BodyReader body, Consumer<String> observer) {
        this.body = body;
        this.observer = observer;
    }

    /// What a stream carries; `arrivedNanos` (`System.nanoTime`) is when its last byte was there.
    public sealed interface Item {
        long arrivedNanos();
    }

    /// An event: its `event` field (empty if absent) and its data lines joined with LF.
    public record Event(String name, String data, long arrivedNanos) implements Item {}

    /// A comment line without its colon and the space after it.
    public record Comment(String text, long arrivedNanos) implements Item {}

    /// The next event or comment; empty at the end.
    public Optional<Item> nextItem() throws IOException {
        body.begin();
        String name = "";
        List<String> data = new ArrayList<>();
        for (Optional<String> line = line(); line.isPresent(); line = line()) {
            String text = line.get();
            if (text.isEmpty()) {
                if (!data.isEmpty()) {
                    Event event = new Event(name, String.join("\n", data), body.arrivedNanos());
                    observer.accept(event.data());
                    return Optional.of(event);
                }
                name = "";
            } else if (text.startsWith(":")) {
                return Optional.of(new Comment(value(text, 0), body.arrivedNanos()));
            } else if (text.startsWith("data:")) {
                data.add(value(text, 4));
            } else if (text.startsWith("event:")) {
                name = value(text, 5);
            }
        }
        unfinished |= !data.isEmpty();
        return Optional.empty();
    }

    /// The next event, comments left out; empty at the end.
    public Optional<Event> next() throws IOException {
        for (int i = 0; i < MAX_EVENTS; i++) {
            Optional<Item> item = nextItem();
            if (item.isEmpty()) {
                return Optional.empty();
            }
            if (item.get() instanceof Event event) {
                return Optional.of(event);
            }
        }
        throw new IOException("more than " + MAX_EVENTS + " comments");
    }

    /// The data of all events to the end.
    public List<String> all() throws IOException {
        return events().stream().map(Event::data).toList();
    }

    /// All events to the end.
    public List<Event> events() throws IOException {
        List<Event> all = new ArrayList<>();
        for (Optional<Event> event = next(); event.isPresent(); event = next()) {
            if (all.size() == MAX_EVENTS) {
                throw new IOException("more than " + MAX_EVENTS + " events");
            }
            all.add(event.get());
        }
        return all;
    }

    /// How the body ended. Throws `IllegalStateException` before it has.
    public RawClient.Ending ending() {
        return body.ending();
    }

    /// Whether the stream ended inside an event.
    public boolean endedInsideEvent() {
        return unfinished;
    }

    private static String value(String line, int colon) {
        String value = line.substring(colon + 1);
        return value.startsWith(" ") ? value.substring(1) : value;
    }

    /// The next whole line; empty at the end of the body, where half a line may be left.
    private Optional<String> line() throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        while (true) {
            int next = body.read();
            if (next < 0) {
                unfinished |= line.size() > 0;
                return Optional.empty();
            }
            boolean second = skipLineFeed && next == '\n';
            skipLineFeed = next == '\r';
            if (next == '\n' || next == '\r') {
                if (!second) {
                    return Optional.of(line.toString(StandardCharsets.UTF_8));
                }
            } else {
                line.write(next);
            }
        }
    }
}
