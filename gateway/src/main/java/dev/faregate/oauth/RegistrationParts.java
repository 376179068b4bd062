package dev.faregate.oauth;

import dev.faregate.apps.AppStore;
import dev.faregate.identity.Writes;
import dev.faregate.keys.Keys;
import dev.faregate.pages.Pages;
import dev.faregate.providers.Outbound;
import dev.faregate.storage.Database;
import java.time.InstantSource;

/// How clients come to be known: on a page, by registering themselves, by a document of theirs; and the
/// devices that use them.
public final class RegistrationParts {
    /// What it needs besides the rest of OAuth. `open`: clients may register themselves.
    public record Options(Writes writes, Outbound outbound, boolean open, InstantSource clock) {}

    private final Clients clients;
    private final DeviceCodes deviceCodes;
    private final RegistrationHandler registration;
    private final DeviceHandler devices;
    private final DevicePage devicePage;
    private final ClientsPage clientsPage;

    RegistrationParts(
            Database database,
            AppStore apps,
            Keys keys,
            Grants grants,
            ConsentPage consent,
            Pages pages,
            Resources resources,
            Options options) {
        ClientStore store = new ClientStore();
        this.clients = new Clients(
                database,
                store,
                new ClientMetadataDocuments(
                        (url, maxBytes, timeout) -> fetched(options.outbound().fetch(url, maxBytes, timeout)),
                        options.clock()));
        this.deviceCodes = new DeviceCodes(database, apps, keys, grants);
        this.registration = new RegistrationHandler(database, store, options.open(), options.clock());
        this.devices = new DeviceHandler(new ClientAuth(clients), deviceCodes, pages, resources, options.clock());
        this.devicePage = new DevicePage(consent, deviceCodes, clients, options.clock());
        this.clientsPage = new ClientsPage(database, store, grants, options.writes(), pages::publicUrl);
    }

    private static ClientMetadataDocuments.Fetched fetched(Outbound.Fetched fetched) {
        return switch (fetched) {
            case Outbound.Fetched.Document(int status, String type, String cache, byte[] body) ->
                new ClientMetadataDocuments.Fetched(status, type, cache, body, null);
            case Outbound.Fetched.Failed(var _, String why) ->
                new ClientMetadataDocuments.Fetched(0, null, null, new byte[0], why);
        };
    }

    Clients clients() {
        return clients;
    }

    DeviceCodes deviceCodes() {
        return deviceCodes;
    }

    public RegistrationHandler registration() {
        return registration;
    }

    public DeviceHandler devices() {
        return devices;
    }

    public DevicePage devicePage() {
        return devicePage;
    }

    public ClientsPage clientsPage() {
        return clientsPage;
    }
}
