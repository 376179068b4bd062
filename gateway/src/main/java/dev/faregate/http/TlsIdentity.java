package dev.faregate.http;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.cert.Certificate;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Collection;
import java.util.List;
import org.bouncycastle.asn1.ASN1Encodable;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.ASN1Primitive;
import org.bouncycastle.asn1.DERNull;
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.asn1.pkcs.RSAPrivateKey;
import org.bouncycastle.asn1.sec.ECPrivateKey;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.bouncycastle.asn1.x9.X9ObjectIdentifiers;
import org.bouncycastle.util.io.pem.PemObject;
import org.bouncycastle.util.io.pem.PemReader;

/// What a server shows and how it proves that this is its own: a chain of certificates, its own first, and the private
/// key of that one.
record TlsIdentity(List<X509Certificate> chain, PrivateKey key) {
    private static final byte[] PROBE = "does this key belong to that certificate".getBytes(StandardCharsets.US_ASCII);

    /// RFC 8410 section 3.
    private static final ASN1ObjectIdentifier ED25519 = new ASN1ObjectIdentifier("1.3.101.112");

    TlsIdentity {
        chain = List.copyOf(chain);
    }

    /// Reads PEM texts (RFC 7468): certificates, and a key as PKCS#8 or in the older forms of RSA and EC keys, which
    /// some issuers of certificates still write. Throws `IllegalArgumentException` with a sentence
    /// that quotes nothing.
    static TlsIdentity parse(byte[] certificates, byte[] key) {
        TlsIdentity identity = new TlsIdentity(chain(certificates), key(key));
        if (!identity.matches()) {
            throw new IllegalArgumentException("The private key is not the one of the first certificate.");
        }
        return identity;
    }

    X509Certificate certificate() {
        return chain.getFirst();
    }

    private static List<X509Certificate> chain(byte[] pem) {
        Collection<? extends Certificate> found;
        try {
            found = CertificateFactory.getInstance("X.509").generateCertificates(new ByteArrayInputStream(pem));
        } catch (CertificateException e) {
            throw new IllegalArgumentException("The certificates are not PEM (BEGIN CERTIFICATE).", e);
        }
        if (found.isEmpty()) {
            throw new IllegalArgumentException("There is no certificate (BEGIN CERTIFICATE).");
        }
        return found.stream().map(X509Certificate.class::cast).toList();
    }

    private static PrivateKey key(byte[] pem) {
        try (PemReader reader = new PemReader(new StringReader(new String(pem, StandardCharsets.US_ASCII)))) {
            ASN1Encodable curve = null;
            for (PemObject part = reader.readPemObject(); part != null; part = reader.readPemObject()) {
                switch (part.getType()) {
                    case "PRIVATE KEY" -> {
                        return key(PrivateKeyInfo.getInstance(part.getContent()));
                    }
                    case "RSA PRIVATE KEY" -> {
                        if (!part.getHeaders().isEmpty()) {
                            throw encrypted();
                        }
                        return key(new PrivateKeyInfo(
                                new AlgorithmIdentifier(PKCSObjectIdentifiers.rsaEncryption, DERNull.INSTANCE),
                                RSAPrivateKey.getInstance(part.getContent())));
                    }
                    case "EC PRIVATE KEY" -> {
                        if (!part.getHeaders().isEmpty()) {
                            throw encrypted();
                        }
                        ECPrivateKey found = ECPrivateKey.getInstance(part.getContent());
                        ASN1Encodable own = found.getParametersObject();
                        return key(new PrivateKeyInfo(
                                new AlgorithmIdentifier(X9ObjectIdentifiers.id_ecPublicKey, own == null ? curve : own),
                                found));
                    }
                    case "EC PARAMETERS" -> curve = ASN1Primitive.fromByteArray(part.getContent());
                    case "ENCRYPTED PRIVATE KEY" -> throw encrypted();
                    default -> {
                        // A file may hold the certificates too.
                    }
                }
            }
        } catch (IOException | GeneralSecurityException | IllegalArgumentException | IllegalStateException e) {
            if (e instanceof Unusable known) {
                throw known;
            }
            throw new IllegalArgumentException("The private key cannot be read: it is damaged, or of an unknown kind.");
        }
        throw new IllegalArgumentException("There is no private key (BEGIN PRIVATE KEY).");
    }

    private static Unusable encrypted() {
        return new Unusable("The private key is encrypted; give it without a password, readable by this server alone.");
    }

    private static PrivateKey key(PrivateKeyInfo info) throws IOException, GeneralSecurityException {
        ASN1ObjectIdentifier kind = info.getPrivateKeyAlgorithm().getAlgorithm();
        String algorithm = kind.equals(PKCSObjectIdentifiers.rsaEncryption)
                ? "RSA"
                : kind.equals(X9ObjectIdentifiers.id_ecPublicKey) ? "EC" : kind.equals(ED25519) ? "Ed25519" : "";
        if (algorithm.isEmpty()) {
            throw new Unusable("The private key must be an RSA, EC or Ed25519 key.");
        }
        return KeyFactory.getInstance(algorithm).generatePrivate(new PKCS8EncodedKeySpec(info.getEncoded()));
    }

    private boolean matches() {
        String algorithm = switch (key.getAlgorithm()) {
            case "RSA" -> "SHA256withRSA";
            case "EC" -> "SHA256withECDSA";
            default -> "Ed25519";
        };
        try {
            Signature signing = Signature.getInstance(algorithm);
            signing.initSign(key);
            signing.update(PROBE);
            byte[] signature = signing.sign();
            Signature checking = Signature.getInstance(algorithm);
            checking.initVerify(certificate().getPublicKey());
            checking.update(PROBE);
            return checking.verify(signature);
        } catch (GeneralSecurityException e) {
            // A certificate of another kind of key.
            return false;
        }
    }

    /// A sentence for the operator that no other failure may hide.
    private static final class Unusable extends IllegalArgumentException {
        private static final long serialVersionUID = 1;

        Unusable(String sentence) {
            super(sentence);
        }
    }
}
