package dev.faregate.base;

import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import tools.jackson.core.io.JsonStringEncoder;

/// Writes one small JSON value as text, for the few that are written for every request; everything else uses
/// [Json#write]. Fields come out in the order of the calls; who calls it keeps objects and arrays balanced.
public final class JsonWriter {
    private static final int USUAL_LENGTH = 128;

    private final StringBuilder out;

    /// Whether the next field or element needs no comma before it.
    private boolean first = true;

    public JsonWriter() {
        this(USUAL_LENGTH);
    }

    /// For a text of about so many characters: it grows when it must, at the price of a copy.
    public JsonWriter(int length) {
        out = new StringBuilder(length);
    }

    public JsonWriter beginObject() {
        return open('{');
    }

    public JsonWriter beginObject(String name) {
        return name(name).open('{');
    }

    public JsonWriter beginArray() {
        return open('[');
    }

    public JsonWriter beginArray(String name) {
        return name(name).open('[');
    }

    public JsonWriter endObject() {
        return close('}');
    }

    public JsonWriter endArray() {
        return close(']');
    }

    /// An element of an array.
    public JsonWriter text(String value) {
        comma();
        quote(value);
        return this;
    }

    /// An element of an array.
    public JsonWriter number(long value) {
        comma();
        out.append(value);
        return this;
    }

    public JsonWriter text(String name, String value) {
        name(name);
        quote(value);
        return this;
    }

    public JsonWriter number(String name, long value) {
        name(name);
        out.append(value);
        first = false;
        return this;
    }

    /// Dollars as a plain decimal.
    public JsonWriter money(String name, Usd value) {
        name(name);
        value.appendDollars(out);
        first = false;
        return this;
    }

    public JsonWriter decimal(String name, BigDecimal value) {
        name(name);
        out.append(value.toPlainString());
        first = false;
        return this;
    }

    public JsonWriter flag(String name, boolean value) {
        name(name);
        out.append(value);
        first = false;
        return this;
    }

    public JsonWriter nothing(String name) {
        name(name);
        out.append("null");
        first = false;
        return this;
    }

    public byte[] toBytes() {
        return out.toString().getBytes(StandardCharsets.UTF_8);
    }

    @Override
    public String toString() {
        return out.toString();
    }

    /// The text as a JSON string, quotes included.
    public static String quoted(String text) {
        return isPlain(text)
                ? '"' + text + '"'
                : '"' + String.valueOf(JsonStringEncoder.getInstance().quoteAsCharArray(text)) + '"';
    }

    private JsonWriter open(char bracket) {
        comma();
        out.append(bracket);
        first = true;
        return this;
    }

    private JsonWriter close(char bracket) {
        out.append(bracket);
        first = false;
        return this;
    }

    /// Names are ours, plain text. What follows is the value of this name, not another element.
    private JsonWriter name(String name) {
        comma();
        out.append('"').append(name).append("\":");
        first = true;
        return this;
    }

    private void comma() {
        if (!first) {
            out.append(',');
        }
        first = false;
    }

    private void quote(String text) {
        if (isPlain(text)) {
            out.append('"').append(text).append('"');
        } else {
            out.append(quoted(text));
        }
        first = false;
    }

    private static boolean isPlain(String text) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c < ' ' || c == '"' || c == '\\') {
                return false;
            }
        }
        return true;
    }
}
