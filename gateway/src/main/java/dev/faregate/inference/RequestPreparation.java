package dev.faregate.inference;

import dev.faregate.base.ApiError;
import dev.faregate.base.ApiException;
import dev.faregate.chat.ChatRequest;
import dev.faregate.chat.PresetReference;
import dev.faregate.chat.ProviderPreferences;
import dev.faregate.chat.RequestKind;
import dev.faregate.chat.RequestReader;
import dev.faregate.chat.RequestSettings;
import dev.faregate.identity.RequestDefaults;
import dev.faregate.keys.Caller;
import dev.faregate.presets.Presets;
import org.jspecify.annotations.Nullable;

/// What a request becomes before anybody looks at it: the preset that it names is laid under it (contract
/// 3.8), then the defaults of its workspace. All from memory, where memory has it.
final class RequestPreparation {
    private final Presets presets;

    RequestPreparation(Presets presets) {
        this.presets = presets;
    }

    /// Null when that takes longer than an event loop may wait: a preset has to be looked up first, or what
    /// comes of it is large. Never blocks. Throws `ApiException` 404 for a preset that cannot be used, 400
    /// when the request does not fit it.
    @Nullable
    ChatRequest ready(RequestReader reader, Caller caller, ChatRequest asked) {
        PresetReference reference = PresetReference.of(asked.facts());
        if (reference == null) {
            return withDefaults(caller, asked);
        }
        Presets.Found found = presets.recall(caller.workspaceId(), reference.slug());
        if (found == null || isLarge(asked, found)) {
            return null;
        }
        return withDefaults(caller, applied(reader, asked, reference, found));
    }

    private static boolean isLarge(ChatRequest asked, Presets.Found found) {
        return found instanceof Presets.Found.Usable usable
                && asked.bytes() + usable.settings().size() > RequestIntake.READ_ON_LOOP_BYTES;
    }

    /// As [#ready], whatever it takes. Blocks.
    ChatRequest prepared(RequestReader reader, Caller caller, ChatRequest asked) {
        PresetReference reference = PresetReference.of(asked.facts());
        if (reference == null) {
            return withDefaults(caller, asked);
        }
        Presets.Found remembered = presets.recall(caller.workspaceId(), reference.slug());
        Presets.Found found = remembered == null ? presets.lookUp(caller.workspaceId(), reference.slug()) : remembered;
        return withDefaults(caller, applied(reader, asked, reference, found));
    }

    private static ChatRequest applied(
            RequestReader reader, ChatRequest asked, PresetReference reference, Presets.Found found) {
        return switch (found) {
            case Presets.Found.Unusable(ApiError error) -> throw new ApiException(error);
            case Presets.Found.Usable(String id, RequestSettings settings) -> {
                byte[] body = settings.under(asked, reference.model());
                yield reader.read(body, 0, body.length).withPreset(id);
            }
        };
    }

    private static ChatRequest withDefaults(Caller caller, ChatRequest request) {
        RequestDefaults defaults = caller.defaults();
        String model = request.facts().kind() == RequestKind.CHAT ? defaults.textModel() : null;
        return request.withDefaults(model, ProviderPreferences.Sort.find(defaults.providerSort()));
    }
}
