package dev.faregate.keys;

import dev.faregate.base.Ids;
import dev.faregate.base.Json;
import dev.faregate.base.Usd;
import dev.faregate.credits.Limits;
import dev.faregate.credits.Scope;
import dev.faregate.credits.Window;
import dev.faregate.http.BodyFields;
import dev.faregate.identity.AuditLog;
import dev.faregate.identity.OrganizationStore;
import dev.faregate.storage.Database;
import dev.faregate.storage.Tx;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Inference keys of another system, of which only the hash is known: whoever has the text goes on using it
/// (design D9). Safe to share between threads; blocks.
public final class KeyImport {
    /// Keys in one call, which are imported all or none.
    public static final int MOST = 100;

    /// Characters of what is shown of a key's text.
    public static final int MAX_LABEL = 40;

    private static final int HASH_LENGTH = 64;

    /// What became of one key.
    private enum Outcome {
        IMPORTED,
        EXISTS;

        String word() {
            return this == IMPORTED ? "imported" : "exists";
        }
    }

    /// One key as it is asked for; `used` counts as spent in the window of the limit that runs now.
    private record Wanted(
            KeyHash hash,
            String label,
            KeyFields fields,
            @Nullable Usd used,
            boolean disabled) {
        static Wanted of(BodyFields body) {
            KeyHash hash = KeyHash.parse(body.text("hash", HASH_LENGTH))
                    .orElseThrow(() -> body.bad("hash", "must be a SHA-256 in 64 hexadecimal digits"));
            String label = body.findText("label", MAX_LABEL);
            return new Wanted(
                    hash,
                    label == null ? "..." : label,
                    new KeyFields(body.object("fields")),
                    body.findUsd("used", ", or null for nothing"),
                    body.flag("disabled"));
        }
    }

    private final Database database;
    private final Limits limits;
    private final Keys keys;
    private final KeySecretStore secrets = new KeySecretStore();
    private final KeyDirectory directory;
    private final OrganizationStore organizations;
    private final AuditLog audit;

    public KeyImport(
            Database database,
            Limits limits,
            Keys keys,
            KeyDirectory directory,
            OrganizationStore organizations,
            AuditLog audit) {
        this.database = database;
        this.limits = limits;
        this.keys = keys;
        this.directory = directory;
        this.organizations = organizations;
        this.audit = audit;
    }

    /// Imports `keys`, each with `hash`, `label`, `used`, `disabled` and the `fields` of `POST /keys`; a hash
    /// that opens a key already, here or in another organization, is left as it is. With `dry_run` nothing is
    /// changed. Answers one outcome for each.
    public byte[] run(String organization, BodyFields arguments) {
        List<BodyFields> asked = Objects.requireNonNullElse(arguments.findObjects("keys", MOST), List.of());
        List<Wanted> wanted = asked.stream().map(Wanted::of).toList();
        boolean dry = arguments.flag("dry_run");
        List<Outcome> outcomes = dry
                ? database.read(tx -> look(tx, wanted))
                : database.write(tx -> {
                    List<Outcome> found = look(tx, wanted);
                    for (int i = 0; i < found.size(); i++) {
                        if (found.get(i) == Outcome.IMPORTED) {
                            add(tx, organization, wanted.get(i));
                        }
                    }
                    return found;
                });
        if (!dry) {
            // Somebody may have tried the key a moment ago, and been remembered as nobody.
            wanted.forEach(key -> directory.forget(key.hash()));
        }
        return Json.write(json -> {
            json.writeStartObject();
            json.writeArrayPropertyStart("data");
            outcomes.forEach(outcome -> json.writeString(outcome.word()));
            json.writeEndArray();
            json.writeEndObject();
        });
    }

    private List<Outcome> look(Tx tx, List<Wanted> wanted) {
        Set<KeyHash> seen = new HashSet<>();
        List<Outcome> outcomes = new ArrayList<>(wanted.size());
        for (Wanted key : wanted) {
            boolean fresh = seen.add(key.hash()) && secrets.find(tx, key.hash()).isEmpty();
            outcomes.add(fresh ? Outcome.IMPORTED : Outcome.EXISTS);
        }
        return outcomes;
    }

    private void add(Tx tx, String organization, Wanted wanted) {
        KeyFields fields = wanted.fields();
        ApiKey key = keys.createHashed(
                tx,
                new Keys.NewKey(
                        organization,
                        organizations
                                .referredTo(tx, organization, fields.workspace())
                                .id(),
                        KeyKind.INFERENCE,
                        fields.name(),
                        fields.limit(),
                        fields.limitReset(),
                        fields.flag("include_byok_in_limit"),
                        fields.expiresAt(tx.now()),
                        null,
                        null,
                        null,
                        fields.rules()),
                Ids.next().toString(),
                wanted.hash(),
                wanted.label());
        if (wanted.used() != null && key.limit() != null) {
            Window window = key.hasWindow() ? key.limitReset() : Window.TOTAL;
            limits.raise(tx, Scope.KEY, key.id(), window, wanted.used());
        }
        if (wanted.disabled()) {
            keys.change(tx, key, key.disabled(true, tx.now()));
        }
        audit.append(
                tx,
                organization,
                AuditLog.Author.OPERATOR,
                new AuditLog.Event("key.import", key.id(), key.auditDetail()));
    }
}
