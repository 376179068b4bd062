package dev.faregate.guardrails;

import dev.faregate.base.ApiError;
import dev.faregate.base.ApiException;
import dev.faregate.chat.ChatRequest;
import java.util.List;

/// All guardrails of this installation, in the order they are asked. The first that blocks ends the
/// request before any route is planned or money held. Safe to share between threads.
public final class Guardrails {
    private final List<Guardrail> guardrails;

    public Guardrails(List<Guardrail> guardrails) {
        this.guardrails = List.copyOf(guardrails);
    }

    /// The request to go on with. Throws `ApiException` 403 when it is blocked.
    public ChatRequest screen(ChatRequest asked) {
        for (Guardrail guardrail : guardrails) {
            switch (guardrail.judge(asked)) {
                case Verdict.Pass() -> {}
                case Verdict.Block(ApiError error) -> throw new ApiException(error);
            }
        }
        return asked;
    }
}
