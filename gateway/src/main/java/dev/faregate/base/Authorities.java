package dev.faregate.base;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocketFactory;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509TrustManager;
import org.jspecify.annotations.Nullable;

/// The certificate authorities whose word is taken for who answers when we call: the Java runtime's own, and those of
/// the operator. There is no way to trust everybody. Safe to share between threads.
public final class Authorities {
    /// Those of the Java runtime.
    public static final Authorities USUAL = new Authorities(List.of());

    private final List<X509Certificate> added;

    private Authorities(List<X509Certificate> added) {
        this.added = added;
    }

    /// The usual ones and those of a PEM file (RFC 7468 section 5). Throws `IOException` when it cannot be read, and
    /// `CertificateException` with a reason when it holds none or something else.
    public static Authorities with(Path pem) throws IOException, CertificateException {
        Collection<? extends Certificate> found;
        try (InputStream in = Files.newInputStream(pem)) {
            found = CertificateFactory.getInstance("X.509").generateCertificates(in);
        } catch (CertificateException e) {
            throw new CertificateException("something is no certificate", e);
        }
        if (found.isEmpty()) {
            throw new CertificateException("there is none");
        }
        return new Authorities(found.stream().map(X509Certificate.class::cast).toList());
    }

    /// For a library that takes trust managers.
    public TrustManagerFactory trustManagers() {
        try {
            return factory(added.isEmpty() ? null : anchors());
        } catch (GeneralSecurityException | IOException e) {
            throw new IllegalStateException("trust in certificates cannot be set up: " + e.getMessage(), e);
        }
    }

    /// For a library that takes sockets; without authorities of the operator the runtime's own, with all that its
    /// properties say.
    public SSLSocketFactory sockets() {
        if (added.isEmpty()) {
            return (SSLSocketFactory) SSLSocketFactory.getDefault();
        }
        try {
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(null, trustManagers().getTrustManagers(), null);
            return context.getSocketFactory();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("TLS cannot be set up: " + e.getMessage(), e);
        }
    }

    private KeyStore anchors() throws GeneralSecurityException, IOException {
        List<X509Certificate> all = new ArrayList<>(List.of(usual()));
        all.addAll(added);
        KeyStore anchors = KeyStore.getInstance(KeyStore.getDefaultType());
        anchors.load(null, null);
        for (int i = 0; i < all.size(); i++) {
            anchors.setCertificateEntry(Integer.toString(i), all.get(i));
        }
        return anchors;
    }

    private static X509Certificate[] usual() throws GeneralSecurityException {
        for (TrustManager manager : factory(null).getTrustManagers()) {
            if (manager instanceof X509TrustManager x509) {
                return x509.getAcceptedIssuers();
            }
        }
        return new X509Certificate[0];
    }

    /// With these anchors; null for those of the Java runtime.
    private static TrustManagerFactory factory(@Nullable KeyStore anchors) throws GeneralSecurityException {
        TrustManagerFactory factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        factory.init(anchors);
        return factory;
    }

    @Override
    public String toString() {
        return added.isEmpty() ? "[usual authorities]" : "[usual authorities and " + added.size() + " more]";
    }
}
