package dev.faregate.server;

import dev.faregate.accounts.MailSettings;
import dev.faregate.accounts.SignUp;
import dev.faregate.base.Secret;
import dev.faregate.base.Usd;
import dev.faregate.http.AddressList;
import dev.faregate.server.Setting.Where;
import java.math.BigDecimal;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// The one table of all settings. docs/configuration.md shows exactly this table, and a test compares the
/// two.
///
/// A setting is read from its flag, else from its variable, else from the configuration file, else it is
/// its default. To add one: a constant here, a line in [#ALL], an accessor in [Config], a line in
/// `ConfigTest`.
public final class Settings {
    private static final Duration SHORTEST = Duration.ofMillis(1);
    private static final Duration LONGEST = Duration.ofHours(24);
    /// What a bootstrap key must have at least (design: the front door).
    private static final int BOOTSTRAP_KEY_LENGTH = 32;

    /// 32 bytes in base64 without padding.
    private static final int MASTER_KEY_LENGTH = 43;

    static final Setting<String> HOST = option("host", SettingType.text(), "127.0.0.1", "--host", """
            Address the API listens on; `0.0.0.0` is every address of the machine.""");
    static final Setting<Integer> PORT = option("port", SettingType.integer(0, 65535), "8080", "--port", """
            Port the API listens on; 0 takes a free one.""");
    static final Setting<String> ADMIN_HOST =
            option("admin.host", SettingType.text(), "127.0.0.1", "--admin-host", """
            Address of the admin listener (metrics, health).""");
    static final Setting<Integer> ADMIN_PORT =
            option("admin.port", SettingType.integer(0, 65535), "9090", "--admin-port", """
            Port of the admin listener; 0 takes a free one.""");
    static final Setting<Path> DATA = option("data", SettingType.path(), "./data", "--data", """
            Folder for everything this node keeps, such as its SQLite database and its own id.""");
    static final Setting<Path> CONFIG =
            new Setting<>("config", SettingType.path(), Config.DEFAULT_FILE, "--config", Where.OUTSIDE_FILE, """
            The configuration file. When it is named, it must exist; the default one need not.""");
    static final Setting<Secret> DATABASE_URL = option(
            "database.url",
            SettingType.secretUrl(List.of("postgresql://", "postgres://", "jdbc:postgresql://")),
            null,
            "--database",
            """
            A PostgreSQL database, `postgresql://user:password@host:5432/name`, instead of a SQLite file in the data folder. \
            May hold a password: prefer the variable to the flag.""");
    static final Setting<Duration> SILENT_AFTER = time("nodes.silent_after", "30s", """
            A node that gives no sign of life for so long is taken for dead, and the others charge what it held. The same on \
            every node; PostgreSQL only.""");
    static final Setting<Boolean> FREE_WHEN_CUT_OFF =
            plain("nodes.free_when_cut_off", SettingType.bool(), "false", """
            Whether free models are served to keys in memory while the database is out of reach, although a key may have been \
            disabled meanwhile; PostgreSQL only.""");
    static final Setting<Boolean> MODELS_PUBLIC = plain("models.public", SettingType.bool(), "true", """
            Whether the model lists answer without a key; a wrong key is refused in any case.""");
    static final Setting<Boolean> LEGACY_PKCE = plain("oauth.legacy_pkce", SettingType.bool(), "false", """
            Whether `/auth` also takes challenges in the clear, and none at all, as OpenRouter does; anybody who sees such a \
            redirect can take the key. The standard endpoints never do.""");
    static final Setting<Boolean> CLIENT_REGISTRATION = plain("oauth.registration", SettingType.bool(), "true", """
            Whether OAuth clients may register themselves (RFC 7591), as older MCP clients do. What nobody uses ends after a day.""");
    static final Setting<Boolean> BLOCK_IN_BROWSERS = plain("keys.block_in_browsers", SettingType.bool(), "false", """
            Whether keys that were made by hand are refused (403) where a web page sends them, that is with an `Origin` \
            header; keys that an app got by OAuth, and those of the Playground, go on working.""");
    static final Setting<URI> LEAKS_GITHUB_KEYS = plain("leaks.github_keys_url", SettingType.address(), null, """
            Where GitHub publishes the keys with which it signs its reports of leaked keys, \
            `https://api.github.com/meta/public_keys/secret_scanning`. Without it no reports of GitHub are taken.""");
    static final Setting<URI> LEAKS_GITLAB_KEYS = plain("leaks.gitlab_keys_url", SettingType.address(), null, """
            The same for GitLab's secret detection, as GitLab names it to its partners.""");
    static final Setting<String> DEFAULT_MODEL = plain("default_model", SettingType.text(), null, """
            The model of requests that name none; without it they are refused.""");
    static final Setting<String> PUBLIC_URL = plain("public_url", SettingType.text(), null, """
            Where people reach this server, such as `https://llm.example.com`: the links in error texts begin with it.""");
    static final Setting<Path> TLS_CERTIFICATE = plain("tls.certificate", SettingType.path(), null, """
            The certificates with which the API listener speaks HTTPS: PEM, the server's own first. A renewed file is taken up \
            within seconds. Without it the listener speaks HTTP, for the loopback address or a proxy in front.""");
    static final Setting<Path> TLS_KEY = plain("tls.key", SettingType.path(), null, """
            The private key of that certificate: PEM, without a password.""");
    static final Setting<AddressList> TRUSTED_PROXIES = plain("trusted_proxies", SettingType.networks(), null, """
            Addresses of proxies in front, or their networks (`10.0.0.0/8`), separated by commas: a client behind one of \
            them has the address that `X-Forwarded-For` says. Anybody else's header is ignored.""");
    static final Setting<Secret> BOOTSTRAP_KEY = variable("bootstrap.key", """
            The inference key of the first start, instead of a random one; it is then not printed. Only an empty store \
            takes it.""");
    static final Setting<Secret> BOOTSTRAP_MANAGEMENT_KEY = variable("bootstrap.management_key", """
            The same for the management key.""");
    static final Setting<Secret> MASTER_KEY =
            new Setting<>("master.key", SettingType.secret(MASTER_KEY_LENGTH), null, null, Where.ENVIRONMENT, """
            Seals provider keys and other secrets that have to be used again: 32 random bytes in base64. Without it, the file.""");
    static final Setting<Path> MASTER_KEY_FILE = plain("master.key_file", SettingType.path(), null, """
            The file that holds the master key, instead of `master.key` in the data folder, where one is made.""");
    static final Setting<Long> BYOK_FEE = plain("byok.fee_percent", SettingType.percent(), "0", """
            What a request on an own provider key is charged, in percent of its list price.""");
    static final Setting<SignUp> SIGN_UP = new Setting<>(
            "accounts.sign_up", SettingType.choice(List.of(SignUp.values())), "closed", null, Where.RELOADED, """
            Who may come to have an account besides the owner: everybody whose mail reaches them, with an organization of \
            their own that has to be granted credit (needs `mail.host`); whoever an organization invites; nobody.""");
    static final Setting<Integer> PASSWORD_LENGTH = count("accounts.password_min_length", 8, 64, "15", """
            Fewest characters of a new password. NIST wants 15 where a password alone opens an account, and 8 where a second \
            factor is always asked for.""");
    static final Setting<String> MAIL_HOST = plain("mail.host", SettingType.text(), null, """
            The mail server that takes our mail (SMTP). Without it no mail is sent: invitations are links to hand over, and \
            `./faregate reset-link` stands in for the reset by mail.""");
    static final Setting<Integer> MAIL_PORT = count("mail.port", 1, 65_535, "587", "Its port.");
    static final Setting<MailSettings.Security> MAIL_SECURITY =
            plain("mail.security", SettingType.choice(List.of(MailSettings.Security.values())), "starttls", """
            How the connection is kept private: TLS after a plain beginning, TLS at once (port 465), or not at all, for a \
            server on this machine.""");
    static final Setting<String> MAIL_USERNAME = plain("mail.username", SettingType.text(), null, """
            The account at the mail server, if it wants one.""");
    static final Setting<Secret> MAIL_PASSWORD =
            new Setting<>("mail.password", SettingType.secret(1), null, null, Where.ENVIRONMENT, """
            The password of that account.""");
    static final Setting<String> MAIL_FROM = plain("mail.from", SettingType.text(), null, """
            Whom our mail is from, such as `Faregate <faregate@example.com>`; needed with `mail.host`.""");
    static final Setting<Set<String>> EGRESS_ALLOWED = plain("egress.allowed_hosts", SettingType.hosts(), null, """
            Hosts that addresses set by users may lead to although they are inside your network or on an unusual port: names or \
            addresses, separated by commas.""");
    static final Setting<Path> EGRESS_CA_FILE = plain("egress.ca_file", SettingType.path(), null, """
            Certificate authorities (PEM) trusted besides those of the Java runtime, for everything that is called: providers, \
            mail, sign-in providers, destinations. For servers inside whose certificates your own authority signs.""");
    static final Setting<Config.LogFormat> LOG_FORMAT =
            plain("log.format", SettingType.choice(List.of(Config.LogFormat.values())), "text", """
            `text` for people, `json` for machines: one object per line. Logs go to stderr.""");
    static final Setting<Config.LogLevel> LOG_LEVEL = new Setting<>(
            "log.level", SettingType.choice(List.of(Config.LogLevel.values())), "info", null, Where.RELOADED, """
            What is logged: this level and above.""");

