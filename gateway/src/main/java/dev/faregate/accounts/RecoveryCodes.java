package dev.faregate.accounts;

import static dev.faregate.storage.tables.Tables.RECOVERY_CODE;

import dev.faregate.base.Micros;
import dev.faregate.base.Secret;
import dev.faregate.base.Tokens;
import dev.faregate.storage.Tx;
import java.security.SecureRandom;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/// Codes for whoever lost the rest: 80 random bits each, good once, kept as hashes. They come with the
/// first factor and go with the last.
final class RecoveryCodes {
    static final int COUNT = 10;
    private static final int BYTES = 10;
    private static final int GROUP = 4;
    private static final SecureRandom RANDOM = new SecureRandom();

    /// Makes a fresh set, which takes the place of the former one; the texts are known only now.
    List<Secret> make(Tx tx, String personId) {
        forget(tx, personId);
        List<Secret> codes = Stream.generate(RecoveryCodes::fresh).limit(COUNT).toList();
        for (Secret code : codes) {
            tx.sql()
                    .insertInto(RECOVERY_CODE)
                    .set(RECOVERY_CODE.PERSON_ID, personId)
                    .set(RECOVERY_CODE.CODE_HASH, hash(personId, code.reveal()))
                    .set(RECOVERY_CODE.CREATED_AT, Micros.of(tx.now()))
                    .execute();
        }
        return codes;
    }

    /// Uses one up; false when it is none of theirs or was used before.
    boolean use(Tx tx, String personId, String typed) {
        return tx.sql()
                        .update(RECOVERY_CODE)
                        .set(RECOVERY_CODE.USED_AT, Micros.of(tx.now()))
                        .where(RECOVERY_CODE.PERSON_ID.eq(personId))
                        .and(RECOVERY_CODE.CODE_HASH.eq(hash(personId, typed)))
                        .and(RECOVERY_CODE.USED_AT.isNull())
                        .execute()
                > 0;
    }

    /// How many are left.
    int left(Tx tx, String personId) {
        return tx.sql()
                .fetchCount(RECOVERY_CODE, RECOVERY_CODE.PERSON_ID.eq(personId).and(RECOVERY_CODE.USED_AT.isNull()));
    }

    boolean exist(Tx tx, String personId) {
        return tx.sql().fetchExists(RECOVERY_CODE, RECOVERY_CODE.PERSON_ID.eq(personId));
    }

    void forget(Tx tx, String personId) {
        tx.sql()
                .deleteFrom(RECOVERY_CODE)
                .where(RECOVERY_CODE.PERSON_ID.eq(personId))
                .execute();
    }

    private static Secret fresh() {
        byte[] random = new byte[BYTES];
        RANDOM.nextBytes(random);
        String text = TotpCodes.base32(random).toLowerCase(Locale.ROOT);
        return Secret.of(text.replaceAll("(.{" + GROUP + "})(?=.)", "$1-"));
    }

    /// However it was typed. Bound to the person, so that equal codes of two people are not equal hashes.
    private static String hash(String personId, String typed) {
        String plain = typed.toLowerCase(Locale.ROOT)
                .replaceAll("[^a-z0-9]", "")
                .replace('0', 'o')
                .replace('1', 'l');
        return Tokens.hash("recovery code " + personId + " " + plain);
    }
}
