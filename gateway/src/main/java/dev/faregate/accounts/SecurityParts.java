package dev.faregate.accounts;

import dev.faregate.byok.Sealer;
import dev.faregate.pages.Pages;
import dev.faregate.storage.Database;

/// What people prove themselves with besides passwords, put together once.
public record SecurityParts(SignIns signIns, SecondStepPage step, SecurityPage page, SecurityProof proof) {
    public static SecurityParts make(Database database, Pages pages, Sealer sealer) {
        SignIns signIns = new SignIns(database, pages);
        Totp totp = new Totp(database, sealer);
        Passkeys passkeys = new Passkeys(database, pages);
        SecurityProof proof = new SecurityProof(database, pages, totp, passkeys);
        return new SecurityParts(
                signIns,
                new SecondStepPage(database, pages, signIns, totp, passkeys),
                new SecurityPage(database, pages, signIns, proof, totp, passkeys),
                proof);
    }
}
