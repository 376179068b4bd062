package dev.faregate.inference;

import dev.faregate.base.Usd;
import dev.faregate.chat.ChatRequest;
import dev.faregate.chat.RequestKind;
import dev.faregate.models.Charge;
import dev.faregate.models.ModelEndpoint;
import dev.faregate.models.UsageBound;
import dev.faregate.recorder.Terms;
import dev.faregate.routing.Candidate;

/// What the flight recorder has to know of an attempt before it is sent.
final class FlightTerms {
    private FlightTerms() {}

    static Terms of(Candidate chosen, ChatRequest.Facts facts) {
        ModelEndpoint endpoint = chosen.endpoint();
        UsageBound bound = chosen.bound();
        Usd prompt = Charge.ceiling(endpoint.prices(), bound.withTokens(bound.promptTokens(), 0));
        // Reasoning that is billed and not shown cannot be counted; and a count has one price for all limits.
        boolean countable = chosen.own() == null
                && facts.kind() == RequestKind.CHAT
                && facts.stream()
                && endpoint.provider().stopsBillingOnCancel()
                && !endpoint.supports("reasoning");
        return new Terms(
                prompt.nanos(),
                bound.promptTokens(),
                Charge.dearestCompletion(endpoint.prices(), bound),
                bound.completionTokens() * bound.choices(),
                countable,
                endpoint.prices().version().value());
    }
}
