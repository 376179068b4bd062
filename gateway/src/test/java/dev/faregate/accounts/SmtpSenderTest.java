package dev.faregate.accounts;

import static org.assertj.core.api.Assertions.assertThat;

import dev.faregate.accounts.MailSettings.Security;
import dev.faregate.base.Authorities;
import dev.faregate.base.Secret;
import dev.faregate.testkit.SelfSigned;
import dev.faregate.testkit.SmtpServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.CertificateException;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// What `mail.security`, `mail.username` and the password do on the wire: no password and no mail without the TLS that
/// was asked for.
@Timeout(60)
class SmtpSenderTest {
    private static final String PASSWORD = "planted-mail-password";
    private static final SmtpServer.Login LOGIN = new SmtpServer.Login("faregate", PASSWORD);
    private static final SelfSigned IDENTITY = SelfSigned.create();
    private static final Mail MAIL =
            new Mail("ada@example.com", "Grüße", Secret.of("A link:\n.https://llm.example.com/reset?token=1\n"));

    @TempDir
    private Path folder;

    private SmtpSender sender(
            SmtpServer server, Security security, @Nullable String password, @Nullable SelfSigned trusted) {
        return new SmtpSender(new MailSettings(
                "127.0.0.1",
                server.port(),
                security,
                password == null ? null : LOGIN.user(),
                password == null ? null : Secret.of(password),
                "Faregate <fare@example.com>",
                trusted == null ? Authorities.USUAL : trusting(trusted)));
    }

    private Authorities trusting(SelfSigned authority) {
        try {
            return Authorities.with(Files.writeString(folder.resolve("ca.pem"), authority.pem()));
        } catch (CertificateException | IOException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void startTlsLiesAroundLoginAndMail() {
        try (SmtpServer server = SmtpServer.start(SmtpServer.Security.STARTTLS, IDENTITY, LOGIN)) {
            MailSender.Result result =
                    sender(server, Security.STARTTLS, PASSWORD, IDENTITY).send(MAIL);
            assertThat(result).isEqualTo(MailSender.Result.SENT);
            assertThat(server.commands())
                    .startsWith("plain EHLO", "plain STARTTLS", "EHLO", "AUTH", "MAIL", "RCPT", "DATA");
            SmtpServer.Taken taken = server.mails().getFirst();
            assertThat(taken.encrypted()).isTrue();
            assertThat(taken.user()).isEqualTo("faregate");
            assertThat(taken.from()).isEqualTo("fare@example.com");
            assertThat(taken.to()).isEqualTo("ada@example.com");
            assertThat(taken.text())
                    .contains("From: Faregate <fare@example.com>", "Auto-Submitted: auto-generated")
                    .contains("\n.https://llm.example.com/reset?token=1\n");
        }
    }

    @Test
    void tlsLiesAroundEverythingFromTheFirstByte() {
        try (SmtpServer server = SmtpServer.start(SmtpServer.Security.TLS, IDENTITY, LOGIN)) {
            assertThat(sender(server, Security.TLS, PASSWORD, IDENTITY).send(MAIL))
                    .isEqualTo(MailSender.Result.SENT);
            assertThat(server.commands()).startsWith("EHLO", "AUTH", "MAIL", "RCPT", "DATA");
            assertThat(server.mails().getFirst().encrypted()).isTrue();
        }
    }

    /// Somebody on the way may have taken the offer out (RFC 3207 section 6).
    @Test
    void sendsNeitherPasswordNorMailToAServerThatOffersNoStartTls() {
        try (SmtpServer server = SmtpServer.start(SmtpServer.Security.NONE, IDENTITY, LOGIN)) {
            refused(
                    server,
                    sender(server, Security.STARTTLS, PASSWORD, IDENTITY).send(MAIL));
            assertThat(server.commands()).contains("plain EHLO").doesNotContain("plain AUTH", "plain MAIL");
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"STARTTLS", "TLS"})
    void refusesACertificateThatNobodyTrusts(Security security) {
        try (SmtpServer server = SmtpServer.start(SmtpServer.Security.valueOf(security.name()), IDENTITY, LOGIN)) {
            MailSender.Result result = sender(server, security, PASSWORD, null).send(MAIL);
            refused(server, result);
            assertThat(result.words()).contains("SSLHandshakeException");
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"STARTTLS", "TLS"})
    void refusesATrustedCertificateOfAnotherHost(Security security) {
        SelfSigned other = SelfSigned.createFor("mail.example.com");
        try (SmtpServer server = SmtpServer.start(SmtpServer.Security.valueOf(security.name()), other, LOGIN)) {
            refused(server, sender(server, security, PASSWORD, other).send(MAIL));
        }
    }

    @Test
    void aWrongPasswordIsTriedAgainLaterAndNeverTold() {
        try (SmtpServer server = SmtpServer.start(SmtpServer.Security.STARTTLS, IDENTITY, LOGIN)) {
            MailSender.Result result = sender(server, Security.STARTTLS, "another-password", IDENTITY)
                    .send(MAIL);
            refused(server, result);
            assertThat(result.words())
                    .contains("AuthenticationFailedException")
                    .doesNotContain("another-password", "faregate");
            assertThat(server.commands()).contains("AUTH").doesNotContain("MAIL");
        }
    }

    @Test
    void withoutALoginNothingIsToldToAServerThatWantsOne() {
        try (SmtpServer server = SmtpServer.start(SmtpServer.Security.STARTTLS, IDENTITY, LOGIN)) {
            MailSender.Result result =
                    sender(server, Security.STARTTLS, null, IDENTITY).send(MAIL);
            assertThat(result.sent()).isFalse();
            assertThat(server.commands()).doesNotContain("AUTH");
            assertThat(server.mails()).isEmpty();
        }
    }

    @Test
    void plainMeansPlainAlsoWhereTheServerOffersMore() {
        try (SmtpServer server = SmtpServer.start(SmtpServer.Security.STARTTLS, IDENTITY, null)) {
            assertThat(sender(server, Security.NONE, null, null).send(MAIL)).isEqualTo(MailSender.Result.SENT);
            assertThat(server.commands())
                    .isEqualTo(List.of("plain EHLO", "plain MAIL", "plain RCPT", "plain DATA", "plain QUIT"));
        }
    }

    /// Not taken, and worth another attempt: the operator can mend it.
    private static void refused(SmtpServer server, MailSender.Result result) {
        assertThat(result.sent()).isFalse();
        assertThat(result.forGood()).isFalse();
        assertThat(server.mails()).isEmpty();
        assertThat(server.commands()).doesNotContain("plain AUTH", "plain MAIL", "MAIL");
    }
}
