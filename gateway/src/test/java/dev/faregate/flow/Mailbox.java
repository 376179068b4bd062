package dev.faregate.flow;

import com.icegreen.greenmail.util.GreenMail;
import com.icegreen.greenmail.util.GreenMailUtil;
import com.icegreen.greenmail.util.ServerSetup;
import jakarta.mail.Message;
import jakarta.mail.MessagingException;
import jakarta.mail.internet.MimeMessage;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// A mail server that keeps what it is given, and finds links in it.
final class Mailbox implements AutoCloseable {
    private static final Pattern LINK = Pattern.compile("https?://[^\\s]+");
    private static final long STEP_MS = 20;

    private final GreenMail server;

    private Mailbox(GreenMail server) {
        this.server = server;
    }

    static Mailbox start() {
        GreenMail server = new GreenMail(new ServerSetup(0, "127.0.0.1", ServerSetup.PROTOCOL_SMTP));
        server.start();
        return new Mailbox(server);
    }

    int port() {
        return server.getSmtp().getPort();
    }

    /// Settings with which a server sends its mail here.
    String yaml() {
        return "mail: {host: 127.0.0.1, port: " + port() + ", security: none, from: 'Faregate <fare@example.com>'}\n";
    }

    /// The texts of all mails to an address so far, oldest first.
    List<String> textsTo(String address) {
        try {
            List<String> texts = new ArrayList<>();
            for (MimeMessage message : server.getReceivedMessages()) {
                if (message.getRecipients(Message.RecipientType.TO)[0]
                        .toString()
                        .equals(address)) {
                    texts.add(String.valueOf(message.getContent()));
                }
            }
            return texts;
        } catch (MessagingException | IOException e) {
            throw new IllegalStateException(e);
        }
    }

    int count() {
        return server.getReceivedMessages().length;
    }

    /// Everything that came, headers too.
    String raw() {
        StringBuilder all = new StringBuilder();
        for (MimeMessage message : server.getReceivedMessages()) {
            all.append(GreenMailUtil.getWholeMessage(message));
        }
        return all.toString();
    }

    /// Waits for mail number `count` to an address and answers its first link.
    String link(String address, int count) {
        long end = System.nanoTime() + TestServer.PATIENCE.toNanos();
        while (System.nanoTime() < end) {
            List<String> texts = textsTo(address);
            if (texts.size() >= count) {
                return firstLink(texts.get(count - 1));
            }
            pause();
        }
        throw new AssertionError("no mail number " + count + " to " + address);
    }

    /// The newest mail to that address that holds `part`; waits for it. Mails of earlier tests may still come.
    String textWith(String address, String part) {
        long end = System.nanoTime() + TestServer.PATIENCE.toNanos();
        while (System.nanoTime() < end) {
            for (String text : textsTo(address).reversed()) {
                if (text.contains(part)) {
                    return text;
                }
            }
            pause();
        }
        throw new AssertionError("no mail with \"" + part + "\" to " + address);
    }

    static String firstLink(String text) {
        Matcher link = LINK.matcher(text);
        if (!link.find()) {
            throw new AssertionError("no link in " + text);
        }
        return link.group();
    }

    /// The path and query of [#link], for a client of whichever port.
    String path(String address, int count) {
        return path(link(address, count));
    }

    static String path(String link) {
        return link.replaceFirst("https?://[^/]+", "");
    }

    private static void pause() {
        try {
            Thread.sleep(STEP_MS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void close() {
        server.stop();
    }
}