    static final Setting<Integer> BODY = size("limits.body", "32MiB", "Largest request body; more is 413.");
    static final Setting<Integer> JSON_DEPTH = count("limits.json_depth", 4, 64, "64", """
            Deepest nesting of a JSON body; more is 400.""");
    static final Setting<Integer> HEADER = size("limits.header", "32KiB", "Largest request head; more is 431.");
    static final Setting<Integer> HEADERS = count("limits.headers", 10, 1_000, "100", """
            Most headers of a request; more is 431.""");
    static final Setting<Integer> FILE_PARTS = count("limits.file_parts", 0, 10_000, "100", """
            Most files in one request.""");
    static final Setting<Integer> TOOLS = count("limits.tools", 0, 10_000, "512", "Most tools in one request.");
    static final Setting<Integer> INPUTS = count("limits.inputs", 1, 100_000, "2048", """
            Most inputs of one embeddings request, and most documents of one rerank request.""");
    static final Setting<Integer> IMAGES = count("limits.images", 1, 10, "10", """
            Most images that one request may ask for.""");
    static final Setting<Integer> PER_KEY = count("limits.requests_per_key", 1, 1_000_000, "256", """
            Requests of one key that may run at the same time; more is 429.""");
    static final Setting<Integer> PER_NODE = count("limits.requests", 1, 1_000_000, "10000", """
            Requests that may run at the same time on this node.""");
    static final Setting<Integer> QUEUE = count("limits.queue", 0, 1_000_000, "1000", """
            Requests that may wait for a place on this node; more is 503 with Retry-After.""");
    static final Setting<Integer> STREAM_BUFFER = size("limits.stream_buffer", "256KiB", """
            Bytes kept for a client that reads slowly; then reading from the provider pauses.""");
    static final Setting<Integer> UNAUTHORIZED = count("limits.unauthorized_per_minute", 1, 1_000_000, "60", """
            Answers 401 to one address in a minute; then it gets 429.""");

