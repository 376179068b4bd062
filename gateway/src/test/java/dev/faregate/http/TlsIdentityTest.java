package dev.faregate.http;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.faregate.testkit.SelfSigned;
import java.security.KeyPairGenerator;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.asn1.sec.ECPrivateKey;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TlsIdentityTest {
    private static final SelfSigned OWN = SelfSigned.create();

    private static TlsIdentity parse(String certificates, String key) {
        return TlsIdentity.parse(certificates.getBytes(US_ASCII), key.getBytes(US_ASCII));
    }

    @Test
    void readsAChainAndItsKey() {
        String intermediate = SelfSigned.createFor("issuer.example").pem();
        TlsIdentity identity = parse(OWN.pem() + intermediate, OWN.keyPem());
        assertThat(identity.chain()).hasSize(2);
        assertThat(identity.certificate()).isEqualTo(OWN.certificate());
        assertThat(identity.key()).isEqualTo(OWN.key());
    }

    @Test
    void readsTheOlderFormsOfKeysToo() throws Exception {
        PrivateKeyInfo info = PrivateKeyInfo.getInstance(OWN.key().getEncoded());
        ECPrivateKey bare = ECPrivateKey.getInstance(info.parsePrivateKey());
        byte[] curve =
                info.getPrivateKeyAlgorithm().getParameters().toASN1Primitive().getEncoded();
        String key = SelfSigned.pem("EC PARAMETERS", curve) + SelfSigned.pem("EC PRIVATE KEY", bare.getEncoded());
        assertThat(parse(OWN.pem(), key).key()).isEqualTo(OWN.key());

        KeyPairGenerator rsa = KeyPairGenerator.getInstance("RSA");
        rsa.initialize(2048);
        byte[] pkcs1 = PrivateKeyInfo.getInstance(
                        rsa.generateKeyPair().getPrivate().getEncoded())
                .parsePrivateKey()
                .toASN1Primitive()
                .getEncoded();
        // It is read: all that is wrong with it is that it is another one.
        assertThatThrownBy(() -> parse(OWN.pem(), SelfSigned.pem("RSA PRIVATE KEY", pkcs1)))
                .hasMessage("The private key is not the one of the first certificate.");
    }

    @Test
    void refusesAKeyOfAnotherCertificate() {
        String other = SelfSigned.create().keyPem();
        assertThatThrownBy(() -> parse(OWN.pem(), other))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("The private key is not the one of the first certificate.");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            nothing               | ''                     | There is no private key (BEGIN PRIVATE KEY).
            damaged               | PRIVATE KEY            | The private key cannot be read: it is damaged, or of an unknown kind.
            damaged               | EC PRIVATE KEY         | The private key cannot be read: it is damaged, or of an unknown kind.
            encrypted             | ENCRYPTED PRIVATE KEY  | The private key is encrypted; give it without a password, readable by this server alone.
            """)
    void saysWhatIsWrongWithAKeyAndQuotesNothing(String text, String type, String message) {
        String key = type.isEmpty() ? text : SelfSigned.pem(type, text.getBytes(US_ASCII));
        assertThatThrownBy(() -> parse(OWN.pem(), key))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(message);
    }

    @Test
    void saysWhatIsWrongWithCertificates() {
        String key = OWN.keyPem();
        assertThatThrownBy(() -> parse("", key)).hasMessage("There is no certificate (BEGIN CERTIFICATE).");
        assertThatThrownBy(() -> parse(SelfSigned.pem("CERTIFICATE", new byte[] {1, 2, 3}), key))
                .hasMessage("The certificates are not PEM (BEGIN CERTIFICATE).");
    }

    @Test
    void refusesAKeyOfAKindThatBrowsersDoNotKnow() throws Exception {
        byte[] der = KeyPairGenerator.getInstance("DSA")
                .generateKeyPair()
                .getPrivate()
                .getEncoded();
        assertThatThrownBy(() -> parse(OWN.pem(), SelfSigned.pem("PRIVATE KEY", der)))
                .hasMessage("The private key must be an RSA, EC or Ed25519 key.");
    }
}
