package dev.faregate.chat;

import dev.faregate.base.ApiError;
import dev.faregate.base.ApiException;
import dev.faregate.base.Json;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// An upload as OpenAI's clients make it ("Create transcription"), said as the request in JSON that
/// it means (contract 2.1): from there on there is one way for both.
public final class TranscriptionForm {
    /// Contract 2.1, `POST /audio/transcriptions`: 25 MB, which OpenAI counts in binary.
    public static final int MAX_FILE_BYTES = 25 * 1024 * 1024;

    /// Bytes of a field that is no file.
    static final int MAX_FIELD_BYTES = 64 * 1024;

    static final String FILE = "file";
    private static final String GRANULARITIES = "timestamp_granularities";
    private static final Pattern NUMBER = Pattern.compile("-?(0|[1-9][0-9]{0,8})(\\.[0-9]{1,9})?");
    private static final Pattern EXTENSION = Pattern.compile("[a-z0-9]{1,8}");

    /// What files of these types are called.
    private static final Map<String, String> FORMATS = Map.ofEntries(
            Map.entry("audio/mpeg", "mp3"),
            Map.entry("audio/mp3", "mp3"),
            Map.entry("audio/wav", "wav"),
            Map.entry("audio/x-wav", "wav"),
            Map.entry("audio/wave", "wav"),
            Map.entry("audio/vnd.wave", "wav"),
            Map.entry("audio/flac", "flac"),
            Map.entry("audio/x-flac", "flac"),
            Map.entry("audio/mp4", "m4a"),
            Map.entry("audio/x-m4a", "m4a"),
            Map.entry("audio/m4a", "m4a"),
            Map.entry("audio/aac", "aac"),
            Map.entry("audio/ogg", "ogg"),
            Map.entry("audio/opus", "ogg"),
            Map.entry("audio/webm", "webm"),
            Map.entry("video/webm", "webm"),
            Map.entry("video/mp4", "mp4"));

    private static final byte[] END = JsonText.ascii("\"}}");

    private final byte[] body;
    private final Map<String, String> members = new LinkedHashMap<>();
    private final List<String> granularities = new ArrayList<>(2);
    private MultipartForm.@Nullable Part file;

    private TranscriptionForm(byte[] body) {
        this.body = body;
    }

    /// Whether a body of this `Content-Type` is such a form.
    public static boolean is(@Nullable String contentType) {
        return MultipartForm.is(contentType);
    }

    /// The form in `body[from, to)` as JSON. Fields that nobody here knows are left out. Throws
    /// `ApiException`: a 400 that names the field, or a 413.
    public static byte[] toJson(byte[] body, int from, int to, String contentType) {
        TranscriptionForm form = new TranscriptionForm(body);
        for (MultipartForm.Part part : MultipartForm.read(body, from, to, contentType)) {
            form.take(part);
        }
        return form.json();
    }

    private void take(MultipartForm.Part part) {
        switch (part.name()) {
            case FILE -> file(part);
            case "model", "language", "prompt", "response_format", "user", "session_id" ->
                put(part, JsonText.quoted(text(part)));
            case "temperature" -> {
                String number = text(part).strip();
                RequestReader.expect("temperature", NUMBER.matcher(number).matches(), "a number");
                put(part, number);
            }
            case "stream" -> {
                String flag = text(part).strip().toLowerCase(Locale.ROOT);
                RequestReader.expect("stream", flag.equals("true") || flag.equals("false"), "true or false");
                put(part, flag);
            }
            case "provider" -> put(part, object(part));
            // One for each field, or, as OpenRouter's SDK has it, all in one.
            case GRANULARITIES, GRANULARITIES + "[]" -> {
                for (String word : text(part).split(",", -1)) {
                    granularities.add(JsonText.quoted(word.strip()));
                }
            }
            default -> {}
        }
    }

    private void file(MultipartForm.Part part) {
        RequestReader.expect(FILE, file == null, "given once");
        RequestReader.expect(FILE, part.to() > part.from(), "a file that is not empty");
        if (part.to() - part.from() > MAX_FILE_BYTES) {
            throw new ApiException(new ApiError.BodyTooLarge(MAX_FILE_BYTES));
        }
        file = part;
    }

    private void put(MultipartForm.Part part, String json) {
        RequestReader.expect(part.name(), members.putIfAbsent(part.name(), json) == null, "given once");
    }

    private String object(MultipartForm.Part part) {
        byte[] json = text(part).getBytes(StandardCharsets.UTF_8);
        try {
            return Json.readObject(json).toString();
        } catch (ApiException e) {
            throw RequestReader.bad("'" + part.name() + "' must be a JSON object.", part.name());
        }
    }

    private String text(MultipartForm.Part part) {
        RequestReader.expect(part.name(), part.fileName() == null, "a text, not a file");
        int length = part.to() - part.from();
        RequestReader.expect(part.name(), length <= MAX_FIELD_BYTES, "at most " + MAX_FIELD_BYTES + " bytes");
        try {
            CharBuffer text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(body, part.from(), length));
            return text.toString();
        } catch (CharacterCodingException e) {
            throw RequestReader.bad("'" + part.name() + "' must be text in UTF-8.", part.name());
        }
    }

    private byte[] json() {
        MultipartForm.Part audio = file;
        if (audio == null) {
            throw RequestReader.bad("'file' is required.", FILE);
        }
        if (!granularities.isEmpty()) {
            members.put(GRANULARITIES, "[" + String.join(",", granularities) + "]");
        }
        StringBuilder head = new StringBuilder("{");
        members.forEach((name, value) ->
                head.append(JsonText.quoted(name)).append(':').append(value).append(','));
        head.append("\"input_audio\":{\"format\":").append(JsonText.quoted(format(audio)));
        byte[] before = head.append(",\"data\":\"").toString().getBytes(StandardCharsets.UTF_8);
        ByteBuffer data = Base64.getEncoder().encode(ByteBuffer.wrap(body, audio.from(), audio.to() - audio.from()));
        byte[] json = new byte[before.length + data.remaining() + END.length];
        ByteBuffer.wrap(json).put(before).put(data).put(END);
        return json;
    }

    /// By the name of the file, else by its type (contract 2.1, `file`).
    private static String format(MultipartForm.Part audio) {
        String name = audio.fileName() == null ? "" : audio.fileName().toLowerCase(Locale.ROOT);
        String extension = name.substring(name.lastIndexOf('.') + 1);
        if (extension.length() < name.length() && EXTENSION.matcher(extension).matches()) {
            return extension;
        }
        String type = audio.type() == null ? "" : audio.type().split(";", 2)[0].strip();
        String format = FORMATS.get(type.toLowerCase(Locale.ROOT));
        RequestReader.expect(
                FILE, format != null, "sent with a name such as audio.mp3, or with the media type of its audio");
        return java.util.Objects.requireNonNull(format);
    }
}