    static final Setting<Integer> LEAST_TOKENS = count("limits.least_tokens", 1, 1_000_000, "16", """
            An answer is shortened to what is affordable, but not to fewer tokens than this; then it is 402.""");

    static final Setting<Duration> HEADER_TIME = time("timeouts.header", "10s", """
            For a client to send a whole request head, also on a connection that has sent nothing yet.""");
    static final Setting<Duration> BODY_TIME = time("timeouts.body", "60s", """
            For a client to send a whole request body.""");
    static final Setting<Duration> CLIENT_IDLE = time("timeouts.client_idle", "60s", """
            For a connection that is kept open between requests.""");
    static final Setting<Duration> CONNECT = time("timeouts.connect", "2s", "For a connection to a provider.");
    static final Setting<Duration> TLS = time("timeouts.tls", "3s", "For the TLS handshake with a provider.");
    static final Setting<Duration> FIRST_EVENT = time("timeouts.first_event", "120s", """
            For the first event of a stream from a provider.""");
    static final Setting<Duration> BETWEEN_EVENTS = time("timeouts.between_events", "60s", """
            Between two events of a stream from a provider; pings do not count as events.""");
    static final Setting<Duration> REQUEST = time("timeouts.request", "30m", """
            For a whole request; also the only limit for the first byte of an answer that is not a stream.""");
    static final Setting<Duration> KEEP_ALIVE = time("timeouts.keep_alive_comment", "5s", """
            Silence in a stream after which the client is sent a comment, only between events.""");
    static final Setting<Duration> BALANCER = time("timeouts.balancer", "5s", """
            Between failing readiness and refusing connections when the server stops, for balancers to notice.""");
    static final Setting<Duration> DRAIN = time("timeouts.drain", "30s", """
            For running requests to finish when the server stops.""");

