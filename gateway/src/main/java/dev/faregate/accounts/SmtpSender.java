package dev.faregate.accounts;

import jakarta.mail.Message;
import jakarta.mail.MessagingException;
import jakarta.mail.SendFailedException;
import jakarta.mail.Session;
import jakarta.mail.Transport;
import jakarta.mail.internet.InternetAddress;
import jakarta.mail.internet.MimeMessage;
import java.nio.charset.StandardCharsets;
import java.util.Date;
import java.util.Properties;
import org.eclipse.angus.mail.smtp.SMTPSendFailedException;
import org.jspecify.annotations.Nullable;

/// Hands one mail to the operator's mail server. Every wait has an end. Safe to share between threads.
final class SmtpSender implements MailSender {
    private static final String CONNECT_MS = "5000";
    private static final String WAIT_MS = "15000";

    /// Replies from here on will be the same next time (RFC 5321 section 4.2.1).
    private static final int FOR_GOOD = 500;

    private final MailSettings settings;
    private final Session session;

    SmtpSender(MailSettings settings) {
        this.settings = settings;
        Properties properties = new Properties();
        properties.setProperty("mail.smtp.host", settings.host());
        properties.setProperty("mail.smtp.port", Integer.toString(settings.port()));
        properties.setProperty("mail.smtp.connectiontimeout", CONNECT_MS);
        properties.setProperty("mail.smtp.timeout", WAIT_MS);
        properties.setProperty("mail.smtp.writetimeout", WAIT_MS);
        properties.setProperty("mail.smtp.auth", Boolean.toString(settings.username() != null));
        properties.put("mail.smtp.ssl.socketFactory", settings.authorities().sockets());
        properties.setProperty("mail.smtp.ssl.checkserveridentity", "true");
        switch (settings.security()) {
            case STARTTLS -> {
                properties.setProperty("mail.smtp.starttls.enable", "true");
                properties.setProperty("mail.smtp.starttls.required", "true");
            }
            case TLS -> properties.setProperty("mail.smtp.ssl.enable", "true");
            case NONE -> properties.setProperty("mail.smtp.starttls.enable", "false");
        }
        this.session = Session.getInstance(properties);
    }

    @Override
    public Result send(Mail mail) {
        try (Transport transport = session.getTransport("smtp")) {
            MimeMessage message = new MimeMessage(session);
            message.setFrom(new InternetAddress(settings.from(), true));
            message.setRecipient(Message.RecipientType.TO, new InternetAddress(mail.to(), true));
            message.setSubject(mail.subject(), StandardCharsets.UTF_8.name());
            message.setText(mail.text().reveal(), StandardCharsets.UTF_8.name());
            message.setSentDate(new Date());
            // Answers of machines would only come back to us (RFC 3834).
            message.setHeader("Auto-Submitted", "auto-generated");
            message.saveChanges();
            String password =
                    settings.password() == null ? null : settings.password().reveal();
            transport.connect(settings.host(), settings.port(), settings.username(), password);
            transport.sendMessage(message, message.getAllRecipients());
            return Result.SENT;
        } catch (MessagingException e) {
            return new Result(false, isForGood(e), words(e));
        }
    }

    private static boolean isForGood(MessagingException failure) {
        return failure instanceof SMTPSendFailedException refused && refused.getReturnCode() >= FOR_GOOD
                || failure instanceof SendFailedException && refusedAddress(failure.getNextException());
    }

    private static boolean refusedAddress(@Nullable Exception next) {
        return next instanceof org.eclipse.angus.mail.smtp.SMTPAddressFailedException refused
                && refused.getReturnCode() >= FOR_GOOD;
    }

    /// What went wrong, without what the mail said.
    private static String words(MessagingException failure) {
        Exception next = failure.getNextException();
        return failure.getClass().getSimpleName()
                + (next == null ? "" : " (" + next.getClass().getSimpleName() + ")");
    }
}
