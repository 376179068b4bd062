package dev.faregate.guardrails;

import dev.faregate.chat.RequestReader;
import dev.faregate.identity.AuditLog;
import dev.faregate.identity.MemberStore;
import dev.faregate.identity.Writes;
import dev.faregate.keys.Rig;
import dev.faregate.models.Catalogues;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;

/// The parts of this feature over a [Rig], as one more node would have them.
final class GuardrailRig {
    private GuardrailRig() {}

    static GuardrailParts parts(Rig rig) {
        GuardrailParts made = new GuardrailParts(
                rig.database,
                rig.limits,
                rig.store,
                rig.organizations,
                new MemberStore(),
                new Catalogues(PolicyTest.CATALOGUE),
                new Writes(new AuditLog()),
                RequestReader.Limits.DEFAULTS,
                rig.clock,
                new SimpleMeterRegistry());
        made.guardrails().everything();
        return made;
    }
}
