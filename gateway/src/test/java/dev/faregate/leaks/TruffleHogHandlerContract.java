package dev.faregate.leaks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.faregate.base.ApiError;
import dev.faregate.base.ApiException;
import dev.faregate.base.Json;
import dev.faregate.base.Secret;
import dev.faregate.http.Request;
import dev.faregate.http.Response;
import dev.faregate.keys.KeyKind;
import dev.faregate.keys.KeyText;
import dev.faregate.keys.Keys;
import dev.faregate.keys.Rig;
import dev.faregate.keys.WrappedDatabase;
import dev.faregate.storage.Database;
import dev.faregate.storage.Tx;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/// What TruffleHog is told about texts, and what that costs.
@ParameterizedClass
@EnumSource
class TruffleHogHandlerContract {
    /// One answer for all that is not live: what a text was is not told.
    private static final ApiError NOT_LIVE =
            new ApiError.Unauthenticated("not_live", "This is no live key of this server.");

    private final Rig rig;
    private final AtomicInteger reads = new AtomicInteger();
    private final AtomicLong seconds = new AtomicLong(6_000);
    private final TruffleHogHandler handler;

    TruffleHogHandlerContract(Database.Kind kind) {
        rig = new Rig(kind);
        Keys keys = new Keys(new Counted(rig.database), rig.limits, rig.store, rig.directory);
        handler = new TruffleHogHandler(keys, seconds::get);
    }

    private Response ask(String body) {
        return handler.verify(new Request(
                Rig.head("POST", "/hooks/verify/trufflehog", Map.of(), Map.of()),
                body.getBytes(StandardCharsets.UTF_8),
                null));
    }

    /// The status of an answer about these texts; each call is in a minute of its own.
    private int status(String... texts) {
        seconds.addAndGet(60);
        try {
            return ask(body(List.of(texts))).status();
        } catch (ApiException e) {
            assertThat(e.error()).isEqualTo(NOT_LIVE);
            return 401;
        }
    }

    private static String body(List<String> texts) {
        byte[] body = Json.write(json -> {
            json.writeStartObject();
            json.writeObjectPropertyStart("FaregateKey");
            json.writeArrayPropertyStart("token");
            texts.forEach(json::writeString);
            json.writeEndArray();
            json.writeEndObject();
            json.writeEndObject();
        });
        return new String(body, StandardCharsets.UTF_8);
    }

    private ApiError refusal(String body) {
        return catchThrowableOfType(ApiException.class, () -> ask(body)).error();
    }

    private static String broken(String key) {
        return key.substring(0, key.length() - 1) + (key.endsWith("a") ? "b" : "a");
    }

    @Test
    void tellsALiveKeyOfEitherKind() {
        assertThat(status(rig.inference.reveal())).isEqualTo(200);
        assertThat(status(rig.management.reveal())).isEqualTo(200);
        assertThat(new String(ask(body(List.of(rig.inference.reveal()))).body(), StandardCharsets.UTF_8))
                .isEqualTo("{\"live\":true}");
    }

    @Test
    void tellsNothingOfAKeyThatIsNotLive() {
        String good = rig.inference.reveal();
        String id = rig.caller(rig.inference).keyId();
        assertThat(status(KeyText.generate(KeyKind.INFERENCE).reveal()))
                .as("unknown")
                .isEqualTo(401);
        assertThat(status(broken(good))).as("wrong checksum").isEqualTo(401);
        rig.patch(rig.management, id, "{\"disabled\":true}");
        assertThat(status(good)).as("disabled").isEqualTo(401);
        rig.patch(rig.management, id, "{\"disabled\":false}");
        assertThat(status(good)).as("enabled again").isEqualTo(200);
        rig.delete(rig.management, id);
        assertThat(status(good)).as("deleted").isEqualTo(401);
    }

    @Test
    void tellsNothingOfASecretOrAKeyThatHasEnded() {
        String id = rig.caller(rig.management).keyId();
        Instant past = rig.database.read(Tx::now).minusSeconds(1);
        rig.database.write(tx -> {
            rig.keys.endSecret(tx, rig.inference, past);
            return tx.sql()
                    .execute("UPDATE api_key SET expires_at = ? WHERE id = ?", past.getEpochSecond() * 1_000_000L, id);
        });
        assertThat(status(rig.inference.reveal())).as("rotated out").isEqualTo(401);
        assertThat(status(rig.management.reveal())).as("expired").isEqualTo(401);
    }

