package dev.faregate.accounts;

import com.webauthn4j.WebAuthnManager;
import com.webauthn4j.converter.AttestedCredentialDataConverter;
import com.webauthn4j.converter.util.ObjectConverter;
import com.webauthn4j.credential.CredentialRecordImpl;
import com.webauthn4j.data.AuthenticationData;
import com.webauthn4j.data.AuthenticationParameters;
import com.webauthn4j.data.AuthenticatorTransport;
import com.webauthn4j.data.PublicKeyCredentialParameters;
import com.webauthn4j.data.PublicKeyCredentialType;
import com.webauthn4j.data.RegistrationData;
import com.webauthn4j.data.RegistrationParameters;
import com.webauthn4j.data.attestation.authenticator.AttestedCredentialData;
import com.webauthn4j.data.attestation.authenticator.AuthenticatorData;
import com.webauthn4j.data.attestation.statement.COSEAlgorithmIdentifier;
import com.webauthn4j.data.attestation.statement.NoneAttestationStatement;
import com.webauthn4j.data.client.Origin;
import com.webauthn4j.data.client.challenge.DefaultChallenge;
import com.webauthn4j.server.ServerProperty;
import com.webauthn4j.util.exception.WebAuthnException;
import com.webauthn4j.verifier.exception.MaliciousCounterValueException;
import dev.faregate.base.Ids;
import dev.faregate.base.Json;
import dev.faregate.base.Tokens;
import dev.faregate.identity.Session;
import dev.faregate.pages.Pages;
import dev.faregate.pages.Visit;
import dev.faregate.storage.Database;
import dev.faregate.storage.Tx;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JsonGenerator;

/// Passkeys: the two ceremonies of Web Authentication Level 3, registration (section 7.1) and authentication (section
/// 7.2). A passkey is found by the browser and verifies the person itself (finger, face, PIN), so it is two factors in
/// one. No attestation is asked for: which make of authenticator somebody has is their own business. Safe to share.
final class Passkeys {
    private static final Logger LOG = LoggerFactory.getLogger(Passkeys.class);
    static final int MAX_PER_PERSON = 20;

    /// Characters of what a browser sends: a registration with a large key and a long id is some 4,000.
    static final int MAX_ANSWER = 20_000;

    private static final int TIMEOUT_MS = 300_000;

    private static final List<PublicKeyCredentialParameters> ALGORITHMS = List.of(
            parameters(COSEAlgorithmIdentifier.ES256),
            parameters(COSEAlgorithmIdentifier.EdDSA),
            parameters(COSEAlgorithmIdentifier.RS256));

    /// What a challenge was given for; an answer is good for nothing else.
    enum Purpose {
        REGISTER,
        SIGN_IN,
        STEP,
        PROOF;

        String word() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /// A good answer of a passkey that is known, not noted yet.
    record Shown(PasskeyStore.Passkey passkey, long signCount, boolean backedUp) {}

    private final Database database;
    private final Supplier<String> publicUrl;
    private final PasskeyStore store = new PasskeyStore();
    private final ObjectConverter converter = new ObjectConverter();
    private final AttestedCredentialDataConverter credentials = new AttestedCredentialDataConverter(converter);
    private final WebAuthnManager manager = WebAuthnManager.createNonStrictWebAuthnManager(converter);

    Passkeys(Database database, Pages pages) {
        this.database = database;
        this.publicUrl = pages::publicUrl;
    }

    /// Whom they are made for here; empty where the public address allows none.
    Optional<PasskeyParty> party() {
        return PasskeyParty.of(publicUrl.get());
    }

    PasskeyStore store() {
        return store;
    }

