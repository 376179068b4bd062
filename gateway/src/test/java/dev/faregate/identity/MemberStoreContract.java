package dev.faregate.identity;

import static org.assertj.core.api.Assertions.assertThat;

import dev.faregate.base.Ids;
import dev.faregate.keys.Rig;
import dev.faregate.storage.Database;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// People in organizations on both databases.
class MemberStoreContract {
    private static final MemberStore STORE = new MemberStore();

    @ParameterizedTest
    @EnumSource(Database.Kind.class)
    void knowsTheMembersOfOneOrganizationOnly(Database.Kind kind) {
        Rig rig = new Rig(kind);
        String other = rig.tenant().organizationId();
        String here = Ids.next().toString();
        String there = Ids.next().toString();
        rig.database.write(tx -> {
            STORE.createPerson(tx, here, here + "@example.com", "Ada", null);
            STORE.createPerson(tx, there, there + "@example.com", null, null);
            STORE.join(tx, rig.organizationId, here, Role.MEMBER);
            STORE.join(tx, other, there, Role.OWNER);
            STORE.join(tx, rig.organizationId, here, Role.ADMIN);
            return null;
        });
        rig.database.read(tx -> {
            assertThat(STORE.list(tx, rig.organizationId, 0, 10))
                    .singleElement()
                    .satisfies(member -> {
                        assertThat(member.userId()).isEqualTo(here);
                        assertThat(member.firstName()).isEqualTo("Ada");
                        assertThat(member.lastName()).isNull();
                        assertThat(member.role()).isEqualTo(Role.ADMIN);
                        assertThat(member.since()).isNotNull();
                    });
            assertThat(STORE.find(tx, rig.organizationId, there)).isEmpty();
            assertThat(STORE.find(tx, rig.organizationId, List.of(here, there))).hasSize(1);
            assertThat(STORE.count(tx, rig.organizationId)).isEqualTo(1);
            return null;
        });
    }
}
