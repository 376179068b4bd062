package dev.faregate.oauth;

import dev.faregate.apps.AppStore;
import dev.faregate.base.ApiError;
import dev.faregate.base.ApiException;
import dev.faregate.base.Ids;
import dev.faregate.base.Secret;
import dev.faregate.base.Tokens;
import dev.faregate.identity.Session;
import dev.faregate.keys.Keys;
import dev.faregate.storage.Database;
import dev.faregate.storage.Tx;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Devices without a browser that ask for a key (RFC 8628): they are given two codes, a person types
/// the short one elsewhere and decides, and the long one is redeemed once. Safe to share between
/// threads; blocks.
final class DeviceCodes {
    /// Codes that wait at once; more could be guessed, and would fill the table.
    static final int MAX_OPEN = 10_000;

    /// A code is drawn anew when it is taken already, which with so many open ones next to never
    /// happens.
    private static final int DRAWS = 5;

    /// A device may ask so much too early without being told off: clocks and networks.
    private static final Duration TOLERANCE = Duration.ofMillis(500);

    /// Both codes, which are known only now.
    record Made(Secret deviceCode, String userCode) {}

    private final Database database;
    private final DeviceCodeStore store = new DeviceCodeStore();
    private final AppStore apps;
    private final Grants grants;
    private final Keys keys;

    DeviceCodes(Database database, AppStore apps, Keys keys, Grants grants) {
        this.database = database;
        this.apps = apps;
        this.keys = keys;
        this.grants = grants;
    }

    /// Two fresh codes; empty when too many wait already.
    Optional<Made> make(OAuthClient client, Scopes scopes, List<String> resources) {
        Secret device = Tokens.generate();
        return database.write(tx -> {
            if (store.count(tx) >= MAX_OPEN) {
                return Optional.empty();
            }
            for (int draw = 0; draw < DRAWS; draw++) {
                String user = DeviceCode.userCode();
                if (!store.isTaken(tx, Tokens.hash(user))) {
                    store.insert(
                            tx,
                            new DeviceCode(
                                    Tokens.hash(device.reveal()),
                                    Tokens.hash(user),
                                    client.clientId(),
                                    scopes,
                                    resources,
                                    tx.now(),
                                    tx.now().plus(DeviceCode.LIFETIME),
                                    DeviceCode.INTERVAL_SECONDS,
                                    null,
                                    false,
                                    null,
                                    false));
                    return Optional.of(new Made(device, user));
                }
            }
            return Optional.empty();
        });
    }

    /// The request of a code as [DeviceCode#typed] made it, if it waits for an answer.
    Optional<DeviceCode> findOpen(String userCode) {
        return database.read(tx -> store.findOpen(tx, Tokens.hash(userCode)));
    }

    /// A person gives the device what it asked for. False when it is over, or answered already.
    boolean allow(String userCode, Asker asker, Session session, Terms terms, Scopes scopes, String requestId) {
        return database.write(tx -> {
            int app = apps.register(tx, asker.attribution())
                    .orElseThrow(() -> new ApiException(
                            new ApiError.Conflict("There is no room for a further app on this installation.")));
            String name = terms.keyName() == null ? asker.name() : terms.keyName();
            if (!store.allow(tx, Tokens.hash(userCode), session, terms, name, app)) {
                return false;
            }
            grants.audit(
                    tx,
                    new Grants.Doer(session.organizationId(), session.actorKind(), session.actorId(), requestId),
                    "app.consent",
                    "app " + app,
                    Map.of(
                            "name",
                            name,
                            "limit",
                            terms.limit() == null ? "none" : terms.limit().dollars(),
                            "scope",
                            scopes.text(),
                            "workspace_id",
                            terms.workspaceId(),
                            "by",
                            "device"));
            return true;
        });
    }

    boolean deny(String userCode) {
        return database.write(tx -> store.deny(tx, Tokens.hash(userCode)));
    }

    /// A device asks whether a person has decided (RFC 8628 section 3.4). `renewable`: it wants a
    /// refresh token. Refusals have the errors of section 3.5; a key is given once.
    Grants.Outcome redeem(OAuthClient client, String deviceCode, boolean renewable, String requestId) {
        String id = Ids.next().toString();
        List<String> ended = new ArrayList<>();
        Grants.Outcome outcome = database.write(tx -> {
            ended.clear();
            return redeem(tx, client, Tokens.hash(deviceCode), renewable, requestId, id, ended);
        });
        ended.forEach(keys::closed);
        if (outcome instanceof Grants.Outcome.Granted(Grants.Issued issued)) {
            keys.opened(issued.key());
        }
        return outcome;
    }

    private Grants.Outcome redeem(
            Tx tx,
            OAuthClient client,
            String deviceHash,
            boolean renewable,
            String requestId,
            String id,
            List<String> ended) {
        DeviceCode code = store.find(tx, deviceHash).orElse(null);
        if (code == null || !code.clientId().equals(client.clientId()) || code.used()) {
            return UNKNOWN;
        }
        if (code.isExpiredAt(tx.now())) {
            return new Grants.Outcome.Refused("expired_token", "The device code has expired; ask for another one");
        }
        if (isTooSoon(code, tx.now())) {
            store.polled(
                    tx,
                    deviceHash,
                    Math.min(DeviceCode.MAX_INTERVAL_SECONDS, code.intervalSeconds() + DeviceCode.SLOWER_SECONDS));
            return new Grants.Outcome.Refused("slow_down", "Wait 5 seconds longer between two requests");
        }
        if (code.denied()) {
            return new Grants.Outcome.Refused("access_denied", "The person said no");
        }
        AuthCode promise = code.promise();
        if (promise == null) {
            store.polled(tx, deviceHash, code.intervalSeconds());
            return new Grants.Outcome.Refused("authorization_pending", "The person has not decided yet");
        }
        if (!grants.stands(tx, promise)) {
            return new Grants.Outcome.Refused("access_denied", Grants.STANDS_NO_MORE.message());
        }
        if (!store.use(tx, deviceHash, id)) {
            return UNKNOWN;
        }
        return new Grants.Outcome.Granted(grants.issue(tx, promise, id, renewable, code.resources(), requestId, ended));
    }

    private static boolean isTooSoon(DeviceCode code, Instant now) {
        Instant polled = code.polledAt();
        return polled != null
                && now.isBefore(polled.plusSeconds(code.intervalSeconds()).minus(TOLERANCE));
    }

    private static final Grants.Outcome.Refused UNKNOWN =
            new Grants.Outcome.Refused("invalid_grant", "This device code is not good, not yours, or was used");
}
