package dev.faregate.inference;

import dev.faregate.byok.Credential;
import dev.faregate.byok.Credentials;
import dev.faregate.byok.Usable;
import dev.faregate.keys.Caller;
import dev.faregate.providers.OwnProviders;
import dev.faregate.providers.Provider;
import dev.faregate.providers.Providers;
import dev.faregate.routing.Candidate;
import java.util.Optional;

/// Callers' own provider keys on the request path: nothing here waits. `feeMillionths` of the list price is what a
/// request with one is charged. Safe to share between threads.
public record OwnKeys(Credentials credentials, OwnProviders providers, long feeMillionths) {
    Usable usableBy(Caller caller) {
        return credentials.usableBy(
                caller.organizationId(), caller.workspaceId(), caller.key().hash(), caller.userId());
    }

    /// The provider of an attempt: with the caller's key where it has one, else of `shared`.
    Optional<Provider> provider(Candidate chosen, Providers shared) {
        Credential own = chosen.own();
        return own == null
                ? shared.find(chosen.endpoint().provider())
                : providers.find(own, chosen.endpoint().provider(), chosen.model());
    }
}
