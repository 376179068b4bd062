package dev.faregate.chat;

import dev.faregate.base.ApiError;
import dev.faregate.base.ApiException;
import org.jspecify.annotations.Nullable;

/// Which preset a request names, and which model besides (contract 3.8): `@preset/slug` in place of the
/// model, behind it (`author/model@preset/slug`), or in the field `preset`.
///
/// @param model what the request says of the model itself, or null
public record PresetReference(String slug, @Nullable String model) {
    private static final String MARK = "@preset/";

    /// Null when it names none, as all do that are no chat. Throws a 400 when it names two.
    public static @Nullable PresetReference of(ChatRequest.Facts facts) {
        if (facts.kind() != RequestKind.CHAT) {
            return null;
        }
        PresetReference behindModel = facts.model() == null ? null : ofModel(facts.model());
        String field = facts.preset();
        if (field == null) {
            return behindModel;
        }
        if (behindModel == null) {
            return new PresetReference(field, facts.model());
        }
        if (!behindModel.slug().equals(field)) {
            throw new ApiException(
                    new ApiError.BadRequest("'model' and 'preset' name two presets; a request can use one.", "preset"));
        }
        return behindModel;
    }

    /// The reference in a model's name, or null when it has none.
    public static @Nullable PresetReference ofModel(String name) {
        int mark = name.indexOf(MARK);
        if (mark < 0) {
            return null;
        }
        return new PresetReference(name.substring(mark + MARK.length()), mark == 0 ? null : name.substring(0, mark));
    }
}
