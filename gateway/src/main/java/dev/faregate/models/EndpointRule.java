package dev.faregate.models;

import dev.faregate.base.ApiError;
import org.jspecify.annotations.Nullable;

/// What a caller may use of the catalogue, beside what a request itself asks for. Immutable; asked on the event
/// loop, so it must not block.
public interface EndpointRule {
    /// Everything may be used.
    EndpointRule NONE = new EndpointRule() {
        @Override
        public @Nullable ApiError refusal(Model model, Variant variant) {
            return null;
        }

        @Override
        public @Nullable String whatExcludes(Model model, ModelEndpoint endpoint, boolean mayRetain) {
            return null;
        }

        @Override
        public ApiError whyNone(Model model, java.util.List<String> excludedBy) {
            throw new IllegalStateException("nothing is excluded");
        }
    };

    /// Why the model may not be used at all, asked for as `variant`; null when it may.
    @Nullable
    ApiError refusal(Model model, Variant variant);

    /// A word of the `excluded_by` vocabulary (contract 1.1), or null when the endpoint may be used. `mayRetain`:
    /// whether prompts may be kept there, where the caller's own key says otherwise than the provider.
    @Nullable
    String whatExcludes(Model model, ModelEndpoint endpoint, boolean mayRetain);

    default @Nullable String whatExcludes(Model model, ModelEndpoint endpoint) {
        return whatExcludes(model, endpoint, endpoint.provider().mayRetain());
    }

    /// The answer when this rule left no endpoint of a model; `excludedBy` are its words for them.
    ApiError whyNone(Model model, java.util.List<String> excludedBy);

    /// The model with the endpoints that may be used; without any when it may not be used itself.
    default Model restrict(Model model) {
        if (this == NONE) {
            return model;
        }
        java.util.List<ModelEndpoint> left = refusal(model, Variant.NONE) != null
                ? java.util.List.of()
                : model.usable().stream()
                        .filter(endpoint -> whatExcludes(model, endpoint) == null)
                        .toList();
        return left.size() == model.usable().size() ? model : model.withEndpoints(model.endpoints(), left);
    }
}