    /// What the browser is asked to make (section 5.4), as JSON.
    String creation(Visit visit, PasskeyParty party) {
        Session session = visit.session();
        String challenge = challenge(visit, Purpose.REGISTER);
        List<PasskeyStore.Passkey> known = database.read(tx -> store.list(tx, session.userId()));
        return text(json -> {
            json.writeStartObject();
            json.writeStringProperty("challenge", challenge);
            json.writeObjectPropertyStart("rp");
            json.writeStringProperty("id", party.id());
            json.writeStringProperty("name", "Faregate");
            json.writeEndObject();
            json.writeObjectPropertyStart("user");
            json.writeStringProperty("id", base64(session.userId().getBytes(StandardCharsets.US_ASCII)));
            json.writeStringProperty("name", session.email());
            json.writeStringProperty("displayName", session.displayName());
            json.writeEndObject();
            json.writeArrayPropertyStart("pubKeyCredParams");
            for (PublicKeyCredentialParameters algorithm : ALGORITHMS) {
                json.writeStartObject();
                json.writeStringProperty("type", "public-key");
                json.writeNumberProperty("alg", algorithm.getAlg().getValue());
                json.writeEndObject();
            }
            json.writeEndArray();
            json.writeNumberProperty("timeout", TIMEOUT_MS);
            json.writeStringProperty("attestation", "none");
            json.writeObjectPropertyStart("authenticatorSelection");
            json.writeStringProperty("residentKey", "required");
            json.writeBooleanProperty("requireResidentKey", true);
            json.writeStringProperty("userVerification", "required");
            json.writeEndObject();
            writeIds(json, "excludeCredentials", known);
            json.writeEndObject();
        });
    }

    /// What the browser is asked to show (section 5.5), as JSON: any passkey of this server, or one of that person.
    String request(Visit visit, PasskeyParty party, Purpose purpose, @Nullable String personId) {
        String challenge = challenge(visit, purpose);
        List<PasskeyStore.Passkey> known = personId == null ? List.of() : database.read(tx -> store.list(tx, personId));
        return text(json -> {
            json.writeStartObject();
            json.writeStringProperty("challenge", challenge);
            json.writeStringProperty("rpId", party.id());
            json.writeNumberProperty("timeout", TIMEOUT_MS);
            json.writeStringProperty("userVerification", "required");
            writeIds(json, "allowCredentials", known);
            json.writeEndObject();
        });
    }

    /// The passkey that the browser made, or why there is none. `name` is what its person calls it.
    Optional<PasskeyStore.Passkey> made(Visit visit, PasskeyParty party, String name, String answer) {
        try {
            RegistrationData data = manager.parseRegistrationResponseJSON(answer);
            ServerProperty server = answered(visit, party, Purpose.REGISTER, data.getCollectedClientData());
            if (server == null) {
                return Optional.empty();
            }
            manager.verify(data, new RegistrationParameters(server, ALGORITHMS, true, true));
            AuthenticatorData<?> shown =
                    Objects.requireNonNull(data.getAttestationObject()).getAuthenticatorData();
            AttestedCredentialData credential = Objects.requireNonNull(shown.getAttestedCredentialData());
            Set<AuthenticatorTransport> transports =
                    Objects.requireNonNullElse(data.getTransports(), Set.<AuthenticatorTransport>of());
            return Optional.of(new PasskeyStore.Passkey(
                    Ids.next().toString(),
                    visit.session().userId(),
                    base64(credential.getCredentialId()),
                    base64(credentials.convert(credential)),
                    name,
                    shown.getSignCount(),
                    shown.isFlagBE(),
                    shown.isFlagBS(),
                    transports.stream()
                            .map(AuthenticatorTransport::getValue)
                            .filter(it -> it.matches("[a-z-]{1,20}"))
                            .sorted()
                            .limit(6)
                            .toList(),
                    database.read(Tx::now),
                    null));
        } catch (WebAuthnException e) {
            LOG.info("a new passkey was refused: {}", e.getClass().getSimpleName());
            return Optional.empty();
        }
    }