    static final Setting<Duration> SPOOL_AFTER = time("ledger.spool_after", "250ms", """
            For the database to confirm a charge; then the charge is written to the spool in the data folder, so that the \
            client need not wait.""");
    static final Setting<Integer> SPOOL_SIZE = size("ledger.spool_size", "64MiB", """
            Largest spool. When it is full, nothing priced is admitted until the database has caught up.""");
    static final Setting<Integer> RESERVE = plain("disk.reserve", SettingType.bytes(0), "64MiB", """
            Disk space kept back in the data folder, so that charges can still be stored when the disk is full; 0 is none.""");

    static final Setting<Boolean> IO_LOGGING = plain("io_logging.enabled", SettingType.bool(), "false", """
            Whether prompts and answers are stored, for `GET /generation/content`.""");
    static final Setting<BigDecimal> IO_SAMPLING = plain("io_logging.sampling_rate", SettingType.fraction(), "1", """
            Which part of the requests is stored when that is on.""");
    static final Setting<Integer> DETAILS_DAYS = count("retention.details_days", 1, 3_650, "90", """
            Days after which the details of a generation are deleted, with its prompt and answer; charges and roll-ups stay.""");
    static final Setting<Usd> ALERT_FLOOR = plain("spend_alerts.floor", SettingType.dollars(), "5", """
            USD that a key must have spent on a day (UTC) before anybody is told that it is unusual.""");
    static final Setting<BigDecimal> ALERT_FACTOR =
            plain("spend_alerts.factor", SettingType.decimal(1, 1_000), "4", """
            How many times what is usual for a key counts as unusual.""");
    static final Setting<Duration> ALERT_INTERVAL =
            plain("spend_alerts.interval", SettingType.duration(Duration.ZERO, Duration.ofDays(1)), "5m", """
            Time between two looks for keys with unusual spend; 0s is never.""");
    static final Setting<Usd> PLAYGROUND_LIMIT = plain("playground.daily_limit", SettingType.dollars(), "1", """
            USD a day (UTC) that the key of somebody's Playground may spend when it is made; later its limit is changed like that \
            of any other key.""");
    static final Setting<Config.RankingScope> RANKINGS_SCOPE =
            plain("rankings.scope", SettingType.choice(List.of(Config.RankingScope.values())), "organization", """
            Whose usage the rankings of apps and models add up: of the caller's organization, or of all of them.""");
    static final Setting<String> RANKINGS_HIDDEN = plain("rankings.hidden", SettingType.text(), null, """
            Origins of apps that are in no ranking, separated by commas: `https://one.example,https://two.example`.""");

