package dev.faregate.oauth;

import dev.faregate.apps.AppStore;
import dev.faregate.identity.AuditLog;
import dev.faregate.identity.OrganizationStore;
import dev.faregate.keys.Keys;
import dev.faregate.pages.Pages;
import dev.faregate.storage.Database;

/// What OAuth is made of: pages for people, endpoints for programs.
public final class OauthParts {
    private final AuthKeysHandler authKeys;
    private final AuthPage auth;
    private final RegistrationParts registrations;

    public OauthParts(
            Database database,
            OrganizationStore organizations,
            AppStore apps,
            Keys keys,
            AuditLog audit,
            Pages pages,
            boolean legacyPkce,
            RegistrationParts.Options registration) {
        Grants grants = new Grants(database, keys, audit);
        AuthCodes codes = new AuthCodes(database, apps, keys, grants);
        ConsentPage consent = new ConsentPage(database, pages, apps);
        this.registrations = new RegistrationParts(database, apps, keys, grants, consent, pages, registration);
        this.authKeys = new AuthKeysHandler(database, organizations, codes);
        this.auth = new AuthPage(consent, codes, legacyPkce);
    }

    public AuthKeysHandler authKeys() {
        return authKeys;
    }

    public RegistrationParts registrations() {
        return registrations;
    }

    public AuthPage auth() {
        return auth;
    }
}
