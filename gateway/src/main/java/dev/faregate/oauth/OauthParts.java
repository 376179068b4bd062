package dev.faregate.oauth;

import dev.faregate.apps.AppStore;
import dev.faregate.identity.AuditLog;
import dev.faregate.identity.OrganizationStore;
import dev.faregate.keys.Keys;
import dev.faregate.pages.Pages;
import dev.faregate.storage.Database;
import java.util.LinkedHashMap;
import java.util.Map;

/// What OAuth is made of: pages for people, endpoints for programs.
public final class OauthParts {
    private final AuthKeysHandler authKeys;
    private final AuthPage auth;
    private final RegistrationParts registrations;
    private final AuthorizePage authorize;
    private final AuthorizationHandler authorization;
    private final TokenEndpoint token;
    private final TokenCare care;
    private final Metadata metadata;

    public OauthParts(
            Database database,
            OrganizationStore organizations,
            AppStore apps,
            Keys keys,
            AuditLog audit,
            Pages pages,
            boolean legacyPkce,
            RegistrationParts.Options registration) {
        Resources resources = new Resources(pages::publicUrl);
        Grants grants = new Grants(database, keys, audit);
        AuthCodes codes = new AuthCodes(database, apps, keys, grants);
        ConsentPage consent = new ConsentPage(database, pages, apps);
        this.registrations =
                new RegistrationParts(database, apps, keys, grants, consent, pages, resources, registration);
        Clients clients = registrations.clients();
        LodgedRequests lodged = new LodgedRequests(database);
        AuthorizationRequests requests = new AuthorizationRequests(clients, resources);
        ClientAuth clientAuth = new ClientAuth(clients);
        Map<String, TokenGrant> tokenGrants = TokenGrants.of(codes, grants, registrations.deviceCodes(), resources);

        this.authKeys = new AuthKeysHandler(database, organizations, codes);
        this.auth = new AuthPage(consent, codes, legacyPkce);
        this.authorize = new AuthorizePage(requests, lodged, consent, codes, clients, pages);
        this.authorization = new AuthorizationHandler(requests, lodged, pages::publicUrl);
        this.token = new TokenEndpoint(clientAuth, clients, tokenGrants);
        this.care = new TokenCare(database, clientAuth, grants, keys, resources, pages::publicUrl);
        this.metadata = new Metadata(pages::publicUrl, token.grantTypes(), endpoints(registration.open()));
    }

    /// What the metadata tells of, and where it is; `registers`: clients may register themselves.
    private static Map<String, String> endpoints(boolean registers) {
        Map<String, String> endpoints = new LinkedHashMap<>();
        endpoints.put("authorization_endpoint", "/oauth/authorize");
        endpoints.put("token_endpoint", "/oauth/token");
        endpoints.put("revocation_endpoint", "/oauth/revoke");
        endpoints.put("introspection_endpoint", "/oauth/introspect");
        endpoints.put("device_authorization_endpoint", "/oauth/device_authorization");
        if (registers) {
            endpoints.put("registration_endpoint", "/oauth/register");
        }
        return endpoints;
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

    public AuthorizePage authorize() {
        return authorize;
    }

    public AuthorizationHandler authorization() {
        return authorization;
    }

    public TokenEndpoint token() {
        return token;
    }

    public TokenCare care() {
        return care;
    }

    public Metadata metadata() {
        return metadata;
    }
}
