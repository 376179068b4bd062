package dev.faregate.accounts;

import static dev.faregate.storage.tables.Tables.ORGANIZATION_MEMBER;

import dev.faregate.base.ApiError;
import dev.faregate.base.ApiException;
import dev.faregate.identity.OrganizationStore;
import dev.faregate.identity.Role;
import dev.faregate.storage.Tx;

/// That an organization which has an owner never is without one.
final class Owners {
    private Owners() {}

    static int count(Tx tx, String organizationId) {
        return tx.sql()
                .fetchCount(
                        ORGANIZATION_MEMBER,
                        ORGANIZATION_MEMBER
                                .ORGANIZATION_ID
                                .eq(organizationId)
                                .and(ORGANIZATION_MEMBER.ROLE.eq(Role.OWNER.word())));
    }

    /// Throws a 409 where this role is the last owner's. The organization stays locked, so two owners cannot leave at
    /// the same time.
    static void keepOne(Tx tx, String organizationId, Role leaving) {
        OrganizationStore.lock(tx, organizationId);
        if (leaving == Role.OWNER && count(tx, organizationId) < 2) {
            throw new ApiException(new ApiError.Conflict("The last owner stays. Make somebody else an owner first."));
        }
    }
}
