package dev.faregate.accounts;

import dev.faregate.identity.MemberEnd;
import dev.faregate.identity.MemberStore;
import dev.faregate.identity.OrganizationStore;
import dev.faregate.keys.KeyStore;
import dev.faregate.keys.Keys;
import dev.faregate.storage.Tx;
import java.util.List;

/// How people stop being members: for good, or until their directory says otherwise. Either way their sessions end, and
/// with the commit no key that is theirs opens anything, on any node; what runs for it is cut. Keys that are nobody's
/// stay. Each method works in the transaction of its caller, who calls [#finish] after the commit. Safe to share
/// between threads; blocks.
public final class Departures {
    /// The keys that a departure closed, or that a return opened again.
    record Done(String organizationId, List<String> closed, List<String> opened) {}

    private final MemberStore members = new MemberStore();
    private final SuspendedKeyStore suspended = new SuspendedKeyStore();
    private final KeyStore keyStore;
    private final Keys keys;
    private final MemberEnd assignments;

    /// `assignments`: the guardrails that members hold.
    public Departures(KeyStore keyStore, Keys keys, MemberEnd assignments) {
        this.keyStore = keyStore;
        this.keys = keys;
        this.assignments = assignments;
    }

    /// Somebody leaves for good, with their workspaces. `withKeys`: their keys are deleted; else these go on working
    /// under the guardrail that their maker held, which otherwise ends too.
    Done leave(Tx tx, String organizationId, String userId, boolean withKeys) {
        OrganizationStore.lock(tx, organizationId);
        members.leave(tx, organizationId, userId);
        suspended.take(tx, organizationId, userId);
        List<String> closed = withKeys ? keys.deleteCreatedBy(tx, organizationId, userId) : List.of();
        if (keyStore.createdBy(tx, organizationId, userId).isEmpty()) {
            assignments.end(tx, organizationId, userId);
        }
        return new Done(organizationId, closed, List.of());
    }

    /// Somebody is out until [#restore]: workspaces and guardrails wait for them, and their keys are disabled.
    Done suspend(Tx tx, String organizationId, String userId) {
        OrganizationStore.lock(tx, organizationId);
        members.suspend(tx, organizationId, userId);
        List<String> closed = keys.disableCreatedBy(tx, organizationId, userId);
        suspended.add(tx, organizationId, userId, closed);
        return new Done(organizationId, closed, List.of());
    }

    /// Enables what [#suspend] disabled, as far as it is there and nobody did meanwhile. The membership is made by the
    /// caller, who knows the role.
    Done restore(Tx tx, String organizationId, String userId) {
        OrganizationStore.lock(tx, organizationId);
        List<String> opened = keys.enable(tx, organizationId, suspended.take(tx, organizationId, userId));
        return new Done(organizationId, List.of(), opened);
    }

    /// Makes every request from now on see it, here and, by the change feed, on other nodes.
    void finish(Done done) {
        done.closed().forEach(keys::closed);
        done.opened().forEach(keys::changed);
        assignments.ended(done.organizationId());
    }
}
