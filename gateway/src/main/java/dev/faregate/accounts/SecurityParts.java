package dev.faregate.accounts;

import dev.faregate.byok.Sealer;
import dev.faregate.pages.Pages;
import dev.faregate.storage.Database;

/// What people prove themselves with, put together once. `passwords` is the one place where passwords are hashed, so
/// that not too many are at a time.
public record SecurityParts(
        SignIns signIns, SecondStepPage step, SecurityPage page, SecurityProof proof, Passwords passwords) {
    public static SecurityParts make(Database database, Pages pages, Sealer sealer) {
        SignIns signIns = new SignIns(database, pages);
        Totp totp = new Totp(database, sealer);
        Passkeys passkeys = new Passkeys(database, pages);
        Passwords passwords = new Passwords();
        SecurityProof proof = new SecurityProof(database, pages, totp, passkeys, passwords);
        return new SecurityParts(
                signIns,
                new SecondStepPage(database, pages, signIns, totp, passkeys),
                new SecurityPage(database, pages, signIns, proof, totp, passkeys),
                proof,
                passwords);
    }
}
