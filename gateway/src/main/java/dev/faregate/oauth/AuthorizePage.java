package dev.faregate.oauth;

import dev.faregate.http.Response;
import dev.faregate.pages.Pages;
import dev.faregate.pages.Visit;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// The authorization endpoint of the standards (RFC 6749 section 3.1): the consent page for clients that
/// are known here. No script of another site ever reads it.
public final class AuthorizePage {
    private final AuthorizationRequests requests;
    private final LodgedRequests lodged;
    private final ConsentPage consent;
    private final AuthCodes codes;
    private final Clients clients;
    private final Pages pages;

    AuthorizePage(
            AuthorizationRequests requests,
            LodgedRequests lodged,
            ConsentPage consent,
            AuthCodes codes,
            Clients clients,
            Pages pages) {
        this.requests = requests;
        this.lodged = lodged;
        this.consent = consent;
        this.codes = codes;
        this.clients = clients;
        this.pages = pages;
    }

    /// `GET /oauth/authorize`.
    public Response show(Visit visit) {
        return read(visit, wanted -> consent.show(visit, ConsentPage.Asked.of(wanted.asker(), wanted.scopes())));
    }

    /// `POST /oauth/authorize`: the person's answer.
    public Response answer(Visit visit) {
        return read(visit, wanted -> answer(visit, wanted));
    }

    /// What was asked for, given to `then`; or the refusal, to the person or to the client.
    private Response read(Visit visit, Function<AuthorizationRequests.Wanted, Response> then) {
        Parameters parameters;
        AuthorizationRequests.Destination destination;
        try {
            parameters = parameters(visit);
            destination = requests.destination(parameters);
        } catch (OAuthException e) {
            return refused(visit, e, null, null);
        }
        AuthorizationRequests.Wanted wanted;
        try {
            wanted = requests.wanted(parameters, destination);
        } catch (OAuthException e) {
            String back = back(
                    destination.callback(),
                    Map.of("error", e.error(), "error_description", e.description()),
                    parameters);
            // RFC 9700 section 4.11.2: nobody vouches for the address of a client that registered itself, so a made-up
            // request must not lead there without a click.
            return destination.client().origin() == OAuthClient.Origin.PAGE
                    ? ConsentPage.leave(back)
                    : refused(visit, e, back, destination.callback().place());
        }
        return then.apply(wanted);
    }

    private Response answer(Visit visit, AuthorizationRequests.Wanted wanted) {
        Parameters parameters = parameters(visit);
        Callback callback = wanted.destination().callback();
        ConsentPage.Asked asked = ConsentPage.Asked.of(wanted.asker(), wanted.scopes());
        return switch (consent.read(visit, asked)) {
            case ConsentPage.Answer.Again(Response page) -> page;
            case ConsentPage.Answer.Denied() ->
                ConsentPage.leave(back(
                        callback,
                        Map.of("error", "access_denied", "error_description", "The person said no"),
                        parameters));
            case ConsentPage.Answer.Allowed(Terms terms) -> {
                AuthCodes.Made made = codes.make(
                        new AuthCodes.Consent(
                                visit.session(),
                                wanted.asker(),
                                terms,
                                wanted.scopes(),
                                wanted.resources(),
                                wanted.destination().named(),
                                wanted.pkce(),
                                AuthCode.STANDARD_LIFETIME),
                        visit.head().requestId());
                clients.used(wanted.destination().client());
                yield ConsentPage.leave(
                        back(callback, Map.of("code", made.text().reveal()), parameters));
            }
        };
    }

    /// Those of the query, or those that were lodged before.
    private Parameters parameters(Visit visit) {
        Parameters query = Parameters.ofQuery(visit.request());
        String uri = query.find("request_uri");
        if (uri == null) {
            return query;
        }
        Optional<Parameters> found = lodged.find(query.get("client_id"), uri);
        return found.orElseThrow(
                () -> OAuthException.invalidRequest("This request has ended; go back to the app and begin anew"));
    }

    /// The address of an answer: with `state` "REQUIRED if a state parameter was present in the client
    /// authorization request" (RFC 6749 section 4.1.2), and with `iss`, in errors too (RFC 9207 section 2).
    private String back(Callback callback, Map<String, String> answer, Parameters parameters) {
        Map<String, String> all = new LinkedHashMap<>(answer);
        String state = parameters.findQuietly("state");
        if (state != null) {
            all.put("state", state);
        }
        all.put("iss", pages.publicUrl());
        return callback.with(all);
    }

    private static Response refused(Visit visit, OAuthException e, @Nullable String back, @Nullable String place) {
        Map<String, Object> values = new LinkedHashMap<>();
        values.put("error", e.error());
        values.put("text", e.description());
        if (back != null && place != null) {
            values.put("back", back);
            values.put("place", place);
        }
        return visit.page(400, "oauth/refused.jte", "Not done", "", values);
    }
}
