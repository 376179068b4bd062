package dev.faregate.http;

import dev.faregate.base.Usd;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonGenerator;

/// Writes the plain values that an error's metadata is made of: text, numbers, money, lists and maps.
public final class Values {
    private Values() {}

    /// Anything that is not one of the plain kinds is written as its text.
    public static void write(JsonGenerator json, @Nullable Object value) {
        switch (value) {
            case null -> json.writeNull();
            case Boolean truth -> json.writeBoolean(truth);
            case Integer number -> json.writeNumber(number);
            case Long number -> json.writeNumber(number);
            case BigInteger number -> json.writeNumber(number);
            case BigDecimal number -> json.writeNumber(number);
            case Usd money -> json.writeNumber(money.dollars());
            case Iterable<?> list -> {
                json.writeStartArray();
                list.forEach(item -> write(json, item));
                json.writeEndArray();
            }
            case Map<?, ?> map -> {
                json.writeStartObject();
                map.forEach((name, item) -> {
                    json.writeName(String.valueOf(name));
                    write(json, item);
                });
                json.writeEndObject();
            }
            default -> json.writeString(value.toString());
        }
    }
}