    /// With a group in its expression TruffleHog sends the whole match first, here with the character behind the key.
    @Test
    void findsTheLiveOneAmongOthersInOneLookUp() {
        String key = rig.inference.reveal();
        assertThat(status(key + "\"", key)).isEqualTo(200);
        assertThat(ask("{\"A\":{\"x\":[\"no\"]},\"B\":{\"y\":[],\"z\":[\"" + key + "\"]}}")
                        .status())
                .isEqualTo(200);
        List<String> texts = new ArrayList<>();
        for (int i = 1; i < TruffleHogHandler.MAX_TEXTS; i++) {
            texts.add(KeyText.generate(KeyKind.INFERENCE).reveal());
        }
        texts.add(key);
        reads.set(0);
        assertThat(status(texts.toArray(String[]::new))).isEqualTo(200);
        assertThat(reads).hasValue(1);
    }

    @Test
    void asksTheDatabaseNothingAboutWhatCannotBeAKeyOfOurs() {
        String foreign = "sk-imported-" + UUID.randomUUID();
        rig.keys.adopt(
                Keys.NewKey.plain(rig.organizationId, rig.workspaceId, KeyKind.INFERENCE, "imported"),
                Secret.of(foreign));
        assertThat(status(foreign)).isEqualTo(401);
        assertThat(status("", "sk-fg-v1-" + "x".repeat(46), broken(rig.inference.reveal()), "é".repeat(600)))
                .isEqualTo(401);
        assertThat(reads).hasValue(0);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "no",
                "[]",
                "{}",
                "\"sk-fg-v1-\"",
                "{\"FaregateKey\":{}}",
                "{\"FaregateKey\":{\"token\":[]}}",
                "{\"FaregateKey\":\"sk-fg-v1-\"}",
                "{\"FaregateKey\":[\"sk-fg-v1-\"]}",
                "{\"FaregateKey\":{\"token\":\"sk-fg-v1-\"}}",
                "{\"FaregateKey\":{\"token\":[1]}}",
                "{\"FaregateKey\":{\"token\":[null]}}",
                "{\"FaregateKey\":{\"token\":[[\"sk-fg-v1-\"]]}}",
            })
    void refusesABodyThatIsNone(String body) {
        assertThat(refusal(body)).isInstanceOf(ApiError.BadRequest.class);
        assertThat(reads).hasValue(0);
    }

    @Test
    void refusesTooMuchAtOnce() {
        List<String> texts = Collections.nCopies(TruffleHogHandler.MAX_TEXTS + 1, rig.inference.reveal());
        assertThat(refusal(body(texts))).isInstanceOf(ApiError.BadRequest.class);
        assertThat(refusal(body(List.of("x".repeat(TruffleHogHandler.MAX_BODY_BYTES)))))
                .isEqualTo(new ApiError.BodyTooLarge(TruffleHogHandler.MAX_BODY_BYTES));
    }

    @Test
    void letsAnAddressAskOnlySoOftenInAMinute() {
        seconds.set(6_010);
        String body = body(List.of(rig.inference.reveal()));
        for (int i = 0; i < TruffleHogHandler.REQUESTS_PER_MINUTE; i++) {
            assertThat(ask(body).status()).isEqualTo(200);
        }
        reads.set(0);
        assertThat(refusal(body)).isInstanceOfSatisfying(ApiError.RateLimited.class, limited -> {
            assertThat(limited.retryAfterSeconds()).isEqualTo(50);
            assertThat(limited.limit()).isEqualTo(TruffleHogHandler.REQUESTS_PER_MINUTE);
        });
        assertThat(refusal("no")).isInstanceOf(ApiError.RateLimited.class);
        assertThat(reads).hasValue(0);
        seconds.set(6_060);
        assertThat(ask(body).status()).isEqualTo(200);
    }

    /// A database that may only be read, and counts how often.
    private final class Counted extends WrappedDatabase {
        Counted(Database inner) {
            super(inner);
        }

        @Override
        public <T> T read(Function<Tx, T> work) {
            reads.incrementAndGet();
            return super.read(work);
        }

        @Override
        public <T> T write(Function<Tx, T> work) {
            throw new AssertionError("something was written");
        }
    }
}
