package dev.faregate.governance;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// What forms and bodies of the API have to do with each other, whatever they are about. Pure.
final class FormJson {
    private FormJson() {}

    /// The text of a field; empty where it is null or no text.
    static String text(JsonNode node, String field) {
        JsonNode value = node.path(field);
        return value.isString() ? value.asString() : "";
    }

    static List<String> texts(JsonNode list) {
        List<String> texts = new ArrayList<>();
        list.forEach(item -> texts.add(item.asString()));
        return texts;
    }

    /// The first value that was sent of a field, or an empty text.
    static String first(List<String> sent) {
        return sent.isEmpty() ? "" : sent.getFirst();
    }

    /// The items of a list as they are typed, one a line or with commas between them, each once.
    static List<String> items(String typed) {
        return typed.lines()
                .flatMap(line -> Stream.of(line.split(",")))
                .map(String::strip)
                .filter(item -> !item.isEmpty())
                .distinct()
                .toList();
    }

    static void putText(ObjectNode body, String field, String text) {
        body.put(field, text.isBlank() ? null : text);
    }

    /// A list, or null for none.
    static void putList(ObjectNode body, String field, List<String> items) {
        if (items.isEmpty()) {
            body.putNull(field);
        } else {
            items.forEach(body.putArray(field)::add);
        }
    }

    /// Takes out of a body what says the same as the record, so that whatever was said by other ways stays as it was.
    static void dropSame(ObjectNode body, JsonNode before) {
        for (String field : List.copyOf(body.propertyNames())) {
            if (isSame(body.path(field), before.path(field))) {
                body.remove(field);
            }
        }
    }

    /// Amounts are the same however they are written, and a form tells no empty list from none.
    private static boolean isSame(JsonNode wanted, JsonNode was) {
        if (wanted.isNumber() && was.isNumber()) {
            return wanted.decimalValue().compareTo(was.decimalValue()) == 0;
        }
        boolean both = wanted.isNull() && was.isArray() && was.isEmpty();
        return both || wanted.equals(was);
    }
}
