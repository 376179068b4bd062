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

    /// Whether there are none but those of the Java runtime.
    public boolean areUsual() {
        return added.isEmpty();
    }

    /// For a library that takes trust managers.
    public TrustManagerFactory trustManagers() {
        try {
            List<X509Certificate> all = new ArrayList<>(List.of(usual()));
            all.addAll(added);
            KeyStore anchors = KeyStore.getInstance(KeyStore.getDefaultType());
            anchors.load(null, null);
            for (int i = 0; i < all.size(); i++) {
                anchors.setCertificateEntry(Integer.toString(i), all.get(i));
            }
            TrustManagerFactory factory = factory();
            factory.init(anchors);
            return factory;
        } catch (GeneralSecurityException | IOException e) {
            throw new IllegalStateException("trust in certificates cannot be set up: " + e.getMessage(), e);
        }
    }

    /// For a library that takes sockets.
    public SSLSocketFactory sockets() {
        try {
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(null, trustManagers().getTrustManagers(), null);
            return context.getSocketFactory();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("TLS cannot be set up: " + e.getMessage(), e);
        }
    }

    private static X509Certificate[] usual() throws GeneralSecurityException {
        TrustManagerFactory factory = factory();
        factory.init((KeyStore) null);
        for (TrustManager manager : factory.getTrustManagers()) {
            if (manager instanceof X509TrustManager x509) {
                return x509.getAcceptedIssuers();
            }
        }
        return new X509Certificate[0];
    }

    private static TrustManagerFactory factory() throws GeneralSecurityException {
        return TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    }

    @Override
    public String toString() {
        return areUsual() ? "[usual authorities]" : "[usual authorities and " + added.size() + " more]";
    }
}
