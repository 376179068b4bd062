package dev.faregate.keys;

import dev.faregate.base.Ids;
import dev.faregate.base.Secret;
import dev.faregate.credits.Limits;
import dev.faregate.credits.Scope;
import dev.faregate.credits.Window;
import dev.faregate.identity.Organization;
import dev.faregate.identity.OrganizationStore;
import dev.faregate.identity.OrganizationStore.Home;
import dev.faregate.storage.Database;
import dev.faregate.storage.Tx;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// The first start (rulings 1): the organization and workspace `default`, the balance, and one key of
/// each kind. On a store that has an organization already it does nothing, and preset keys are not looked
/// at beyond their form.
public final class Bootstrap {
    /// What the first start made. Whoever preset a text knows it; the others are shown once.
    public record FirstStart(Home home, Keys.CreatedKey inference, Keys.CreatedKey management) {}

    private final Database database;
    private final Limits limits;
    private final OrganizationStore organizations;
    private final Keys keys;

    public Bootstrap(Database database, Limits limits, OrganizationStore organizations, Keys keys) {
        this.database = database;
        this.limits = limits;
        this.organizations = organizations;
        this.keys = keys;
    }

    /// Runs in one transaction, so a start that dies half way leaves an empty store. Throws
    /// `IllegalArgumentException` for a preset text that must not become a key; its message names which,
    /// and does not hold the text.
    public Optional<FirstStart> run(@Nullable Secret presetInference, @Nullable Secret presetManagement) {
        Secret inference = text(KeyKind.INFERENCE, presetInference);
        Secret management = text(KeyKind.MANAGEMENT, presetManagement);
        if (inference.equals(management)) {
            throw new IllegalArgumentException("the two bootstrap keys must differ");
        }
        return database.write(tx -> organizations.createFirst(tx).map(home -> {
            openBalance(tx, home.organization());
            return new FirstStart(
                    home,
                    first(tx, home, KeyKind.INFERENCE, "First inference key", inference),
                    first(tx, home, KeyKind.MANAGEMENT, "First management key", management));
        }));
    }

    /// The balance of an organization is always a limit row; postpaid it has no cap.
    private void openBalance(Tx tx, Organization organization) {
        limits.define(tx, Scope.BALANCE, organization.id(), Window.TOTAL, null);
    }

    private Keys.CreatedKey first(Tx tx, Home home, KeyKind kind, String name, Secret text) {
        Keys.NewKey wanted =
                Keys.NewKey.plain(home.organization().id(), home.workspace().id(), kind, name);
        return new Keys.CreatedKey(keys.create(tx, wanted, Ids.next().toString(), text), text);
    }

    private static Secret text(KeyKind kind, @Nullable Secret preset) {
        if (preset == null) {
            return KeyText.generate(kind);
        }
        try {
            Keys.checkAdoptable(kind, preset);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("The bootstrap " + kind.word() + " key: " + e.getMessage(), e);
        }
        return preset;
    }
}
