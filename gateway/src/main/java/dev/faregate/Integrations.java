package dev.faregate;

import dev.faregate.byok.ByokHandler;
import dev.faregate.byok.Credentials;
import dev.faregate.byok.ManagedProviderKeys;
import dev.faregate.byok.MasterKey;
import dev.faregate.byok.Sealer;
import dev.faregate.identity.OrganizationStore;
import dev.faregate.identity.Writes;
import dev.faregate.inference.OwnKeys;
import dev.faregate.models.Catalogues;
import dev.faregate.observability.Broadcast;
import dev.faregate.observability.Destinations;
import dev.faregate.observability.DestinationsHandler;
import dev.faregate.observability.ManagedDestinations;
import dev.faregate.observability.Sender;
import dev.faregate.providers.ByokTestHandler;
import dev.faregate.providers.Outbound;
import dev.faregate.providers.OwnProviders;
import dev.faregate.providers.ServiceAccounts;
import dev.faregate.providers.UpstreamClient;
import dev.faregate.server.Config;
import dev.faregate.server.ProviderSetup;
import dev.faregate.storage.ChangeFeed;
import dev.faregate.storage.Database;
import java.net.URI;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What organizations connect to this server with secrets of theirs: provider keys, and destinations of traces. A part
/// of the composition root.
final class Integrations implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Integrations.class);

    private final Sealer sealer;
    private final Credentials credentials;
    private final OwnKeys ownKeys;
    private final ManagedProviderKeys providerKeys;
    private final ByokHandler byok;
    private final ByokTestHandler byokTest;
    private final Destinations live;
    private final ManagedDestinations managedDestinations;
    private final DestinationsHandler destinations;
    private final Outbound outbound;
    private final Broadcast broadcast;

    /// Throws with a sentence for the operator when the master key is not the one of this database.
    Integrations(
            Config config,
            Database database,
            OrganizationStore organizations,
            UpstreamClient client,
            Outbound outbound,
            ServiceAccounts accounts,
            Catalogues catalogues,
            Writes writes,
            InstantSource clock) {
        String known = database.read(Sealer::knownKey).orElse(null);
        if (database.kind() == Database.Kind.POSTGRESQL && known == null && config.masterKeyIsOurOwn()) {
            LOG.warn("No FAREGATE_MASTER_KEY: nodes that share this database need one before a secret is stored,"
                    + " else only this node can open it (docs/cluster.md)");
        }
        this.sealer = new Sealer(MasterKey.load(config.masterKey(), config.masterKeyFile(), known));
        this.credentials = new Credentials(database, sealer);
        credentials.reloadAll();
        this.live = new Destinations(database, sealer);
        live.reloadAll();
        OwnProviders providers = new OwnProviders(client, accounts, ProviderSetup.deadlines(config.timeouts()));
        this.ownKeys = new OwnKeys(credentials, providers, config.byokFee());
        this.outbound = outbound;
        this.providerKeys = new ManagedProviderKeys(database, organizations, sealer, credentials, catalogues, writes);
        this.byok = new ByokHandler(providerKeys);
        this.byokTest = new ByokTestHandler(providerKeys, catalogues, outbound, accounts, clock);
        this.managedDestinations = new ManagedDestinations(database, organizations, sealer, live, this::send, writes);
        this.destinations = new DestinationsHandler(managedDestinations);
        this.broadcast = Broadcast.start(live, this::send);
    }

    private Sender.Result send(String method, URI url, Map<String, String> headers, byte[] json, Duration timeout) {
        return switch (outbound.send(method, url, headers, json, timeout)) {
            case Outbound.Result.Answered(int status, String retryAfter) ->
                new Sender.Result.Answered(status, retryAfter);
            case Outbound.Result.Failed failed -> new Sender.Result.Failed(failed.why(), failed.forGood());
        };
    }

    /// Seals whatever else has to be used again.
    Sealer sealer() {
        return sealer;
    }

    OwnKeys ownKeys() {
        return ownKeys;
    }

    ManagedProviderKeys providerKeys() {
        return providerKeys;
    }

    ByokHandler byok() {
        return byok;
    }

    ByokTestHandler byokTest() {
        return byokTest;
    }

    ManagedDestinations managedDestinations() {
        return managedDestinations;
    }

    DestinationsHandler destinations() {
        return destinations;
    }

    Broadcast broadcast() {
        return broadcast;
    }

    /// Takes up what other nodes changed.
    ChangeFeed.Listener listener() {
        return new ChangeFeed.Listener() {
            @Override
            public void changed(ChangeFeed.Change change) {
                credentials.changed(change.subject());
                live.changed(change.subject());
            }

            @Override
            public void everything() {
                credentials.reloadAll();
                live.reloadAll();
            }
        };
    }

    @Override
    public void close() {
        broadcast.close();
    }
}
