package dev.faregate.oauth;

import java.util.LinkedHashMap;
import java.util.Map;

/// The grants of the token endpoint that every installation has.
final class TokenGrants {
    private TokenGrants() {}

    static Map<String, TokenGrant> of(AuthCodes codes, Grants grants, DeviceCodes devices, Resources resources) {
        Map<String, TokenGrant> all = new LinkedHashMap<>();
        all.put(OAuthClient.CODE, code(codes, resources));
        all.put(OAuthClient.REFRESH, refresh(grants, resources));
        all.put(OAuthClient.DEVICE, device(devices));
        return all;
    }

    /// RFC 6749 section 4.1.3. A client that registered for refresh tokens gets one.
    private static TokenGrant code(AuthCodes codes, Resources resources) {
        return (parameters, sender, requestId) -> codes.redeem(
                new AuthCodes.Redemption(
                        parameters.get("code"),
                        sender.client(),
                        sender.proven(),
                        parameters.find("code_verifier"),
                        null,
                        parameters.find("redirect_uri"),
                        resources.checked(parameters.all("resource")),
                        sender.client().mayUse(OAuthClient.REFRESH)),
                requestId);
    }

    /// RFC 6749 section 6.
    private static TokenGrant refresh(Grants grants, Resources resources) {
        return (parameters, sender, requestId) -> grants.refresh(
                parameters.get("refresh_token"),
                sender.client(),
                parameters.find("scope"),
                resources.checked(parameters.all("resource")),
                requestId);
    }

    /// RFC 8628 section 3.4.
    private static TokenGrant device(DeviceCodes devices) {
        return (parameters, sender, requestId) -> devices.redeem(
                sender.client(), parameters.get("device_code"), sender.client().mayUse(OAuthClient.REFRESH), requestId);
    }
}
