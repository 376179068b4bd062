package dev.faregate.server;

import dev.faregate.accounts.AccountParts;
import dev.faregate.accounts.MailSettings;
import dev.faregate.accounts.SignUp;
import dev.faregate.base.Authorities;
import dev.faregate.base.Secret;
import dev.faregate.base.Usd;
import dev.faregate.http.AddressList;
import dev.faregate.leaks.LeakParts;
import dev.faregate.system.Configuration;
import dev.faregate.usage.DatasetsHandler;
import dev.faregate.usage.SpendWatch;
import dev.faregate.usage.UnusualSpend;
import dev.faregate.usage.UsageParts;
import java.io.IOException;
import java.io.InputStream;
import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.CertificateException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// Everything the operator decided, read once and immutable. A change in the file makes a new one (see
/// [ConfigFile]). Nothing in it prints a secret.
///
/// `warnings` are for the log: what was set but means nothing. `authorities` vouch for the servers that we call.
///
/// Long because every setting that a part asks for has its accessor here.
public record Config(
        Sources sources, Values values, ConfigDocument document, List<String> warnings, Authorities authorities) {
    static final String DEFAULT_FILE = "faregate.yaml";

    /// Parts of the file that are not settings; whoever owns one reads it from [#document].
    static final Set<String> SECTIONS = Set.of("providers", "models", "unpriced");

    /// Variables that begin like ours but belong to the launcher, or to programs that call us.
    static final Set<String> FOREIGN_VARIABLES = Set.of(
            "FAREGATE_JAVA_HOME", "FAREGATE_JDK_FOLDERS", "FAREGATE_JAVA_OPTS", "FAREGATE_AOT", "FAREGATE_API_KEY");

    /// Where a configuration comes from: flags by the name of their setting, the variables, and the
    /// folder that relative paths start from.
    public record Sources(Map<String, String> flags, Environment environment, Path directory) {
        public Sources {
            flags = Map.copyOf(flags);
        }
    }

    public enum LogFormat {
        TEXT,
        JSON
    }

    public enum LogLevel {
        ERROR,
        WARN,
        INFO,
        DEBUG
    }

    public enum RankingScope {
        ORGANIZATION,
        INSTALLATION
    }

    /// An address to listen on; port 0 takes a free one.
    public record Address(String host, int port) {}

    /// Keys given for the first start (design: the front door).
    public record Bootstrap(@Nullable Secret key, @Nullable Secret managementKey) {}

    public record Log(LogFormat format, LogLevel level) {}

    /// Sizes in bytes, the rest counts.
    public record Limits(
            int bodyBytes,
            int jsonDepth,
            int headerBytes,
            int headers,
            int fileParts,
            int tools,
            int inputs,
            int images,
            int requestsPerKey,
            int requests,
            int queue,
            int streamBufferBytes,
            int unauthorizedPerMinute) {}

    public record Timeouts(
            Duration header,
            Duration body,
            Duration clientIdle,
            Duration connect,
            Duration tls,
            Duration firstEvent,
            Duration betweenEvents,
            Duration request,
            Duration keepAliveComment,
            Duration balancer,
            Duration drain) {}

    /// Where charges wait when the database does not take them; sizes in bytes.
    public record Durability(Duration spoolAfter, int spoolBytes, int reserveBytes) {}

    /// What each setting is, whoever set it.
    public static final class Values {
        private final Map<Setting<?>, Object> values;

        private Values(Map<Setting<?>, Object> values) {
            this.values = Map.copyOf(values);
        }

        @SuppressWarnings("unchecked") // a setting's value was made by its own type
        public <T> @Nullable T find(Setting<T> setting) {
            return (T) values.get(setting);
        }

        /// The value of a setting that has a default.
        public <T> T get(Setting<T> setting) {
            T value = find(setting);
            if (value == null) {
                throw new IllegalStateException(setting.name() + " has no value");
            }
            return value;
        }

        @Override
        public String toString() {
            return "[settings]";
        }
    }

    /// Reads flags, variables and the file. Throws [ConfigException] with one line that names what is
    /// wrong.
    public static Config load(Sources sources) {
        List<String> warnings = new ArrayList<>(unknownVariables(sources.environment()));
        String named = outsideFile(Settings.CONFIG, sources);
        String label = named == null ? DEFAULT_FILE : named;
        Path file = sources.directory().resolve(label);
        ConfigDocument document = ConfigDocument.empty();
        if (named != null || Files.exists(file)) {
            document = ConfigDocument.parse(label, text(file), sources.environment());
        }
        Map<String, JsonNode> inFile = new HashMap<>();
        flatten(document, document.root(), "", inFile);
        Values values = values(sources, document, inFile);
        Config config = new Config(sources, values, document, List.copyOf(warnings), authorities(sources, values));
        config.accounts();
        config.tls();
        return config;
    }

    public Address listener() {
        return new Address(values.get(Settings.HOST), values.get(Settings.PORT));
    }

    public Address admin() {
        return new Address(values.get(Settings.ADMIN_HOST), values.get(Settings.ADMIN_PORT));
    }

    /// The data folder, absolute; it need not exist.
    public Path data() {
        return sources.directory().resolve(values.get(Settings.DATA)).normalize();
    }

    /// The configuration file, absolute; it need not exist unless it was named.
    public Path file() {
        return sources.directory().resolve(values.get(Settings.CONFIG)).normalize();
    }

    /// The shared PostgreSQL database, or null for the SQLite file in the data folder.
    public @Nullable Secret databaseUrl() {
        return values.find(Settings.DATABASE_URL);
    }

    /// When another node on the same database counts as dead.
    public Duration silentAfter() {
        return values.get(Settings.SILENT_AFTER);
    }

    public boolean freeWhenCutOff() {
        return values.get(Settings.FREE_WHEN_CUT_OFF);
    }

    /// Whether keys that were made by hand are refused where a web page sends them.
    public boolean blockKeysInBrowsers() {
        return values.get(Settings.BLOCK_IN_BROWSERS);
    }

    /// Whether `/auth` takes challenges in the clear, and none at all (design D3).
    public boolean legacyPkce() {
        return values.get(Settings.LEGACY_PKCE);
    }

    /// Whether OAuth clients may register themselves.
    public boolean clientRegistration() {
        return values.get(Settings.CLIENT_REGISTRATION);
    }

    /// Whose reports of leaked keys are taken.
    public LeakParts.Options leaks() {
        return new LeakParts.Options(values.find(Settings.LEAKS_GITHUB_KEYS), values.find(Settings.LEAKS_GITLAB_KEYS));
    }

    public boolean modelsPublic() {
        return values.get(Settings.MODELS_PUBLIC);
    }

    /// What a new key of the Playground may spend in a day.
    public Usd playgroundLimit() {
        return values.get(Settings.PLAYGROUND_LIMIT);
    }

    /// The model of requests that name none, or null.
    public @Nullable String defaultModel() {
        return values.find(Settings.DEFAULT_MODEL);
    }

    /// The address people use, without a trailing slash; empty when it is not known.
    public String publicUrl() {
        String url = values.find(Settings.PUBLIC_URL);
        return url == null ? "" : url.endsWith("/") ? url.substring(0, url.length() - 1) : url;
    }

    /// The files of a certificate and of its private key, absolute.
    public record Tls(Path certificate, Path key) {}

    /// How the listener speaks HTTPS; empty for plain HTTP. Throws [ConfigException] when only one file is named.
    public Optional<Tls> tls() {
        Path certificate = values.find(Settings.TLS_CERTIFICATE);
        Path key = values.find(Settings.TLS_KEY);
        if (certificate == null && key == null) {
            return Optional.empty();
        }
        if (certificate == null || key == null) {
            throw new ConfigException("tls.certificate and tls.key are needed together.");
        }
        return Optional.of(new Tls(
                sources.directory().resolve(certificate).normalize(),
                sources.directory().resolve(key).normalize()));
    }

    /// Whether people reach this server by HTTPS: its own, or that of a proxy that `public_url` tells of.
    public boolean isReachedByHttps() {
        return publicUrl().isEmpty() ? tls().isPresent() : publicUrl().startsWith("https://");
    }

    /// Proxies whose `X-Forwarded-For` names the client.
    public AddressList trustedProxies() {
        AddressList proxies = values.find(Settings.TRUSTED_PROXIES);
        return proxies == null ? AddressList.NONE : proxies;
    }

    public Bootstrap bootstrap() {
        return new Bootstrap(values.find(Settings.BOOTSTRAP_KEY), values.find(Settings.BOOTSTRAP_MANAGEMENT_KEY));
    }

    /// The master key as text, or null for the one in [#masterKeyFile].
    public @Nullable Secret masterKey() {
        return values.find(Settings.MASTER_KEY);
    }

    /// Whether nobody gave this node a master key, so that it makes one that no other node has.
    public boolean masterKeyIsOurOwn() {
        return masterKey() == null && values.find(Settings.MASTER_KEY_FILE) == null;
    }

    /// The file of the master key, absolute; without `master.key_file` the one in the data folder.
    public Path masterKeyFile() {
        Path named = values.find(Settings.MASTER_KEY_FILE);
        return named == null
                ? data().resolve("master.key")
                : sources.directory().resolve(named).normalize();
    }

    /// Of the list price of a request on an own provider key, in millionths.
    public long byokFee() {
        return values.get(Settings.BYOK_FEE);
    }

    /// How people come to have accounts. Throws [ConfigException] where its settings contradict each other.
    public AccountParts.Options accounts() {
        MailSettings mail = mail();
        SignUp signUp = values.get(Settings.SIGN_UP);
        if (signUp == SignUp.OPEN && mail == null) {
            throw new ConfigException(
                    "accounts.sign_up is open, so mail.host must be set: addresses could not be confirmed.");
        }
        return new AccountParts.Options(signUp, values.get(Settings.PASSWORD_LENGTH), mail);
    }

    private @Nullable MailSettings mail() {
        String host = values.find(Settings.MAIL_HOST);
        if (host == null) {
            return null;
        }
        String from = values.find(Settings.MAIL_FROM);
        if (from == null || !MailSettings.isMailbox(from)) {
            throw new ConfigException(
                    "mail.host is set, so mail.from must be a mailbox such as" + " Faregate <faregate@example.com>.");
        }
        return new MailSettings(
                host,
                values.get(Settings.MAIL_PORT),
                values.get(Settings.MAIL_SECURITY),
                values.find(Settings.MAIL_USERNAME),
                values.find(Settings.MAIL_PASSWORD),
                from,
                authorities);
    }

    /// Throws [ConfigException] when the file is not what it should be.
    private static Authorities authorities(Sources sources, Values values) {
        Path named = values.find(Settings.EGRESS_CA_FILE);
        if (named == null) {
            return Authorities.USUAL;
        }
        Path file = sources.directory().resolve(named).normalize();
        try {
            return Authorities.with(file);
        } catch (IOException e) {
            throw new ConfigException("egress.ca_file: " + file + " cannot be read.");
        } catch (CertificateException e) {
            throw new ConfigException(
                    "egress.ca_file must be PEM certificates; in " + file + " " + e.getMessage() + ".");
        }
    }

    /// Hosts that users may send us to although the egress guard would not.
    public Set<String> egressAllowedHosts() {
        Set<String> hosts = values.find(Settings.EGRESS_ALLOWED);
        return hosts == null ? Set.of() : hosts;
    }

    public Log log() {
        return new Log(values.get(Settings.LOG_FORMAT), values.get(Settings.LOG_LEVEL));
    }

    public Limits limits() {
        return new Limits(
                values.get(Settings.BODY),
                values.get(Settings.JSON_DEPTH),
                values.get(Settings.HEADER),
                values.get(Settings.HEADERS),
                values.get(Settings.FILE_PARTS),
                values.get(Settings.TOOLS),
                values.get(Settings.INPUTS),
                values.get(Settings.IMAGES),
                values.get(Settings.PER_KEY),
                values.get(Settings.PER_NODE),
                values.get(Settings.QUEUE),
                values.get(Settings.STREAM_BUFFER),
                values.get(Settings.UNAUTHORIZED));
    }

    /// The fewest tokens that an answer is shortened to.
    public int leastTokens() {
        return values.get(Settings.LEAST_TOKENS);
    }

    public Timeouts timeouts() {
        return new Timeouts(
                values.get(Settings.HEADER_TIME),
                values.get(Settings.BODY_TIME),
                values.get(Settings.CLIENT_IDLE),
                values.get(Settings.CONNECT),
                values.get(Settings.TLS),
                values.get(Settings.FIRST_EVENT),
                values.get(Settings.BETWEEN_EVENTS),
                values.get(Settings.REQUEST),
                values.get(Settings.KEEP_ALIVE),
                values.get(Settings.BALANCER),
                values.get(Settings.DRAIN));
    }

    public Durability durability() {
        return new Durability(
                values.get(Settings.SPOOL_AFTER), values.get(Settings.SPOOL_SIZE), values.get(Settings.RESERVE));
    }

    public UsageParts.Options usage() {
        return new UsageParts.Options(
                values.get(Settings.IO_LOGGING) ? values.get(Settings.IO_SAMPLING) : BigDecimal.ZERO,
                Duration.ofDays(values.get(Settings.DETAILS_DAYS)),
                new DatasetsHandler.Scope(
                        values.get(Settings.RANKINGS_SCOPE) == RankingScope.INSTALLATION, hiddenOrigins()));
    }

    public SpendWatch.Options spendAlerts() {
        return new SpendWatch.Options(
                new UnusualSpend.Rule(values.get(Settings.ALERT_FLOOR), values.get(Settings.ALERT_FACTOR)),
                values.get(Settings.ALERT_INTERVAL));
    }

    private List<String> hiddenOrigins() {
        String hidden = values.find(Settings.RANKINGS_HIDDEN);
        return hidden == null
                ? List.of()
                : Arrays.stream(hidden.split(",", -1))
                        .map(origin -> origin.strip().toLowerCase(Locale.ROOT))
                        .map(origin -> origin.endsWith("/") ? origin.substring(0, origin.length() - 1) : origin)
                        .filter(origin -> !origin.isEmpty())
                        .toList();
    }

    public Environment environment() {
        return sources.environment();
    }

    /// This configuration with the sections and the reloadable settings of `next`; all else stays as it
    /// was at the start, because the objects made from it are already there.
    Config reloadedFrom(Config next) {
        Map<Setting<?>, Object> merged = new HashMap<>(values.values);
        for (Setting<?> setting : Settings.ALL) {
            if (setting.where() == Setting.Where.RELOADED) {
                merged.put(setting, next.values.get(setting));
            }
        }
        return new Config(sources, new Values(merged), next.document, next.warnings, authorities);
    }

    /// The settings that are not at their default, in the order of the documentation.
    List<Configuration.Changed> changed() {
        return Settings.ALL.stream()
                .flatMap(setting -> changed(setting).stream())
                .toList();
    }

    private <T> Optional<Configuration.Changed> changed(Setting<T> setting) {
        return setting.changed(values.find(setting));
    }

    /// The settings that differ in `next` but are only read at the start.
    List<String> waitingForRestart(Config next) {
        return Settings.ALL.stream()
                .filter(setting -> setting.where() != Setting.Where.RELOADED)
                .filter(setting -> !java.util.Objects.equals(values.find(setting), next.values.find(setting)))
                .map(Setting::name)
                .toList();
    }

    private static Values values(Sources sources, ConfigDocument document, Map<String, JsonNode> inFile) {
        Map<Setting<?>, Object> values = new HashMap<>();
        for (Setting<?> setting : Settings.ALL) {
            Object value = value(setting, sources, document, inFile.remove(setting.name()));
            if (value != null) {
                values.put(setting, value);
            }
        }
        inFile.keySet().stream().sorted().findFirst().ifPresent(name -> {
            throw document.error(name, "there is no such setting.");
        });
        return new Values(values);
    }

    private static @Nullable Object value(
            Setting<?> setting, Sources sources, ConfigDocument document, @Nullable JsonNode node) {
        if (node != null && !setting.inFile()) {
            throw document.error(setting.name(), "cannot be set in the file, only by " + setting.variable() + ".");
        }
        // The file is read even where a flag wins, so that a mistake in it is never hidden.
        Object fromFile = node == null || node.isNull() ? null : fromFile(setting, document, node);
        String outside = outsideFile(setting, sources);
        if (outside != null) {
            return setting.read(
                    outside, sources.flags().containsKey(setting.name()) ? flag(setting) : setting.variable());
        }
        if (fromFile != null) {
            return fromFile;
        }
        String fallback = setting.fallback();
        return fallback == null ? null : setting.read(fallback, setting.name());
    }

    private static Object fromFile(Setting<?> setting, ConfigDocument document, JsonNode node) {
        if (!node.isValueNode()) {
            throw document.error(setting.name(), "must be a single value.");
        }
        return setting.read(node.asString(), document.place(setting.name()));
    }

    /// What a flag or else a variable says, or null.
    private static @Nullable String outsideFile(Setting<?> setting, Sources sources) {
        String flag = setting.byFlag() ? sources.flags().get(setting.name()) : null;
        return flag != null
                ? flag
                : sources.environment().find(setting.variable()).orElse(null);
    }

    private static String flag(Setting<?> setting) {
        return setting.flag() == null ? "--set " + setting.name() : setting.flag();
    }

    private static String text(Path file) {
        try {
            byte[] content = content(file);
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(content))
                    .toString();
        } catch (CharacterCodingException e) {
            throw new ConfigException(file + " is not UTF-8 text.");
        } catch (IOException e) {
            throw new ConfigException("Cannot read the configuration file " + file + ": "
                    + (Files.exists(file) ? "no permission, or not a file." : "there is no such file."));
        }
    }

    /// The file's bytes, one more than allowed at most.
    static byte[] content(Path file) throws IOException {
        try (InputStream in = Files.newInputStream(file)) {
            return in.readNBytes(ConfigDocument.MAX_LENGTH + 1);
        }
    }

    /// Settings may be nested (`log: {format: json}`) or written with dots (`log.format: json`); the
    /// second form is there because `models` is also the list of models.
    private static void flatten(ConfigDocument document, JsonNode node, String prefix, Map<String, JsonNode> settings) {
        for (Map.Entry<String, JsonNode> property : node.properties()) {
            String name = prefix + property.getKey();
            JsonNode value = property.getValue();
            if (value.isObject() && !(SECTIONS.contains(name) && !name.equals("models"))) {
                flatten(document, value, name + ".", settings);
            } else if (!SECTIONS.contains(name) && settings.put(name, value) != null) {
                throw document.error(name, "is set twice.");
            }
        }
    }

    private static List<String> unknownVariables(Environment environment) {
        List<String> warnings = new ArrayList<>();
        for (String name : environment.names(Setting.PREFIX)) {
            if (!FOREIGN_VARIABLES.contains(name)
                    && Settings.ALL.stream()
                            .noneMatch(setting -> setting.variable().equals(name))) {
                warnings.add("The variable " + name + " is not a setting and means nothing.");
            }
        }
        return warnings;
    }
}
