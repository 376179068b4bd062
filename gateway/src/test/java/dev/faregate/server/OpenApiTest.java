package dev.faregate.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.faregate.base.Json;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.node.JsonNodeFactory;

class OpenApiTest {
    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            quoteCharacter = '~',
            value = {
                "text; {\"type\":\"string\"}",
                "text 1..200; {\"type\":\"string\",\"minLength\":1,\"maxLength\":200}",
                "integer 0.. = 0 -- how many; {\"type\":\"integer\",\"minimum\":0,\"default\":0,\"description\":\"how many\"}",
                "number or null; {\"type\":[\"number\",\"null\"]}",
                "daily | weekly | null; {\"type\":[\"string\",\"null\"],\"enum\":[\"daily\",\"weekly\",null]}",
                "daily |; {\"type\":\"string\",\"enum\":[\"daily\"]}",
                "boolean = false; {\"type\":\"boolean\",\"default\":false}",
                "time or null; {\"type\":[\"string\",\"null\"],\"format\":\"date-time\"}",
                "Key; {\"$ref\":\"#/components/schemas/Key\"}",
                "Key or null; {\"anyOf\":[{\"$ref\":\"#/components/schemas/Key\"},{\"type\":\"null\"}]}",
                "list of text 1..5; {\"type\":\"array\",\"items\":{\"type\":\"string\"},\"minItems\":1,\"maxItems\":5}",
                "any -- whatever; {\"description\":\"whatever\"}",
            })
    void readsTheShortForm(String form, String schema) {
        assertThat(OpenApiShapes.schema(JsonNodeFactory.instance.stringNode(form)))
                .hasToString(schema);
    }

    @Test
    void readsObjects() {
        String form = "{\"$says\":\"words\",\"$extends\":\"Base\",\"a\":\"text\",\"b?\":[\"Key\"],\"...\":\"any\"}";
        assertThat(OpenApiShapes.schema(Json.read(form.getBytes(StandardCharsets.UTF_8))))
                .hasToString(
                        "{\"type\":\"object\",\"description\":\"words\",\"allOf\":[{\"$ref\":\"#/components/schemas/Base\"}],"
                                + "\"additionalProperties\":{},\"properties\":{\"a\":{\"type\":\"string\"},\"b\":{\"type\":\"array\",\"items\":"
                                + "{\"$ref\":\"#/components/schemas/Key\"}}},\"required\":[\"a\"]}");
    }

    @ParameterizedTest
    @ValueSource(strings = {"a text of some kind", "Key 1..2", "string", "list of"})
    void refusesWhatIsNoForm(String form) {
        assertThatThrownBy(() -> OpenApiShapes.schema(JsonNodeFactory.instance.stringNode(form)))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void namesEveryFileOfItsFolder() throws IOException {
        try (Stream<Path> files = Files.list(Path.of("src", "main", "resources", "openapi"))) {
            assertThat(files.map(file -> file.getFileName().toString().replace(".yaml", "")))
                    .containsExactlyInAnyOrderElementsOf(Stream.concat(Stream.of("api"), OpenApi.AREAS.stream())
                            .toList());
        }
    }
}