    /// Whose passkey answered; empty when the answer is not good. `personId`: only theirs counts, or null for
    /// anybody's.
    Optional<Shown> shown(Visit visit, PasskeyParty party, Purpose purpose, @Nullable String personId, String answer) {
        try {
            AuthenticationData data = manager.parseAuthenticationResponseJSON(answer);
            ServerProperty server = answered(visit, party, purpose, data.getCollectedClientData());
            byte[] credentialId = data.getCredentialId();
            if (server == null || credentialId == null) {
                return Optional.empty();
            }
            PasskeyStore.Passkey known = database.read(tx -> store.findByCredential(tx, base64(credentialId)))
                    .orElse(null);
            // Section 7.2, step 6: the user handle, where there is one, must be the owner's.
            byte[] handle = data.getUserHandle();
            if (known == null
                    || (personId != null && !personId.equals(known.personId()))
                    || (handle != null
                            && handle.length > 0
                            && !known.personId().equals(new String(handle, StandardCharsets.UTF_8)))) {
                return Optional.empty();
            }
            manager.verify(data, new AuthenticationParameters(server, record(known), null, true, true));
            AuthenticatorData<?> authenticator = Objects.requireNonNull(data.getAuthenticatorData());
            return Optional.of(new Shown(known, authenticator.getSignCount(), authenticator.isFlagBS()));
        } catch (MaliciousCounterValueException e) {
            LOG.warn("a passkey was shown with a counter that went back; it may have been copied");
            return Optional.empty();
        } catch (WebAuthnException e) {
            LOG.info("a passkey was refused: {}", e.getClass().getSimpleName());
            return Optional.empty();
        }
    }

    /// Notes the use of a passkey, in the transaction of what it opens; false when another use came first.
    boolean take(Tx tx, Shown shown) {
        return store.used(tx, shown.passkey().id(), shown.signCount(), shown.backedUp());
    }

    /// Uses the challenge up that the answer is to; null when it was not given to this browser for this.
    private @Nullable ServerProperty answered(
            Visit visit,
            PasskeyParty party,
            Purpose purpose,
            com.webauthn4j.data.client.@Nullable CollectedClientData data) {
        if (data == null) {
            return null;
        }
        String challenge = base64(data.getChallenge().getValue());
        boolean ours = database.write(tx -> store.answer(tx, challenge, purpose, visit.csrf()));
        if (!ours) {
            return null;
        }
        return ServerProperty.builder()
                .origins(party.origins().stream().map(Origin::new).collect(Collectors.toSet()))
                .rpId(party.id())
                .challenge(new DefaultChallenge(data.getChallenge().getValue()))
                .build();
    }

    /// A challenge that only this browser can answer: it is tied to what its forms carry.
    private String challenge(Visit visit, Purpose purpose) {
        String challenge = Tokens.generate().reveal();
        database.write(tx -> {
            store.ask(
                    tx, challenge, purpose, visit.csrf(), visit.head().remote().getHostAddress());
            return null;
        });
        return challenge;
    }

    private CredentialRecordImpl record(PasskeyStore.Passkey passkey) {
        return new CredentialRecordImpl(
                new NoneAttestationStatement(),
                true,
                passkey.backupEligible(),
                passkey.backedUp(),
                passkey.signCount(),
                credentials.convert(Base64.getUrlDecoder().decode(passkey.credential())),
                null,
                null,
                null,
                null);
    }

    private static void writeIds(JsonGenerator json, String field, List<PasskeyStore.Passkey> known) {
        json.writeArrayPropertyStart(field);
        for (PasskeyStore.Passkey passkey : known) {
            json.writeStartObject();
            json.writeStringProperty("type", "public-key");
            json.writeStringProperty("id", passkey.credentialId());
            json.writeArrayPropertyStart("transports");
            passkey.transports().forEach(json::writeString);
            json.writeEndArray();
            json.writeEndObject();
        }
        json.writeEndArray();
    }

    private static PublicKeyCredentialParameters parameters(COSEAlgorithmIdentifier algorithm) {
        return new PublicKeyCredentialParameters(PublicKeyCredentialType.PUBLIC_KEY, algorithm);
    }

    private static String text(java.util.function.Consumer<JsonGenerator> write) {
        return new String(Json.write(write), StandardCharsets.UTF_8);
    }

    private static String base64(byte[] bytes) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }
}
