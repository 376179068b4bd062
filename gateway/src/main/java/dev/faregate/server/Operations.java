package dev.faregate.server;

import dev.faregate.accounts.SetupLinks;
import dev.faregate.base.ApiError;
import dev.faregate.base.ApiException;
import dev.faregate.base.Json;
import dev.faregate.credits.CreditEntries;
import dev.faregate.credits.JooqBooks;
import dev.faregate.credits.JooqLimits;
import dev.faregate.http.BodyFields;
import dev.faregate.http.ErrorRenderer;
import dev.faregate.http.WireError;
import dev.faregate.identity.AuditLog;
import dev.faregate.identity.Organization;
import dev.faregate.identity.OrganizationStore;
import dev.faregate.keys.KeyDirectory;
import dev.faregate.keys.KeyImport;
import dev.faregate.keys.KeyStore;
import dev.faregate.keys.Keys;
import dev.faregate.keys.OperatorKeys;
import dev.faregate.storage.Database;
import dev.faregate.usage.OperatorCredits;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.util.function.Supplier;

/// What the commands of this machine change in a store: asked for with one line of JSON, answered with
/// one. The same code runs in a server, behind its [ControlSocket], and in a command, on the store of a
/// stopped one.
public final class Operations {
    /// The command of the socket that runs these.
    public static final String NAME = "operate";

    private static final int MAX_WORD = 50;

    private final Database database;
    private final OrganizationStore organizations;
    private final OperatorKeys keys;
    private final KeyImport imports;
    private final OperatorCredits credits;
    private final SetupLinks links;

    private Operations(
            Database database,
            OrganizationStore organizations,
            OperatorKeys keys,
            KeyImport imports,
            OperatorCredits credits,
            SetupLinks links) {
        this.database = database;
        this.organizations = organizations;
        this.keys = keys;
        this.imports = imports;
        this.credits = credits;
        this.links = links;
    }

    /// On the store of this process, whose memory of keys is `directory`. `publicUrl`: what links begin with.
    public static Operations on(Database database, KeyDirectory directory, Supplier<String> publicUrl) {
        JooqLimits limits = new JooqLimits();
        JooqBooks books = new JooqBooks();
        KeyStore store = new KeyStore();
        OrganizationStore organizations = new OrganizationStore();
        AuditLog audit = new AuditLog();
        Keys keys = new Keys(database, limits, store, directory);
        CreditEntries entries = new CreditEntries(books, limits);
        return new Operations(
                database,
                organizations,
                new OperatorKeys(database, limits, keys, store, directory, organizations, audit),
                new KeyImport(database, limits, keys, directory, organizations, audit),
                new OperatorCredits(database, books, entries, directory, organizations, audit),
                new SetupLinks(database, audit, publicUrl));
    }

    /// On a store that no server of this machine has.
    public static Operations on(Database database, Supplier<String> publicUrl) {
        return on(
                database,
                new KeyDirectory(database, new KeyStore(), new JooqLimits(), InstantSource.system()),
                publicUrl);
    }

    /// Does what `json` asks for: `command`, `organization` (a slug) and the command's own arguments.
    /// The answer has `error` and `status` when it was refused.
    public byte[] run(String json) {
        return answering(() -> {
            BodyFields arguments = BodyFields.of(json.getBytes(StandardCharsets.UTF_8));
            String slug = arguments.text("organization", MAX_WORD);
            String organization = database.read(tx -> organizations.findBySlug(tx, slug))
                    .map(Organization::id)
                    .orElseThrow(() -> new ApiException(
                            new ApiError.NotFound("There is no organization " + slug + " in this store.")));
            return run(arguments.text("command", MAX_WORD), organization, arguments);
        });
    }

    /// What the work answers, or what a client of the API would be told.
    static byte[] answering(Supplier<byte[]> work) {
        try {
            return work.get();
        } catch (ApiException e) {
            WireError error = ErrorRenderer.render(e.error());
            return Json.write(out -> {
                out.writeStartObject();
                out.writeStringProperty("error", error.message());
                out.writeNumberProperty("status", error.status());
                out.writeEndObject();
            });
        }
    }

    private byte[] run(String command, String organization, BodyFields arguments) {
        return switch (command) {
            case "keys.list" -> keys.list(organization, arguments);
            case "keys.create" -> keys.create(organization, arguments);
            case "keys.rotate" -> keys.rotate(organization, arguments);
            case "keys.disable" -> keys.disable(organization, arguments, true);
            case "keys.enable" -> keys.disable(organization, arguments, false);
            case "keys.delete" -> keys.delete(organization, arguments);
            case "keys.import" -> imports.run(organization, arguments);
            case "accounts.setup_link" -> links.answerSetup(organization);
            case "accounts.reset_link" -> links.answerReset(organization, arguments);
            case "credits.show" -> credits.show(organization);
            case "credits.grant" -> credits.grant(organization, arguments);
            case "credits.prepaid" -> credits.bill(organization, true);
            case "credits.postpaid" -> credits.bill(organization, false);
            default -> throw BodyFields.wrong("command", "is not known; is the server of another version?");
        };
    }
}
