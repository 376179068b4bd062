package dev.faregate.inference;

import dev.faregate.apps.AppAttribution;
import dev.faregate.apps.Apps;
import dev.faregate.chat.ChatRequest;
import dev.faregate.credits.Ledger;
import dev.faregate.guardrails.Guardrails;
import dev.faregate.guardrails.Policy;
import dev.faregate.guardrails.Screened;
import dev.faregate.http.Exchange;
import dev.faregate.keys.Caller;
import dev.faregate.keys.KeyDirectory;
import dev.faregate.models.Catalogues;
import dev.faregate.models.Tokenizer;
import dev.faregate.observability.Broadcast;
import dev.faregate.providers.Providers;
import dev.faregate.recorder.FlightRecorder;
import dev.faregate.routing.Candidate;
import dev.faregate.routing.EndpointHealth;
import dev.faregate.routing.EndpointMeasurements;
import dev.faregate.routing.RoutePlanner;
import dev.faregate.usage.ContentLog;
import java.time.InstantSource;
import java.util.function.Supplier;

/// What happens to a chat request: screened, planned, held, relayed, settled (ARCHITECTURE.md, "one chat
/// request"). Everything up to the hold is plain synchronous code on the event loop of the client's
/// connection. Shared between threads.
public final class Inference {
    /// What the request path needs; all of it is shared between threads.
    ///
    /// @param publicUrl where people manage keys and credits, without a trailing slash
    public record Parts(
            Catalogues catalogues,
            Providers providers,
            RoutePlanner planner,
            EndpointHealth health,
            EndpointMeasurements measurements,
            Guardrails guardrails,
            Ledger ledger,
            FlightRecorder recorder,
            KeyDirectory keys,
            RunningRequests running,
            Apps apps,
            ContentLog content,
            InferenceMetrics metrics,
            BoundWatch bounds,
            Tokenizer tokenizer,
            InstantSource clock,
            InferenceSettings settings,
            KeyAdmission admission,
            FreeTier freeTier,
            Supplier<String> publicUrl,
            OwnKeys own,
            Broadcast broadcast) {}

    private final Parts parts;
    private final PaymentErrors payments;
    private final PromptCount prompts;

    public Inference(Parts parts) {
        this.parts = parts;
        this.payments = new PaymentErrors(parts.publicUrl());
        this.prompts = new PromptCount(parts.tokenizer());
    }

    /// Takes the request over, on the loop of the exchange; `onDone` runs once it is over and settled.
    /// Throws `ApiException`, and then neither holds anything nor calls `onDone`, when the request is
    /// refused before the hold.
    void run(Exchange exchange, Caller caller, AppAttribution app, Screened screened, Runnable onDone) {
        Reporting reporting = Reporting.of(parts.broadcast(), caller, screened.request());
        new Relay(parts, payments, prompts, exchange, caller, app, screened, reporting, onDone).start();
    }

    /// About how many tokens the prompt is to the model that would be asked first. Holds nothing, looks into no text.
    /// Blocks. Throws `ApiException` when no model may serve the request.
    long promptTokens(Caller caller, ChatRequest request) {
        Policy policy = parts.guardrails().policy(caller);
        Candidate first = GuardedPlan.of(parts, policy, caller, request).first();
        return prompts.estimate(first.model(), PromptEstimate.of(request.tree()));
    }

    /// Whether requests of this caller have to be [#screen screened] off the loop first.
    boolean screens(Caller caller) {
        return parts.guardrails().policy(caller).screens();
    }

    /// Looks into the texts of a request. Blocks; throws `ApiException` when the request is refused.
    Screened screen(Caller caller, ChatRequest asked) {
        return parts.guardrails().screen(parts.guardrails().policy(caller), asked);
    }
}
