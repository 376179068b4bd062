package dev.faregate.usage;

import dev.faregate.base.ApiError;
import dev.faregate.base.ApiException;
import dev.faregate.http.Request;
import dev.faregate.http.Response;
import dev.faregate.identity.Actor;

/// `GET /credits`: what the organization bought or was granted, and what it spent; the balance is the
/// difference, and negative for one that pays later (rulings 1). `PATCH /credits`, ours: when it pays.
public final class CreditsHandler {
    private final ManagedCredits credits;

    public CreditsHandler(ManagedCredits credits) {
        this.credits = credits;
    }

    public Response handle(Request request) {
        return answer(credits.account(request.principal(Actor.class).organizationId()));
    }

    /// `PATCH /credits {"billing": "prepaid" | "postpaid"}`: whether the balance is a cap (design D13).
    public Response update(Request request) {
        return answer(credits.bill(request));
    }

    /// `POST /credits/coinbase`: gone for good (contract 1.1), whoever asks.
    public Response coinbase(Request request) {
        throw new ApiException(new ApiError.Gone(
                "The Coinbase APIs used by this endpoint have been deprecated, so the Coinbase Commerce "
                        + "credits API has been removed. Use the web credits purchase flow instead."));
    }

    private static Response answer(ManagedCredits.Account account) {
        return Response.json(200, json -> {
            json.writeStartObject();
            json.writeObjectPropertyStart("data");
            json.writeNumberProperty("total_credits", account.credited().dollars());
            json.writeNumberProperty("total_usage", account.spent().dollars());
            json.writeStringProperty("billing", account.billing().word());
            json.writeEndObject();
            json.writeEndObject();
        });
    }
}
