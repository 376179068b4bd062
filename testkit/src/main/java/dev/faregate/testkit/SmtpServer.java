package dev.faregate.testkit;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CopyOnWriteArrayList;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.SSLSocketFactory;
import org.jspecify.annotations.Nullable;

/// A mail server on a real socket: as much of SMTP (RFC 5321), STARTTLS (RFC 3207) and AUTH PLAIN (RFC 4954)
/// as a client needs. It keeps what it was told, and whether TLS lay around it. Thread-safe.
public final class SmtpServer implements AutoCloseable {
    private static final int PATIENCE_MS = 10_000;
    private static final int MAX_LINE = 4_096;
    private static final int MAX_MAIL = 1 << 20;

    /// When TLS begins.
    public enum Security {
        NONE,
        /// After the command of that name.
        STARTTLS,
        /// With the first byte (RFC 8314).
        TLS
    }

    /// Who may send: nobody else gets past AUTH.
    public record Login(String user, String password) {}

    /// A mail that was taken; `user` is who had logged in, or empty.
    public record Taken(String from, String to, String text, boolean encrypted, String user) {}

    private final ServerSocket listener;
    private final Security security;
    private final @Nullable Login login;
    private final SSLSocketFactory tls;
    private final List<Taken> mails = new CopyOnWriteArrayList<>();
    private final List<String> commands = new CopyOnWriteArrayList<>();

    private SmtpServer(ServerSocket listener, Security security, @Nullable Login login, SSLSocketFactory tls) {
        this.listener = listener;
        this.security = security;
        this.login = login;
        this.tls = tls;
    }

    /// Listens on a free port of 127.0.0.1. Without a login everybody may send.
    public static SmtpServer start(Security security, SelfSigned identity, @Nullable Login login) {
        try {
            ServerSocket listener = new ServerSocket(0, 50, InetAddress.getByName("127.0.0.1"));
            SmtpServer server =
                    new SmtpServer(listener, security, login, context(identity).getSocketFactory());
            Thread.ofVirtual().start(server::accept);
            return server;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static SSLContext context(SelfSigned identity) {
        try {
            char[] none = new char[0];
            KeyStore store = KeyStore.getInstance("PKCS12");
            store.load(null, none);
            store.setKeyEntry(
                    "server", identity.key(), none, new java.security.cert.Certificate[] {identity.certificate()});
            KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
            keys.init(store, none);
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(keys.getKeyManagers(), null, null);
            return context;
        } catch (GeneralSecurityException | IOException e) {
            throw new IllegalStateException(e);
        }
    }

    public int port() {
        return listener.getLocalPort();
    }

    public List<Taken> mails() {
        return List.copyOf(mails);
    }

    /// The verbs it was sent, in order; those without TLS around them begin with `plain `.
    public List<String> commands() {
        return List.copyOf(commands);
    }

    private void accept() {
        while (!listener.isClosed()) {
            try {
                Socket socket = listener.accept();
                socket.setSoTimeout(PATIENCE_MS);
                Thread.ofVirtual().start(() -> serve(socket));
            } catch (IOException e) {
                return;
            }
        }
    }

    /// A client that goes away, or trusts nobody, just ends its conversation.
    private void serve(Socket socket) {
        try (socket) {
            Conversation conversation = new Conversation(security == Security.TLS ? secured(socket) : socket);
            conversation.say("220 mail.example ESMTP");
            conversation.run();
        } catch (IOException e) {
            commands.add("broken off");
        }
    }

    private SSLSocket secured(Socket socket) throws IOException {
        SSLSocket secured = (SSLSocket) tls.createSocket(socket, null, true);
        secured.setUseClientMode(false);
        secured.startHandshake();
        return secured;
    }

    private final class Conversation {
        private Socket socket;
        private String user = "";
        private String from = "";
        private String to = "";

        Conversation(Socket socket) {
            this.socket = socket;
        }

        void run() throws IOException {
            String line = line();
            while (line != null) {
                String verb = line.split("[ :]", 2)[0].toUpperCase(Locale.ROOT);
                commands.add(encrypted() ? verb : "plain " + verb);
                if (verb.equals("QUIT")) {
                    say("221 Bye");
                    return;
                }
                answer(verb, line.substring(verb.length()).strip());
                line = line();
            }
        }

        private boolean encrypted() {
            return socket instanceof SSLSocket;
        }

        private void answer(String verb, String rest) throws IOException {
            switch (verb) {
                case "EHLO" -> greet();
                case "STARTTLS" -> startTls();
                case "AUTH" -> authenticate(rest);
                case "MAIL", "RCPT" -> envelope(verb, rest);
                case "DATA" -> take();
                case "RSET", "NOOP" -> say("250 OK");
                default -> say("502 Command not implemented");
            }
        }

        private void greet() throws IOException {
            say("250-mail.example");
            if (security == Security.STARTTLS && !encrypted()) {
                say("250-STARTTLS");
            }
            if (login != null) {
                say("250-AUTH PLAIN");
            }
            say("250 8BITMIME");
        }

        /// RFC 3207 section 4.2: what was said before does not count any more.
        private void startTls() throws IOException {
            if (security != Security.STARTTLS || encrypted()) {
                say("502 Command not implemented");
                return;
            }
            say("220 Ready to start TLS");
            socket = secured(socket);
            user = "";
        }

        /// RFC 4616: who to act as, which is nobody else here, who it is, and the password.
        private void authenticate(String rest) throws IOException {
            String[] words = rest.split(" ");
            if (login == null || words.length != 2 || !words[0].equalsIgnoreCase("PLAIN")) {
                say("504 5.5.4 Unrecognized authentication type");
                return;
            }
            String said = new String(Base64.getDecoder().decode(words[1]), StandardCharsets.UTF_8);
            String right = "\0" + login.user() + "\0" + login.password();
            boolean isRight = said.equals(right) || said.equals(login.user() + right);
            user = isRight ? login.user() : "";
            say(isRight ? "235 Authenticated" : "535 5.7.8 Authentication credentials invalid");
        }

        private void envelope(String verb, String rest) throws IOException {
            if (login != null && user.isEmpty()) {
                say("530 5.7.0 Authentication required");
                return;
            }
            String address = rest.replaceFirst("(?i)^(FROM|TO):\\s*<([^>]*)>.*$", "$2");
            if (verb.equals("MAIL")) {
                from = address;
            } else {
                to = address;
            }
            say("250 OK");
        }

        private void take() throws IOException {
            say("354 End with a dot");
            StringBuilder text = new StringBuilder();
            String line = line();
            while (line != null && !line.equals(".") && text.length() < MAX_MAIL) {
                text.append(line.startsWith(".") ? line.substring(1) : line).append('\n');
                line = line();
            }
            mails.add(new Taken(from, to, text.toString(), encrypted(), user));
            say("250 Taken");
        }

        void say(String line) throws IOException {
            OutputStream out = socket.getOutputStream();
            out.write((line + "\r\n").getBytes(StandardCharsets.UTF_8));
            out.flush();
        }

        /// Byte by byte: nothing that belongs to the TLS handshake may be read along. Null at the end.
        private @Nullable String line() throws IOException {
            InputStream in = socket.getInputStream();
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            for (int next = in.read(); next >= 0 && bytes.size() < MAX_LINE; next = in.read()) {
                if (next == '\n') {
                    return bytes.toString(StandardCharsets.UTF_8).stripTrailing();
                }
                bytes.write(next);
            }
            return null;
        }
    }

    @Override
    public void close() {
        try {
            listener.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
