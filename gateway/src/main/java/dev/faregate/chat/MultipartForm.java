package dev.faregate.chat;

import dev.faregate.base.ApiException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// The parts of a `multipart/form-data` body (RFC 7578) that is in memory, as views over it. What a
/// client says of a file, its name and its type, is a hint and goes nowhere. Whatever is wrong is an
/// `ApiException` with a 400.
final class MultipartForm {
    /// Parts of one form; the largest known client sends ten.
    static final int MAX_PARTS = 64;

    /// Bytes of the header lines of one part.
    static final int MAX_HEAD_BYTES = 4 * 1024;

    /// RFC 2046 section 5.1.1.
    static final int MAX_BOUNDARY = 70;

    private static final String TYPE = "multipart/form-data";
    private static final String BOUNDARY_MARKS = "'()+_,-./:=? ";
    private static final byte[] LINE_END = {'\r', '\n'};
    private static final byte[] HEAD_END = {'\r', '\n', '\r', '\n'};
    private static final byte[] DASHES = {'-', '-'};
    private static final int ABSENT = -1;

    /// One part, whose content stands in bytes `[from, to)`.
    record Part(
            String name,
            @Nullable String fileName,
            @Nullable String type,
            int from,
            int to) {}

    private final byte[] body;
    private final int end;
    private final byte[] delimiter;
    private int at;

    private MultipartForm(byte[] body, int from, int to, String boundary) {
        this.body = body;
        this.at = from;
        this.end = to;
        this.delimiter = ("--" + boundary).getBytes(StandardCharsets.ISO_8859_1);
    }

    /// Whether a body of this `Content-Type` is such a form.
    static boolean is(@Nullable String contentType) {
        return contentType != null
                && contentType.split(";", 2)[0].strip().toLowerCase(Locale.ROOT).equals(TYPE);
    }

    /// The parts of `body[from, to)`, in order.
    static List<Part> read(byte[] body, int from, int to, String contentType) {
        return new MultipartForm(body, from, to, boundary(contentType)).parts();
    }

    private static String boundary(String contentType) {
        String boundary = Parameters.of(contentType).find("boundary");
        if (boundary == null || boundary.isEmpty()) {
            throw wrong("its Content-Type names no boundary");
        }
        boolean good = boundary.length() <= MAX_BOUNDARY
                && !boundary.endsWith(" ")
                && boundary.chars().allMatch(MultipartForm::mayBeInBoundary);
        if (!good) {
            throw wrong("its boundary is not one of RFC 2046");
        }
        return boundary;
    }

    private static boolean mayBeInBoundary(int c) {
        return (c >= 'a' && c <= 'z')
                || (c >= 'A' && c <= 'Z')
                || (c >= '0' && c <= '9')
                || BOUNDARY_MARKS.indexOf(c) >= 0;
    }

    private List<Part> parts() {
        List<Part> parts = new ArrayList<>();
        toFirstDelimiter();
        while (!isLast()) {
            if (parts.size() == MAX_PARTS) {
                throw wrong("it has more than " + MAX_PARTS + " parts");
            }
            parts.add(part());
        }
        return parts;
    }

    /// What stands before the first delimiter is for nobody (RFC 2046 section 5.1.1).
    private void toFirstDelimiter() {
        if (!startsWith(delimiter, at)) {
            at = nextDelimiter();
        }
        at += delimiter.length;
    }

    /// Behind a delimiter: whether it is the last. Otherwise its line is left behind.
    private boolean isLast() {
        if (startsWith(DASHES, at)) {
            return true;
        }
        while (at < end && (body[at] == ' ' || body[at] == '\t')) {
            at++;
        }
        if (!startsWith(LINE_END, at)) {
            throw wrong("a boundary is not the whole of its line");
        }
        at += LINE_END.length;
        return false;
    }

