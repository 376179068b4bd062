package dev.faregate.testkit;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.SecureRandom;
import java.security.Signature;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Base64;
import java.util.Collection;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/// A fresh key with a certificate for `localhost`, `127.0.0.1` and `::1`, valid for a week, that can
/// serve as its own trust anchor. The few lines of DER (RFC 5280 section 4.1) stand here because the JDK
/// can read certificates but not make them.
public final class SelfSigned {
    private static final SecureRandom RANDOM = new SecureRandom();
    private static final int SERIAL_BITS = 120;
    private static final Duration VALIDITY = Duration.ofDays(7);
    private static final DateTimeFormatter UTC_TIME =
            DateTimeFormatter.ofPattern("yyMMddHHmmss'Z'").withZone(ZoneOffset.UTC);

    private static final int BOOLEAN = 0x01;
    private static final int INTEGER = 0x02;
    private static final int BIT_STRING = 0x03;
    private static final int OCTET_STRING = 0x04;
    private static final int OBJECT_ID = 0x06;
    private static final int UTF8_STRING = 0x0c;
    private static final int UTC = 0x17;
    private static final int SEQUENCE = 0x30;
    private static final int SET = 0x31;
    private static final int EXPLICIT_0 = 0xa0;
    private static final int EXPLICIT_3 = 0xa3;
    private static final int SAN_DNS = 0x82;
    private static final int SAN_IP = 0x87;

    private static final byte[] ECDSA_WITH_SHA256 = oid(0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02);
    private static final byte[] COMMON_NAME = oid(0x55, 0x04, 0x03);
    private static final byte[] BASIC_CONSTRAINTS = oid(0x55, 0x1d, 0x13);
    private static final byte[] SUBJECT_ALT_NAME = oid(0x55, 0x1d, 0x11);

    private final PrivateKey key;
    private final X509Certificate certificate;

    private SelfSigned(PrivateKey key, X509Certificate certificate) {
        this.key = key;
        this.certificate = certificate;
    }

    /// Makes a key and its certificate. Throws `IllegalStateException` if the JDK lacks P-256.
    public static SelfSigned create() {
        byte[] loopback6 = new byte[16];
        loopback6[15] = 1;
        return make(der(SAN_DNS, ascii("localhost")), der(SAN_IP, new byte[] {127, 0, 0, 1}), der(SAN_IP, loopback6));
    }

    /// The same for one other host, which is not there: for what happens when it answers elsewhere.
    public static SelfSigned createFor(String host) {
        return make(der(SAN_DNS, ascii(host)));
    }

    private static SelfSigned make(byte[]... names) {
        try {
            KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
            generator.initialize(new ECGenParameterSpec("secp256r1"));
            KeyPair pair = generator.generateKeyPair();
            byte[] der = sign(toBeSigned(pair.getPublic().getEncoded(), der(SEQUENCE, names)), pair.getPrivate());
            X509Certificate certificate = (X509Certificate)
                    CertificateFactory.getInstance("X.509").generateCertificate(new ByteArrayInputStream(der));
            return new SelfSigned(pair.getPrivate(), certificate);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("cannot make a certificate", e);
        }
    }

    public PrivateKey key() {
        return key;
    }

    public X509Certificate certificate() {
        return certificate;
    }

    /// The certificate as PEM text.
    public String pem() {
        try {
            return pem("CERTIFICATE", certificate.getEncoded());
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("cannot encode the certificate", e);
        }
    }

    /// The key as PEM text (PKCS#8).
    public String keyPem() {
        return pem("PRIVATE KEY", key.getEncoded());
    }

    /// Anything as PEM text (RFC 7468).
    public static String pem(String type, byte[] der) {
        String base64 = Base64.getMimeEncoder(64, "\n".getBytes(StandardCharsets.US_ASCII))
                .encodeToString(der);
        return "-----BEGIN " + type + "-----\n" + base64 + "\n-----END " + type + "-----\n";
    }

    /// For a client that trusts these certificates and nothing else.
    public static SSLContext trusting(Collection<? extends Certificate> anchors) throws GeneralSecurityException {
        try {
            KeyStore trusted = KeyStore.getInstance(KeyStore.getDefaultType());
            trusted.load(null, null);
            for (Certificate anchor : anchors) {
                trusted.setCertificateEntry("anchor-" + trusted.size(), anchor);
            }
            TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            trust.init(trusted);
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(null, trust.getTrustManagers(), null);
            return context;
        } catch (IOException e) {
            throw new IllegalStateException("an empty key store cannot be made", e);
        }
    }

    private static byte[] toBeSigned(byte[] publicKeyInfo, byte[] names) {
        Instant now = Instant.now();
        byte[] name = der(SEQUENCE, der(SET, der(SEQUENCE, COMMON_NAME, der(UTF8_STRING, ascii("localhost")))));
        byte[] validity = der(
                SEQUENCE,
                der(UTC, ascii(UTC_TIME.format(now.minus(Duration.ofHours(1))))),
                der(UTC, ascii(UTC_TIME.format(now.plus(VALIDITY)))));
        // Of its own, also for two that are made in one millisecond.
        byte[] serial =
                der(INTEGER, new BigInteger(SERIAL_BITS, RANDOM).setBit(0).toByteArray());
        byte[] version3 = der(EXPLICIT_0, der(INTEGER, new byte[] {2}));
        return der(
                SEQUENCE,
                version3,
                serial,
                der(SEQUENCE, ECDSA_WITH_SHA256),
                name,
                validity,
                name,
                publicKeyInfo,
                der(EXPLICIT_3, extensions(names)));
    }

    private static byte[] extensions(byte[] names) {
        byte[] yes = der(BOOLEAN, new byte[] {(byte) 0xff});
        byte[] authority = der(SEQUENCE, BASIC_CONSTRAINTS, yes, der(OCTET_STRING, der(SEQUENCE, yes)));
        return der(SEQUENCE, authority, der(SEQUENCE, SUBJECT_ALT_NAME, der(OCTET_STRING, names)));
    }

    private static byte[] sign(byte[] toBeSigned, PrivateKey key) throws GeneralSecurityException {
        Signature signature = Signature.getInstance("SHA256withECDSA");
        signature.initSign(key);
        signature.update(toBeSigned);
        byte[] noUnusedBits = {0};
        return der(
                SEQUENCE,
                toBeSigned,
                der(SEQUENCE, ECDSA_WITH_SHA256),
                der(BIT_STRING, noUnusedBits, signature.sign()));
    }

    /// One DER value: tag, length in the short or the long form, contents.
    private static byte[] der(int tag, byte[]... contents) {
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        for (byte[] part : contents) {
            body.writeBytes(part);
        }
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.write(tag);
        if (body.size() < 0x80) {
            out.write(body.size());
        } else if (body.size() < 0x100) {
            out.write(0x81);
            out.write(body.size());
        } else {
            out.write(0x82);
            out.write(body.size() >> 8);
            out.write(body.size());
        }
        out.writeBytes(body.toByteArray());
        return out.toByteArray();
    }

    private static byte[] oid(int... bytes) {
        byte[] encoded = new byte[bytes.length];
        for (int i = 0; i < bytes.length; i++) {
            encoded[i] = (byte) bytes[i];
        }
        return der(OBJECT_ID, encoded);
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}
