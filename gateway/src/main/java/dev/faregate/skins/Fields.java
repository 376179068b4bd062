package dev.faregate.skins;

import dev.faregate.base.ApiError;
import dev.faregate.base.ApiException;
import dev.faregate.base.Trees;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// Reads the fields of a body; what is wrong is a 400 that names the field.
final class Fields {
    private Fields() {}

    static ApiException bad(String message, @Nullable String param) {
        return new ApiException(new ApiError.BadRequest(message, param));
    }

    static ApiException mustBe(String path, String what) {
        return bad("'" + path + "' must be " + what + ".", path);
    }

    /// A text that must be there, as `path` says where `name` of `parent` stands.
    static String text(JsonNode parent, String name, String path) {
        JsonNode value = parent.path(name);
        if (Trees.isAbsent(value)) {
            throw bad("'" + path + "' is required.", path);
        }
        if (!value.isString()) {
            throw mustBe(path, "a string");
        }
        return value.stringValue();
    }

    /// An object, as what stands at `path` has to be.
    static JsonNode object(JsonNode value, String path) {
        if (!value.isObject()) {
            throw mustBe(path, "an object");
        }
        return value;
    }
}