    private Part part() {
        String[] lines = head();
        Parameters disposition = null;
        String type = null;
        for (String line : lines) {
            int colon = line.indexOf(':');
            if (colon <= 0 || line.charAt(0) == ' ' || line.charAt(0) == '\t') {
                throw wrong("a part has a header line without a name");
            }
            String value = line.substring(colon + 1).strip();
            switch (line.substring(0, colon).toLowerCase(Locale.ROOT)) {
                case "content-disposition" -> disposition = Parameters.of(value);
                case "content-type" -> type = value;
                case "content-transfer-encoding" -> requirePlain(value);
                default -> {}
            }
        }
        if (disposition == null || !disposition.word().equals("form-data")) {
            throw wrong("a part has no Content-Disposition of form-data");
        }
        String name = disposition.find("name");
        if (name == null || name.isEmpty()) {
            throw wrong("a part has no name");
        }
        int from = at;
        int to = nextDelimiter();
        at = to + delimiter.length;
        // Without the line end before the delimiter, which belongs to that.
        return new Part(name, disposition.find("filename"), type, from, Math.max(from, to - LINE_END.length));
    }

    /// RFC 7578 section 4.7: nothing else is sent any more.
    private static void requirePlain(String encoding) {
        switch (encoding.toLowerCase(Locale.ROOT)) {
            case "binary", "8bit", "7bit" -> {}
            default -> throw wrong("a part has a Content-Transfer-Encoding, which forms have not");
        }
    }

    /// The header lines of a part, which are left behind.
    private String[] head() {
        int most = (int) Math.min(end, (long) at + MAX_HEAD_BYTES);
        for (int i = at; i + HEAD_END.length <= most; i++) {
            if (body[i] == '\r' && startsWith(HEAD_END, i)) {
                String head = new String(body, at, i - at, StandardCharsets.UTF_8);
                at = i + HEAD_END.length;
                return head.split("\r\n", -1);
            }
        }
        throw wrong(
                most == end
                        ? "it ends within the header of a part"
                        : "the header of a part has more than " + MAX_HEAD_BYTES + " bytes");
    }

    /// Where the next delimiter that begins a line stands, from here.
    private int nextDelimiter() {
        // An empty part ends with the line end that ended its head.
        int from = Math.max(0, at - LINE_END.length);
        for (int i = from; i + LINE_END.length + delimiter.length <= end; i++) {
            if (body[i] == '\r' && startsWith(LINE_END, i) && startsWith(delimiter, i + LINE_END.length)) {
                return i + LINE_END.length;
            }
        }
        throw wrong("it does not end with its boundary");
    }

    private boolean startsWith(byte[] what, int place) {
        if (what.length > end - place) {
            return false;
        }
        for (int i = 0; i < what.length; i++) {
            if (body[place + i] != what[i]) {
                return false;
            }
        }
        return true;
    }

    private static ApiException wrong(String what) {
        return RequestReader.bad("The request body is not a valid form: " + what + ".", null);
    }

    /// A header value: a word, and parameters behind it, with or without quotes (RFC 7578 section 4.2).
    private record Parameters(String word, String rest) {
        static Parameters of(String value) {
            int semicolon = value.indexOf(';');
            String word = semicolon < 0 ? value : value.substring(0, semicolon);
            return new Parameters(
                    word.strip().toLowerCase(Locale.ROOT), semicolon < 0 ? "" : value.substring(semicolon));
        }

        /// The value of the first parameter of that name; null when there is none.
        @Nullable
        String find(String name) {
            int place = 0;
            while (place < rest.length()) {
                int equals = rest.indexOf('=', place);
                if (equals == ABSENT) {
                    return null;
                }
                String found = rest.substring(place, equals).replace(';', ' ').strip();
                StringBuilder value = new StringBuilder();
                place = value(equals + 1, value);
                if (found.equalsIgnoreCase(name)) {
                    return value.toString();
                }
            }
            return null;
        }

        /// Reads a value from there into `to`; returns where it ends.
        private int value(int from, StringBuilder to) {
            boolean quoted = from < rest.length() && rest.charAt(from) == '"';
            int place = quoted ? from + 1 : from;
            while (place < rest.length()) {
                char c = rest.charAt(place);
                boolean escape = quoted && c == '\\' && place + 1 < rest.length() && isQuotable(rest.charAt(place + 1));
                if (c == (quoted ? '"' : ';')) {
                    return place + 1;
                }
                place += escape ? 1 : 0;
                to.append(rest.charAt(place++));
            }
            return place;
        }

        private static boolean isQuotable(char c) {
            return c == '"' || c == '\\';
        }
    }
}
