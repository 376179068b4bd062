package dev.faregate.chat;

import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.Locale;
import java.util.Objects;

/// A request for a transcription as a provider of OpenAI's format takes it: an upload, with nothing in
/// it but the fields that are known there. It is said in three pieces: the fields with the head of
/// the file, the audio, and the end.
///
/// @param contentType of the whole, which names the boundary
public record TranscriptionUpload(String contentType, byte[] before, byte[] audio, byte[] after) {
    private static final SecureRandom RANDOM = new SecureRandom();
    private static final String DIGITS = "0123456789abcdef";
    private static final int BOUNDARY_DIGITS = 40;

    /// `verbose` asks for how long the audio was, whatever the client wants to hear. Decodes the
    /// audio: long work where that is large.
    public static TranscriptionUpload of(ChatRequest request, String model, boolean verbose) {
        // The audio is anybody's; that it cannot end its part is because nobody can guess this.
        return of(request, model, verbose, boundary());
    }

    static TranscriptionUpload of(ChatRequest request, String model, boolean verbose, String boundary) {
        return new Writer(request, boundary).upload(model, verbose);
    }

    private static String boundary() {
        StringBuilder boundary = new StringBuilder("faregate-");
        for (int i = 0; i < BOUNDARY_DIGITS; i++) {
            boundary.append(DIGITS.charAt(RANDOM.nextInt(DIGITS.length())));
        }
        return boundary.toString();
    }

    private static final class Writer {
        private final ChatRequest request;
        private final String boundary;
        private final StringBuilder fields = new StringBuilder(512);
        private byte[] audio = new byte[0];
        private String format = "";

        Writer(ChatRequest request, String boundary) {
            this.request = request;
            this.boundary = boundary;
        }

        TranscriptionUpload upload(String model, boolean verbose) {
            field("model", model);
            boolean wanted = TranscriptionRewriter.isVerbose(request);
            if (verbose || wanted) {
                field("response_format", TranscriptionRequestReader.VERBOSE);
            }
            for (ChatRequest.Member member : request.members()) {
                if (request.has(member.name())) {
                    member(member, wanted);
                }
            }
            fields.append("--").append(boundary).append("\r\nContent-Disposition: form-data; name=\"");
            fields.append(TranscriptionForm.FILE)
                    .append("\"; filename=\"audio.")
                    .append(format);
            fields.append("\"\r\nContent-Type: application/octet-stream\r\n\r\n");
            return new TranscriptionUpload(
                    "multipart/form-data; boundary=" + boundary,
                    fields.toString().getBytes(StandardCharsets.UTF_8),
                    audio,
                    JsonText.ascii("\r\n--" + boundary + "--\r\n"));
        }

        private void member(ChatRequest.Member member, boolean timestamps) {
            JsonCursor cursor =
                    new JsonCursor(Integer.MAX_VALUE).reset(request.body, member.valueStart(), member.valueEnd());
            switch (member.name()) {
                case "language", "prompt" -> field(member.name(), cursor.readString());
                case "temperature" ->
                    field(
                            member.name(),
                            new String(
                                    request.body,
                                    member.valueStart(),
                                    member.valueEnd() - member.valueStart(),
                                    StandardCharsets.US_ASCII));
                case "timestamp_granularities" -> {
                    cursor.beginArray();
                    while (timestamps && cursor.nextElement()) {
                        field("timestamp_granularities[]", cursor.readString());
                    }
                }
                case TranscriptionRequestReader.AUDIO -> audio(cursor);
                default -> {}
            }
        }

        private void audio(JsonCursor cursor) {
            cursor.beginObject();
            while (cursor.nextKey()) {
                switch (cursor.key()) {
                    case "data" -> {
                        int from = cursor.valueStart() + 1;
                        cursor.skipValue();
                        audio = TranscriptionAudio.decoded(request.body, from, cursor.position() - 1);
                    }
                    case "format" -> format = cursor.readString().toLowerCase(Locale.ROOT);
                    default -> cursor.skipValue();
                }
            }
        }

        private void field(String name, String value) {
            fields.append("--").append(boundary).append("\r\nContent-Disposition: form-data; name=\"");
            fields.append(name)
                    .append("\"\r\n\r\n")
                    .append(Objects.requireNonNull(value))
                    .append("\r\n");
        }
    }
}
