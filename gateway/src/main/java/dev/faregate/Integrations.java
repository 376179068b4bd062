package dev.faregate;

import dev.faregate.byok.ByokHandler;
import dev.faregate.byok.Credentials;
import dev.faregate.byok.MasterKey;
import dev.faregate.byok.Sealer;
import dev.faregate.identity.OrganizationStore;
import dev.faregate.identity.Writes;
import dev.faregate.inference.OwnKeys;
import dev.faregate.models.Catalogues;
import dev.faregate.providers.ByokTestHandler;
import dev.faregate.providers.Outbound;
import dev.faregate.providers.OwnProviders;
import dev.faregate.providers.UpstreamClient;
import dev.faregate.server.Config;
import dev.faregate.server.ProviderSetup;
import dev.faregate.storage.ChangeFeed;
import dev.faregate.storage.Database;
import java.time.InstantSource;

/// What organizations connect to this server with secrets of theirs: provider keys. A part of the composition root.
final class Integrations implements AutoCloseable {
    private final Credentials credentials;
    private final OwnKeys ownKeys;
    private final ByokHandler byok;
    private final ByokTestHandler byokTest;
    private final Outbound outbound;

    private Integrations(
            Credentials credentials, OwnKeys ownKeys, ByokHandler byok, ByokTestHandler byokTest, Outbound outbound) {
        this.credentials = credentials;
        this.ownKeys = ownKeys;
        this.byok = byok;
        this.byokTest = byokTest;
        this.outbound = outbound;
    }

    /// Throws with a sentence for the operator when the master key is not the one of this database.
    static Integrations open(
            Config config,
            Database database,
            OrganizationStore organizations,
            UpstreamClient client,
            Catalogues catalogues,
            Writes writes,
            InstantSource clock) {
        String known = database.read(Sealer::knownKey).orElse(null);
        Sealer sealer = new Sealer(MasterKey.load(config.masterKey(), config.masterKeyFile(), known));
        Credentials credentials = new Credentials(database, sealer);
        credentials.reloadAll();
        Outbound outbound = new Outbound(client);
        OwnProviders providers = new OwnProviders(client, ProviderSetup.deadlines(config.timeouts()));
        ByokHandler byok = new ByokHandler(database, organizations, sealer, credentials, catalogues, writes);
        return new Integrations(
                credentials,
                new OwnKeys(credentials, providers, config.byokFee()),
                byok,
                new ByokTestHandler(byok, catalogues, outbound, clock),
                outbound);
    }

    OwnKeys ownKeys() {
        return ownKeys;
    }

    ByokHandler byok() {
        return byok;
    }

    ByokTestHandler byokTest() {
        return byokTest;
    }

    /// Takes up what other nodes changed.
    ChangeFeed.Listener listener() {
        return new ChangeFeed.Listener() {
            @Override
            public void changed(ChangeFeed.Change change) {
                credentials.changed(change.subject());
            }

            @Override
            public void everything() {
                credentials.reloadAll();
            }
        };
    }

    @Override
    public void close() {
        outbound.close();
    }
}
