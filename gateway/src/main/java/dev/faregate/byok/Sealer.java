package dev.faregate.byok;

import static dev.faregate.storage.tables.Tables.SEALING_KEY;

import com.google.crypto.tink.AccessesPartialKey;
import com.google.crypto.tink.Aead;
import com.google.crypto.tink.InsecureSecretKeyAccess;
import com.google.crypto.tink.aead.AeadConfig;
import com.google.crypto.tink.aead.AesGcmKey;
import com.google.crypto.tink.aead.AesGcmParameters;
import com.google.crypto.tink.aead.KmsEnvelopeAead;
import com.google.crypto.tink.aead.PredefinedAeadParameters;
import com.google.crypto.tink.subtle.AesGcmJce;
import com.google.crypto.tink.util.SecretBytes;
import dev.faregate.base.ApiError;
import dev.faregate.base.ApiException;
import dev.faregate.base.Micros;
import dev.faregate.base.Secret;
import dev.faregate.storage.Tx;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.Base64;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Seals secrets that have to be used again, and opens them (ADR 23): AES-256-GCM under a fresh data key for each
/// secret, which is sealed under the [MasterKey]. What a secret belongs to (`place`: table, record, organization,
/// ...) is bound into it, so a ciphertext that was moved to another record does not open. Safe to share.
public final class Sealer {
    private static final Logger LOG = LoggerFactory.getLogger(Sealer.class);
    private static final int THE_ROW = 1;
    private static final int RETRY_S = 60;
    private static final int TAG_BYTES = 16;
    private static final int IV_BYTES = 12;

    private final MasterKey master;
    private volatile @Nullable Aead aead;

    public Sealer(MasterKey master) {
        this.master = master;
    }

    /// The id of the master key that this database goes by; empty while nothing was ever sealed.
    public static Optional<String> knownKey(Tx tx) {
        return tx.sql()
                .select(SEALING_KEY.KEY_ID)
                .from(SEALING_KEY)
                .where(SEALING_KEY.ID.eq(THE_ROW))
                .fetchOptional(SEALING_KEY.KEY_ID);
    }

    /// Makes the database go by this node's master key, in the transaction that stores a sealed secret. Throws a
    /// 503 when another node made it go by another one.
    public void claim(Tx tx) {
        tx.sql()
                .insertInto(SEALING_KEY)
                .set(SEALING_KEY.ID, THE_ROW)
                .set(SEALING_KEY.KEY_ID, master.id())
                .set(SEALING_KEY.CREATED_AT, Micros.of(tx.now()))
                .onConflict(SEALING_KEY.ID)
                .doNothing()
                .execute();
        String known = knownKey(tx).orElse(master.id());
        if (!known.equals(master.id())) {
            LOG.error("this node's master key has id {}, but the database goes by {}", master.id(), known);
            throw new ApiException(new ApiError.Unavailable("This node cannot seal secrets; see its log.", RETRY_S));
        }
    }

    /// Seals a secret for its place.
    public Sealed seal(Secret secret, String... place) {
        try {
            byte[] sealed = aead().encrypt(secret.reveal().getBytes(StandardCharsets.UTF_8), bound(place));
            return new Sealed(master.id(), Base64.getEncoder().encodeToString(sealed));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("a secret cannot be sealed", e);
        }
    }

    /// The secret; empty when it does not open: another master key, another place, or damaged.
    public Optional<Secret> open(Sealed sealed, String... place) {
        if (!sealed.keyId().equals(master.id())) {
            return Optional.empty();
        }
        try {
            byte[] plain = aead().decrypt(Base64.getDecoder().decode(sealed.text()), bound(place));
            return Optional.of(Secret.of(new String(plain, StandardCharsets.UTF_8)));
        } catch (GeneralSecurityException | IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    /// Made when first needed: most installations seal nothing.
    @AccessesPartialKey
    private Aead aead() throws GeneralSecurityException {
        Aead known = aead;
        if (known == null) {
            AeadConfig.register();
            AesGcmParameters parameters = AesGcmParameters.builder()
                    .setKeySizeBytes(MasterKey.BYTES)
                    .setIvSizeBytes(IV_BYTES)
                    .setTagSizeBytes(TAG_BYTES)
                    .setVariant(AesGcmParameters.Variant.NO_PREFIX)
                    .build();
            AesGcmKey key = AesGcmKey.builder()
                    .setParameters(parameters)
                    .setKeyBytes(SecretBytes.copyFrom(master.bytes(), InsecureSecretKeyAccess.get()))
                    .build();
            known = KmsEnvelopeAead.create(PredefinedAeadParameters.AES256_GCM, AesGcmJce.create(key));
            aead = known;
        }
        return known;
    }

    /// The parts with their lengths, so that no two places read the same.
    private static byte[] bound(String... place) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (DataOutputStream out = new DataOutputStream(bytes)) {
            for (String part : place) {
                byte[] text = part.getBytes(StandardCharsets.UTF_8);
                out.writeInt(text.length);
                out.write(text);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }
}
