package dev.faregate.oauth;

import dev.faregate.storage.Database;
import java.util.Optional;

/// Who is meant by a `client_id`: the one look-up that every endpoint uses. Safe to share between threads;
/// blocks.
final class Clients {
    /// Ids that are addresses may be as long as a redirect.
    static final int MAX_ID_LENGTH = 2_000;

    /// Knows clients that are not registered here.
    interface Source {
        Source NONE = _ -> Optional.empty();

        /// The client of an id that is an https address (client id metadata documents). Throws an
        /// [OAuthException] where the address gives no client, with the reason.
        Optional<OAuthClient> find(String address);
    }

    private final Database database;
    private final ClientStore store;
    private final Source documents;

    Clients(Database database, ClientStore store, Source documents) {
        this.database = database;
        this.store = store;
        this.documents = documents;
    }

    Optional<OAuthClient> find(String clientId) {
        if (clientId.length() > MAX_ID_LENGTH || !clientId.chars().allMatch(c -> c > ' ' && c < 0x7f)) {
            return Optional.empty();
        }
        return clientId.startsWith("https://")
                ? documents.find(clientId)
                : database.read(tx -> store.find(tx, clientId));
    }

    /// The client was used, which it shows from now on.
    void used(OAuthClient client) {
        database.write(tx -> {
            store.used(tx, client, RegistrationHandler.IDLE);
            return null;
        });
    }
}
