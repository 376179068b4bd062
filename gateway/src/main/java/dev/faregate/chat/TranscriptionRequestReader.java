package dev.faregate.chat;

import java.util.Locale;
import java.util.Set;

/// Reads a request for a transcription (contract 2.1, `POST /audio/transcriptions`), and the `prompt`
/// that OpenAI's has beside. The audio is base64, which is checked to be that and not read.
public final class TranscriptionRequestReader extends InputsReader {
    static final String AUDIO = "input_audio";
    static final String VERBOSE = "verbose_json";

    private static final int MAX_WORD = 32;
    private static final int MAX_LANGUAGE = 35;
    private static final int MAX_PROMPT = 16 * 1024;

    /// OpenAI, "Create transcription".
    private static final Set<String> GRANULARITIES = Set.of("word", "segment");

    public TranscriptionRequestReader(Limits limits) {
        super(RequestKind.TRANSCRIPTIONS, "transcripts", limits);
    }

    @Override
    void clearInputs() {}

    @Override
    boolean isInput(String name) {
        return name.equals(AUDIO);
    }

    @Override
    ChatRequest.Extras extras() {
        return new ChatRequest.Extras(0, 0, otherMedia, false, 0, 0, 0, 0, 0, 0, 0, 0);
    }

    @Override
    void checkInputs() {
        if (inputs == 0) {
            throw bad("'input_audio' is required.", AUDIO);
        }
    }

    @Override
    void ownValue(String name) {
        switch (name) {
            case AUDIO -> audio();
            case "language" -> text(name, MAX_LANGUAGE);
            case "prompt" -> text(name, MAX_PROMPT);
            case "temperature" -> number(name, 0, 1);
            case "response_format" -> {
                String format = text(name, MAX_WORD);
                boolean known = format.equals("json") || format.equals(VERBOSE);
                expect(name, known, "'json' or '" + VERBOSE + "': other formats carry no usage");
            }
            case "timestamp_granularities" -> granularities(name);
            default -> cursor.skipValue();
        }
    }

    private void granularities(String name) {
        expect(name, cursor.peek() == '[', "an array of 'word' and 'segment'");
        int count = 0;
        cursor.beginArray();
        while (cursor.nextElement()) {
            expect(name, count++ < GRANULARITIES.size(), "an array of at most 2");
            boolean text = cursor.peek() == '"';
            expect(name, text && GRANULARITIES.contains(cursor.readString()), "an array of 'word' and 'segment'");
        }
    }

    private void audio() {
        expect(AUDIO, cursor.peek() == '{', "an object with 'data' and 'format'");
        boolean data = false;
        boolean format = false;
        cursor.beginObject();
        while (cursor.nextKey()) {
            switch (cursor.key()) {
                case "data" -> {
                    String path = AUDIO + ".data";
                    expect(path, !data, "given once");
                    expect(path, cursor.peek() == '"', "a string");
                    int start = cursor.valueStart() + 1;
                    cursor.skipValue();
                    boolean good = TranscriptionAudio.isBase64(body, start, cursor.position() - 1);
                    expect(path, good, "audio in base64, without a 'data:' before it");
                    data = true;
                }
                case "format" -> {
                    String path = AUDIO + ".format";
                    expect(path, !format, "given once");
                    String word = text(path, MAX_WORD);
                    boolean plain = TranscriptionAudio.FORMAT
                            .matcher(word.toLowerCase(Locale.ROOT))
                            .matches();
                    expect(path, plain, "a word such as mp3 or wav");
                    format = true;
                }
                default -> cursor.skipValue();
            }
        }
        expect(AUDIO + ".data", data, "given");
        expect(AUDIO + ".format", format, "given");
        inputs = 1;
        // How long it is, and how many tokens, cannot be seen.
        otherMedia = true;
    }
}
