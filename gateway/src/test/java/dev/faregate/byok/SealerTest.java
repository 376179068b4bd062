package dev.faregate.byok;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.faregate.base.Secret;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Base64;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What is sealed opens with its own master key, in its own place, and nowhere else.
class SealerTest {
    private static final Secret SECRET = Secret.of("sk-proj-planted-0123456789abcdef");

    @TempDir
    Path folder = Path.of("");

    private Path file() {
        return folder.resolve("master.key");
    }

    @Test
    void opensWhatItSealed() {
        Sealer sealer = new Sealer(MasterKey.load(null, file(), null));
        Sealed sealed = sealer.seal(SECRET, "provider_key", "id-1", "org-1", "openai");
        assertThat(sealer.open(sealed, "provider_key", "id-1", "org-1", "openai"))
                .hasValue(SECRET);
        assertThat(new String(Base64.getDecoder().decode(sealed.text()), StandardCharsets.ISO_8859_1))
                .doesNotContain("planted");
        assertThat(sealer.seal(SECRET, "provider_key", "id-1", "org-1", "openai")
                        .text())
                .as("no two ciphertexts are alike")
                .isNotEqualTo(sealed.text());
    }

    @Test
    void opensInNoOtherPlace() {
        Sealer sealer = new Sealer(MasterKey.load(null, file(), null));
        Sealed sealed = sealer.seal(SECRET, "provider_key", "id-1", "org-1", "openai");
        assertThat(sealer.open(sealed, "provider_key", "id-2", "org-1", "openai"))
                .isEmpty();
        assertThat(sealer.open(sealed, "provider_key", "id-1", "org-2", "openai"))
                .isEmpty();
        assertThat(sealer.open(sealed, "provider_key", "id-1", "org-1", "mistral"))
                .isEmpty();
        assertThat(sealer.open(sealed, "provider_key", "id-1", "org-1", "open", "ai"))
                .as("parts that read the same when joined")
                .isEmpty();
    }

    @Test
    void opensNothingThatWasChanged() {
        Sealer sealer = new Sealer(MasterKey.load(null, file(), null));
        Sealed sealed = sealer.seal(SECRET, "p");
        byte[] bytes = Base64.getDecoder().decode(sealed.text());
        for (int i = 0; i < bytes.length; i += 7) {
            byte[] changed = bytes.clone();
            changed[i] ^= 1;
            Sealed other = new Sealed(sealed.keyId(), Base64.getEncoder().encodeToString(changed));
            assertThat(sealer.open(other, "p")).as("byte " + i).isEmpty();
        }
        assertThat(sealer.open(new Sealed(sealed.keyId(), "not base64!"), "p")).isEmpty();
    }

    @Test
    void opensNothingWithAnotherMasterKey() {
        Sealed sealed = new Sealer(MasterKey.load(null, file(), null)).seal(SECRET, "p");
        Sealer other = new Sealer(MasterKey.load(null, folder.resolve("other.key"), null));
        assertThat(other.open(sealed, "p")).isEmpty();
        MasterKey key = MasterKey.load(null, folder.resolve("other.key"), null);
        assertThat(other.open(new Sealed(key.id(), sealed.text()), "p")).isEmpty();
    }

    @Test
    void makesTheFileForItsOwnerAloneAndKeepsIt() throws Exception {
        MasterKey made = MasterKey.load(null, file(), null);
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file())))
                .isEqualTo("rw-------");
        assertThat(MasterKey.load(null, file(), made.id()).id()).isEqualTo(made.id());
        String text = Files.readString(file()).strip();
        assertThat(MasterKey.load(Secret.of(text), folder.resolve("none.key"), made.id())
                        .id())
                .as("the variable holds the same key")
                .isEqualTo(made.id());
        assertThat(made.toString()).doesNotContain(text);
    }

    @Test
    void refusesAKeyThatIsNotTheDatabases() {
        MasterKey.load(null, file(), null);
        assertThatThrownBy(() -> MasterKey.load(null, file(), "0123456789abcdef"))
                .hasMessageStartingWith("The master key in " + file() + " (id ")
                .hasMessageContaining("is not the one that sealed the secrets of this database (id 0123456789abcdef)");
    }

    @Test
    void makesNoNewKeyForADatabaseThatHasOne() {
        assertThatThrownBy(() -> MasterKey.load(null, file(), "0123456789abcdef"))
                .hasMessageStartingWith("The master key is missing: there is no " + file());
        assertThat(file()).doesNotExist();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "short", "not base64 at all, not base64 at all, not base64", "AAAA"})
    void refusesWhatIsNoKeyWithoutShowingIt(String text) throws Exception {
        Files.writeString(file(), text);
        assertThatThrownBy(() -> MasterKey.load(null, file(), null))
                .hasMessageStartingWith("The master key in " + file() + " is not 32 bytes in base64")
                .message()
                .satisfies(message ->
                        assertThat(text.isEmpty() || !message.contains(text)).isTrue());
    }
}
