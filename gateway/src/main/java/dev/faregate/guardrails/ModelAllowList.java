package dev.faregate.guardrails;

import dev.faregate.base.ApiError;
import dev.faregate.chat.ChatRequest;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.stream.Stream;

/// The operator's list of models that may be asked for on this installation (`guardrails.allowed_models`
/// in faregate.yaml). `allows` gets a name as the client wrote it.
public final class ModelAllowList implements Guardrail {
    private static final Verdict PASS = new Verdict.Pass();

    private final Predicate<String> allows;

    public ModelAllowList(Predicate<String> allows) {
        this.allows = allows;
    }

    @Override
    public Verdict judge(ChatRequest request) {
        String model = request.facts().model();
        Stream<String> names = Stream.concat(Stream.ofNullable(model), request.facts().fallbackModels().stream());
        List<String> refused = names.filter(name -> !allows.test(name)).toList();
        if (refused.isEmpty()) {
            return PASS;
        }
        return new Verdict.Block(new ApiError.Forbidden(
                "Request blocked: the model " + refused.getFirst() + " is not on the list of allowed models.",
                "model_not_allowed",
                Map.of("guardrail", "allowed_models", "models", refused)));
    }
}
