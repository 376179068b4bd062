package dev.faregate.keys;

import dev.faregate.base.Secret;
import dev.faregate.base.Usd;
import dev.faregate.credits.Window;
import dev.faregate.http.AddressList;
import dev.faregate.http.BodyFields;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// The fields of a key as management bodies carry them (contract 2.3). Every method throws a 400 that names
/// the field.
final class KeyFields {
    static final int MAX_NAME_LENGTH = 200;
    static final int MAX_EXTERNAL_USER_LENGTH = 256;
    static final int MAX_ENVIRONMENT_LENGTH = KeyRules.MAX_ENVIRONMENT;
    private static final int MAX_REFERENCE_LENGTH = 50;
    private static final int MAX_REQUESTS = 1_000_000;
    private static final long MAX_TOKENS = 1_000_000_000_000L;

    private final BodyFields body;

    KeyFields(ObjectNode body) {
        this.body = new BodyFields(body);
    }

    /// True when the body names the field, be it with null.
    boolean has(String field) {
        return body.has(field);
    }

    boolean hasName() {
        return has("name") || has("label");
    }

    /// `name`, or its synonym `label` (design D4).
    String name() {
        return body.text(has("name") ? "name" : "label", MAX_NAME_LENGTH);
    }

    /// The limit in USD, null for none.
    @Nullable
    Usd limit() {
        return body.findUsd("limit", ", or null for no limit");
    }

    /// The window of the limit; `TOTAL` when it never starts anew.
    Window limitReset() {
        JsonNode node = body.node("limit_reset");
        if (body.isAbsent("limit_reset")) {
            return Window.TOTAL;
        }
        for (Window window : Window.values()) {
            if (node.isString() && node.asString().equals(window.wireName())) {
                return window;
            }
        }
        throw body.bad(
                "limit_reset", "must be \"daily\", \"weekly\", \"monthly\", or null for a limit that never resets");
    }

    boolean flag(String field) {
        return body.flag(field);
    }

    /// When the key ends, exclusive; null for never.
    @Nullable
    Instant expiresAt(Instant now) {
        Instant end = body.findTime("expires_at");
        if (end != null && !end.isAfter(now)) {
            throw body.bad("expires_at", "must be in the future");
        }
        return end;
    }

    /// What to do with an output limit that is not affordable; null leaves it to the workspace. Ours: the
    /// contract has no such field.
    @Nullable
    Unaffordable unaffordable() {
        JsonNode node = body.node("unaffordable");
        if (body.isAbsent("unaffordable")) {
            return null;
        }
        Unaffordable value = node.isString() ? Unaffordable.find(node.asString()) : null;
        if (value == null) {
            throw body.bad("unaffordable", "must be \"refuse\", \"clamp\", or null to leave it to the workspace");
        }
        return value;
    }

    /// The id or slug of a workspace; null when the body names none.
    @Nullable
    String workspace() {
        return body.findText("workspace_id", MAX_REFERENCE_LENGTH);
    }

    /// The id of the member whose key this is; null when the body names none.
    @Nullable
    String creator() {
        return body.findText("creator_user_id", MAX_REFERENCE_LENGTH);
    }

    /// A tag; null for none. Ours, as all that follow.
    @Nullable
    String environment() {
        return body.findText("environment", MAX_ENVIRONMENT_LENGTH);
    }

    /// The networks that the key may be used from; null for all.
    @Nullable
    AddressList allowedIps() {
        List<String> texts = body.findTexts("allowed_ips", AddressList.MAX_NETWORKS, AddressList.MAX_TEXT);
        if (texts == null) {
            return null;
        }
        if (texts.isEmpty()) {
            throw body.bad("allowed_ips", "must not be empty; null allows all addresses");
        }
        List<AddressList.Network> networks = new ArrayList<>(texts.size());
        for (int i = 0; i < texts.size(); i++) {
            try {
                networks.add(AddressList.parse(texts.get(i)));
            } catch (IllegalArgumentException e) {
                throw body.bad("allowed_ips[" + i + "]", String.valueOf(e.getMessage()));
            }
        }
        return new AddressList(networks);
    }

    /// The limits of `rate_limits`, which are set as a whole: what it does not name is not limited.
    RateLimits rateLimits() {
        BodyFields rates = body.findObject("rate_limits");
        if (rates == null) {
            return RateLimits.NONE;
        }
        Long requests = rates.findWhole("rpm", 1, MAX_REQUESTS);
        Long parallel = rates.findWhole("parallel", 1, MAX_REQUESTS);
        RateLimits limits = new RateLimits(
                requests == null ? null : (Integer) Math.toIntExact(requests),
                rates.findWhole("tpm", 1, MAX_TOKENS),
                parallel == null ? null : (Integer) Math.toIntExact(parallel));
        if (limits.isNone()) {
            throw body.bad("rate_limits", "must name at least one of rpm, tpm and parallel, or be null");
        }
        return limits;
    }

    KeyRules rules() {
        return new KeyRules(unaffordable(), environment(), allowedIps(), rateLimits());
    }

    /// `external.user`: the name of the key's holder in somebody else's system.
    @Nullable
    String externalUser() {
        BodyFields external = body.findObject("external");
        return external == null ? null : external.text("user", MAX_EXTERNAL_USER_LENGTH);
    }

    /// `external.api_key`: a key text of somebody else's system that opens this key too.
    @Nullable
    Secret externalKey() {
        BodyFields external = body.findObject("external");
        if (external == null || external.isAbsent("api_key")) {
            return null;
        }
        JsonNode node = external.node("api_key");
        String text = node.isString() ? node.asString() : "";
        if (text.length() < KeyText.MIN_FOREIGN_LENGTH || !KeyText.wellFormed(text)) {
            throw external.bad(
                    "api_key",
                    "must be " + KeyText.MIN_FOREIGN_LENGTH + " to " + KeyText.MAX_LENGTH
                            + " visible ASCII characters");
        }
        if (KeyText.looksOurs(text)) {
            throw external.bad("api_key", "must not begin like a key of this server");
        }
        return Secret.of(text);
    }
}
