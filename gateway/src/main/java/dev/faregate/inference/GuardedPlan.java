package dev.faregate.inference;

import dev.faregate.base.ApiException;
import dev.faregate.chat.ChatRequest;
import dev.faregate.guardrails.Policy;
import dev.faregate.guardrails.Screened;
import dev.faregate.keys.Caller;
import dev.faregate.models.EndpointRule;
import dev.faregate.routing.Plan;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;

/// Where a request meets the guardrails of its caller on its way to a plan, and what its answer says of them.
final class GuardedPlan {
    /// What guardrails did or, on trial, would have done: `flag=email, redact=[KEY], would_block=allowed_models`.
    static final CharSequence HEADER = "X-Faregate-Guardrails";

    private static final int MAX_NOTE = 80;
    private static final int MAX_NOTES = 20;

    private GuardedPlan() {}

    /// Throws `ApiException` when nothing may serve the request.
    static Plan of(Inference.Parts parts, Policy policy, Caller caller, ChatRequest request) {
        try {
            return parts.planner()
                    .plan(
                            request,
                            parts.catalogues().snapshot(),
                            policy == Policy.NONE ? EndpointRule.NONE : policy,
                            parts.own().usableBy(caller),
                            ThreadLocalRandom.current(),
                            System.nanoTime());
        } catch (ApiException e) {
            policy.refused(e.error());
            throw e;
        }
    }

    static List<String> notes(Policy policy, Plan plan, Screened screened) {
        List<String> wouldRefuse = policy.wouldRefuse(
                plan.first().model(), plan.firstVariant(), plan.first().endpoint());
        if (wouldRefuse.isEmpty()) {
            return screened.notes();
        }
        List<String> all = new ArrayList<>(screened.notes());
        all.addAll(wouldRefuse);
        return all;
    }

    /// Names are people's own words: what a header cannot hold becomes `_`.
    static String header(List<String> notes) {
        StringBuilder header = new StringBuilder();
        for (String note : notes.subList(0, Math.min(notes.size(), MAX_NOTES))) {
            header.append(header.isEmpty() ? "" : ", ");
            for (int i = 0; i < Math.min(note.length(), MAX_NOTE); i++) {
                char c = note.charAt(i);
                header.append(c > ' ' && c < 0x7F && c != ',' ? c : '_');
            }
        }
        return header.toString();
    }
}
