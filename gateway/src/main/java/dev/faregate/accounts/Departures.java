package dev.faregate.accounts;

import dev.faregate.identity.Member;
import dev.faregate.identity.MemberEnd;
import dev.faregate.identity.MemberStore;
import dev.faregate.identity.OrganizationStore;
import dev.faregate.keys.KeyStore;
import dev.faregate.keys.Keys;
import dev.faregate.storage.Tx;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// How people stop being members: for good, or until their directory says otherwise. Either way their sessions end, and
/// with the commit no key that is theirs opens anything, on any node; what runs for it is cut. Keys that are nobody's
/// stay. Each method works in the transaction of its caller, who calls [#finish] after the commit. Safe to share
/// between threads; blocks.
public final class Departures {
    /// The keys that a departure closed, or that a return opened again.
    record Done(String organizationId, List<String> closed, List<String> opened) {
        /// This and what came after it, which may be nothing.
        Done and(@Nullable Done next) {
            return next == null
                    ? this
                    : new Done(organizationId, joined(closed, next.closed), joined(opened, next.opened));
        }

        private static List<String> joined(List<String> one, List<String> other) {
            return Stream.concat(one.stream(), other.stream()).toList();
        }
    }

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

    /// Enables what [#suspend] and [#withdraw] disabled, as far as it is there, nobody did meanwhile, and they have its
    /// workspace. The membership is made by the caller, who knows the role.
    Done restore(Tx tx, String organizationId, String userId) {
        OrganizationStore.lock(tx, organizationId);
        return new Done(organizationId, List.of(), readmit(tx, organizationId, List.of(userId)));
    }

    /// People were taken out of a workspace: where they do not have it in another way, their keys there are disabled
    /// until [#readmit]. The organization is locked. Answers the keys that it closed.
    List<String> withdraw(Tx tx, String organizationId, String workspaceId, Collection<String> userIds) {
        List<String> closed = new ArrayList<>();
        keyStore.createdIn(tx, workspaceId, userIds).forEach((userId, ids) -> {
            if (!has(tx, organizationId, workspaceId, userId)) {
                List<String> disabled = keys.disable(tx, organizationId, ids);
                suspended.add(tx, organizationId, userId, disabled);
                closed.addAll(disabled);
            }
        });
        return closed;
    }

    /// Enables the keys of these people that wait for them, in the workspaces that they have now. The organization is
    /// locked. Answers the keys that it opened.
    List<String> readmit(Tx tx, String organizationId, Collection<String> userIds) {
        List<String> opened = new ArrayList<>();
        for (SuspendedKeyStore.Waiting waiting : suspended.waiting(tx, organizationId, userIds)) {
            if (has(tx, organizationId, waiting.workspaceId(), waiting.personId())) {
                suspended.forget(tx, waiting.keyId());
                opened.addAll(keys.enable(tx, organizationId, List.of(waiting.keyId())));
            }
        }
        return opened;
    }

    private boolean has(Tx tx, String organizationId, String workspaceId, String userId) {
        return members.find(tx, organizationId, userId)
                .map(Member::role)
                .filter(role -> MemberStore.maySee(tx, organizationId, workspaceId, userId, role))
                .isPresent();
    }

    /// Makes every request from now on see it, here and, by the change feed, on other nodes.
    void finish(Done done) {
        done.closed().forEach(keys::closed);
        done.opened().forEach(keys::changed);
        assignments.ended(done.organizationId());
    }
}
