package dev.faregate.identity;

import dev.faregate.storage.Tx;

/// Whatever belongs to a member of an organization and has to go with them. Told by whoever ends a membership.
public interface MemberEnd {
    /// Ends what belongs to the member, in the transaction that ends the membership.
    void end(Tx tx, String organizationId, String userId);

    /// Forgets it, after the commit.
    void ended(String organizationId);
}
