package dev.faregate.accounts;

import dev.faregate.base.Authorities;
import dev.faregate.base.Secret;
import jakarta.mail.internet.AddressException;
import jakarta.mail.internet.InternetAddress;
import org.jspecify.annotations.Nullable;

/// The mail server that takes our mail. `from` is a mailbox as RFC 5322 writes it, with or without a
/// name; `authorities` vouch for the server.
public record MailSettings(
        String host,
        int port,
        Security security,
        @Nullable String username,
        @Nullable Secret password,
        String from,
        Authorities authorities) {
    public enum Security {
        /// Plain at first, then TLS, or nothing is sent (RFC 3207).
        STARTTLS,
        /// TLS from the first byte (RFC 8314).
        TLS,
        /// Plain: for a server on this machine.
        NONE
    }

    /// True for one mailbox that can stand in From.
    public static boolean isMailbox(String text) {
        try {
            return InternetAddress.parse(text, true).length == 1;
        } catch (AddressException e) {
            return false;
        }
    }
}