    /// Every setting, in the order of the documentation.
    public static final List<Setting<?>> ALL = List.of(
            HOST,
            PORT,
            ADMIN_HOST,
            ADMIN_PORT,
            DATA,
            CONFIG,
            DATABASE_URL,
            SILENT_AFTER,
            FREE_WHEN_CUT_OFF,
            MODELS_PUBLIC,
            LEGACY_PKCE,
            CLIENT_REGISTRATION,
            BLOCK_IN_BROWSERS,
            LEAKS_GITHUB_KEYS,
            LEAKS_GITLAB_KEYS,
            DEFAULT_MODEL,
            PUBLIC_URL,
            TLS_CERTIFICATE,
            TLS_KEY,
            TRUSTED_PROXIES,
            BOOTSTRAP_KEY,
            BOOTSTRAP_MANAGEMENT_KEY,
            MASTER_KEY,
            MASTER_KEY_FILE,
            BYOK_FEE,
            SIGN_UP,
            PASSWORD_LENGTH,
            MAIL_HOST,
            MAIL_PORT,
            MAIL_SECURITY,
            MAIL_USERNAME,
            MAIL_PASSWORD,
            MAIL_FROM,
            EGRESS_ALLOWED,
            EGRESS_CA_FILE,
            LOG_FORMAT,
            LOG_LEVEL,
            BODY,
            JSON_DEPTH,
            HEADER,
            HEADERS,
            FILE_PARTS,
            TOOLS,
            INPUTS,
            IMAGES,
            PER_KEY,
            PER_NODE,
            QUEUE,
            STREAM_BUFFER,
            UNAUTHORIZED,
            LEAST_TOKENS,
            HEADER_TIME,
            BODY_TIME,
            CLIENT_IDLE,
            CONNECT,
            TLS,
            FIRST_EVENT,
            BETWEEN_EVENTS,
            REQUEST,
            KEEP_ALIVE,
            BALANCER,
            DRAIN,
            SPOOL_AFTER,
            SPOOL_SIZE,
            RESERVE,
            IO_LOGGING,
            IO_SAMPLING,
            DETAILS_DAYS,
            ALERT_FLOOR,
            ALERT_FACTOR,
            ALERT_INTERVAL,
            PLAYGROUND_LIMIT,
            RANKINGS_SCOPE,
            RANKINGS_HIDDEN);

    private Settings() {}

    /// A setting by its full name.
    public static Optional<Setting<?>> find(String name) {
        return ALL.stream().filter(setting -> setting.name().equals(name)).findFirst();
    }

    /// The table of docs/configuration.md.
    static String markdown() {
        StringBuilder table = new StringBuilder("| setting | flag | variable | type | default | meaning |\n");
        table.append("|---|---|---|---|---|---|\n");
        for (Setting<?> setting : ALL) {
            String flag = setting.flag() == null ? "" : "`" + setting.flag() + "`";
            String fallback = setting.fallback() == null ? "not set" : "`" + setting.fallback() + "`";
            table.append("| `%s` | %s | `%s` | %s | %s | %s |\n"
                    .formatted(
                            setting.name(),
                            flag,
                            setting.variable(),
                            setting.type().description(),
                            fallback,
                            setting.meaning()));
        }
        return table.toString();
    }

    private static <T> Setting<T> option(
            String name, SettingType<T> type, @Nullable String fallback, String flag, String meaning) {
        return new Setting<>(name, type, fallback, flag, Where.ANYWHERE, meaning);
    }

    private static <T> Setting<T> plain(String name, SettingType<T> type, @Nullable String fallback, String meaning) {
        return new Setting<>(name, type, fallback, null, Where.ANYWHERE, meaning);
    }

    private static Setting<Secret> variable(String name, String meaning) {
        return new Setting<>(name, SettingType.secret(BOOTSTRAP_KEY_LENGTH), null, null, Where.ENVIRONMENT, meaning);
    }

    private static Setting<Integer> count(String name, int min, int max, String fallback, String meaning) {
        return plain(name, SettingType.integer(min, max), fallback, meaning);
    }

    private static Setting<Integer> size(String name, String fallback, String meaning) {
        return plain(name, SettingType.bytes(1024), fallback, meaning);
    }

    private static Setting<Duration> time(String name, String fallback, String meaning) {
        return plain(name, SettingType.duration(SHORTEST, LONGEST), fallback, meaning);
    }
}
