package dev.faregate.testkit;

import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The JSON of one answer in a provider's wire format. Chunks are counted from 0: the opening, one for each piece, and
/// the end with its finish reason.
interface AnswerFormat {
    int chunks();

    /// Completion tokens that are out once chunk `index` is.
    long deliveredAfter(int index);

    /// The data of the events of chunk `index`.
    List<String> chunk(int index);

    /// A content event with any text.
    String contentChunk(String text);

    /// The whole answer, for a request that does not stream.
    String whole();

    /// An error body.
    String error(int status, String message);

    /// The data of an error in mid-stream.
    String errorEvent(int code, String message);

    /// The data of the last event of a good stream, or null where it just ends.
    @Nullable
    String last();

    /// The data of an event that follows an error, or null where nothing does.
    @Nullable
    String afterError();

    /// The name of an event with this data, or the empty one.
    String name(String data);

    /// The media type of a stream.
    default String streamType() {
        return "text/event-stream; charset=utf-8";
    }

    /// Events with these data as they are in the stream.
    default byte[] events(List<String> data, String lineEnd) {
        StringBuilder text = new StringBuilder();
        for (String line : data) {
            String name = name(line);
            if (!name.isEmpty()) {
                text.append("event: ").append(name).append(lineEnd);
            }
            text.append("data: ").append(line).append(lineEnd).append(lineEnd);
        }
        return text.toString().getBytes(StandardCharsets.UTF_8);
    }
}
