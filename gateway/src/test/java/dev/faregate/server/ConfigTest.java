package dev.faregate.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.faregate.accounts.AccountParts;
import dev.faregate.accounts.MailSettings;
import dev.faregate.accounts.SignUp;
import dev.faregate.base.Authorities;
import dev.faregate.base.Secret;
import dev.faregate.base.Usd;
import dev.faregate.http.AddressList;
import dev.faregate.testkit.SelfSigned;
import dev.faregate.usage.DatasetsHandler;
import dev.faregate.usage.SpendWatch;
import dev.faregate.usage.UnusualSpend;
import dev.faregate.usage.UsageParts;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ConfigTest {
    @TempDir
    Path folder = Path.of("");

    private final Map<String, String> flags = new HashMap<>();
    private final Map<String, String> variables = new HashMap<>();

    private Config load() {
        return Config.load(new Config.Sources(flags, new Environment(variables), folder));
    }

    private Config load(String yaml) throws IOException {
        Files.writeString(folder.resolve("faregate.yaml"), yaml);
        return load();
    }

    @Test
    void hasTheseDefaultsAndNoOtherSettings() {
        assertThat(Settings.ALL.stream().map(setting -> setting.name() + "=" + setting.fallback()))
                .containsExactly(
                        "host=127.0.0.1",
                        "port=8080",
                        "admin.host=127.0.0.1",
                        "admin.port=9090",
                        "data=./data",
                        "config=faregate.yaml",
                        "database.url=null",
                        "nodes.silent_after=30s",
                        "nodes.free_when_cut_off=false",
                        "models.public=true",
                        "oauth.legacy_pkce=false",
                        "oauth.registration=true",
                        "keys.block_in_browsers=false",
                        "leaks.github_keys_url=null",
                        "leaks.gitlab_keys_url=null",
                        "default_model=null",
                        "public_url=null",
                        "tls.certificate=null",
                        "tls.key=null",
                        "trusted_proxies=null",
                        "bootstrap.key=null",
                        "bootstrap.management_key=null",
                        "master.key=null",
                        "master.key_file=null",
                        "byok.fee_percent=0",
                        "accounts.sign_up=closed",
                        "accounts.password_min_length=15",
                        "mail.host=null",
                        "mail.port=587",
                        "mail.security=starttls",
                        "mail.username=null",
                        "mail.password=null",
                        "mail.from=null",
                        "egress.allowed_hosts=null",
                        "egress.ca_file=null",
                        "log.format=text",
                        "log.level=info",
                        "limits.body=32MiB",
                        "limits.json_depth=64",
                        "limits.header=32KiB",
                        "limits.headers=100",
                        "limits.file_parts=100",
                        "limits.tools=512",
                        "limits.inputs=2048",
                        "limits.images=10",
                        "limits.requests_per_key=256",
                        "limits.requests=10000",
                        "limits.queue=1000",
                        "limits.stream_buffer=256KiB",
                        "limits.unauthorized_per_minute=60",
                        "limits.least_tokens=16",
                        "timeouts.header=10s",
                        "timeouts.body=60s",
                        "timeouts.client_idle=60s",
                        "timeouts.connect=2s",
                        "timeouts.tls=3s",
                        "timeouts.first_event=120s",
                        "timeouts.between_events=60s",
                        "timeouts.request=30m",
                        "timeouts.keep_alive_comment=5s",
                        "timeouts.balancer=5s",
                        "timeouts.drain=30s",
                        "ledger.spool_after=250ms",
                        "ledger.spool_size=64MiB",
                        "disk.reserve=64MiB",
                        "io_logging.enabled=false",
                        "io_logging.sampling_rate=1",
                        "retention.details_days=90",
                        "spend_alerts.floor=5",
                        "spend_alerts.factor=4",
                        "spend_alerts.interval=5m",
                        "playground.daily_limit=1",
                        "rankings.scope=organization",
                        "rankings.hidden=null");
    }

    @Test
    void startsWithNothingSetAtAll() {
        Config config = load();
        assertThat(config.listener()).isEqualTo(new Config.Address("127.0.0.1", 8080));
        assertThat(config.admin()).isEqualTo(new Config.Address("127.0.0.1", 9090));
        assertThat(config.data()).isEqualTo(folder.resolve("data"));
        assertThat(config.file()).isEqualTo(folder.resolve("faregate.yaml"));
        assertThat(config.databaseUrl()).isNull();
        assertThat(config.silentAfter()).isEqualTo(Duration.ofSeconds(30));
        assertThat(config.freeWhenCutOff()).isFalse();
        assertThat(config.modelsPublic()).isTrue();
        assertThat(config.legacyPkce()).isFalse();
        assertThat(config.clientRegistration()).isTrue();
        assertThat(config.blockKeysInBrowsers()).isFalse();
        assertThat(config.defaultModel()).isNull();
        assertThat(config.publicUrl()).isEmpty();
        assertThat(config.trustedProxies()).isEqualTo(AddressList.NONE);
        assertThat(config.bootstrap()).isEqualTo(new Config.Bootstrap(null, null));
        assertThat(config.log()).isEqualTo(new Config.Log(Config.LogFormat.TEXT, Config.LogLevel.INFO));
        assertThat(config.limits())
                .isEqualTo(new Config.Limits(
                        33_554_432, 64, 32_768, 100, 100, 512, 2_048, 10, 256, 10_000, 1_000, 262_144, 60));
        assertThat(config.leastTokens()).isEqualTo(16);
        assertThat(config.timeouts())
                .isEqualTo(new Config.Timeouts(
                        Duration.ofSeconds(10),
                        Duration.ofSeconds(60),
                        Duration.ofSeconds(60),
                        Duration.ofSeconds(2),
                        Duration.ofSeconds(3),
                        Duration.ofSeconds(120),
                        Duration.ofSeconds(60),
                        Duration.ofMinutes(30),
                        Duration.ofSeconds(5),
                        Duration.ofSeconds(5),
                        Duration.ofSeconds(30)));
        assertThat(config.usage())
                .isEqualTo(new UsageParts.Options(
                        BigDecimal.ZERO, Duration.ofDays(90), new DatasetsHandler.Scope(false, List.of())));
        assertThat(config.accounts()).isEqualTo(new AccountParts.Options(SignUp.CLOSED, 15, null));
        assertThat(config.warnings()).isEmpty();
    }

    @Test
    void readsHowPeopleComeToHaveAccounts() throws IOException {
        variables.put("FAREGATE_MAIL_PASSWORD", "hush");
        AccountParts.Options options = load("""
                accounts: {sign_up: open, password_min_length: 8}
                mail: {host: mx.example.com, port: 465, security: tls, username: me, from: 'Fare <fare@example.com>'}
                """).accounts();
        assertThat(options)
                .isEqualTo(new AccountParts.Options(
                        SignUp.OPEN,
                        8,
                        new MailSettings(
                                "mx.example.com",
                                465,
                                MailSettings.Security.TLS,
                                "me",
                                Secret.of("hush"),
                                "Fare <fare@example.com>",
                                Authorities.USUAL)));
        assertThat(options.toString()).doesNotContain("hush");
    }

    @Test
    void refusesMailFromNobodyAndOpenSignUpWithoutMail() {
        assertThatThrownBy(() -> load("accounts.sign_up: open\n")).hasMessageContaining("mail.host must be set");
        assertThatThrownBy(() -> load("mail.host: mx.example.com\n")).hasMessageContaining("mail.from must be");
        assertThatThrownBy(() -> load("mail: {host: mx.example.com, from: nobody in particular}\n"))
                .hasMessageContaining("mail.from must be");
        assertThatThrownBy(() -> load("mail.password: hush\n")).hasMessageContaining("FAREGATE_MAIL_PASSWORD");
    }

    @Test
    void readsTheOperatorsAuthoritiesFromAFileBesideTheConfiguration() throws IOException {
        assertThat(load("").authorities()).isSameAs(Authorities.USUAL);
        Files.writeString(
                folder.resolve("ca.pem"),
                SelfSigned.create().pem() + SelfSigned.create().pem());
        assertThat(load("egress.ca_file: ca.pem\n").authorities()).hasToString("[usual authorities and 2 more]");
    }

    @Test
    void findsTheFilesOfACertificateBesideTheConfiguration() throws IOException {
        Config config = load("""
                tls: {certificate: tls/server.pem, key: /etc/keys/server.key}
                """);
        assertThat(config.tls())
                .contains(new Config.Tls(folder.resolve("tls/server.pem"), Path.of("/etc/keys/server.key")));
        assertThat(config.isReachedByHttps()).isTrue();
        assertThat(load("public_url: https://llm.example.com\n").isReachedByHttps())
                .isTrue();
        assertThat(load("public_url: http://llm.example.com\n").isReachedByHttps())
                .isFalse();
        assertThat(load("{}").isReachedByHttps()).isFalse();
        assertThatThrownBy(() -> load("tls: {certificate: server.pem}\n"))
                .isInstanceOf(ConfigException.class)
                .hasMessage("tls.certificate and tls.key are needed together.");
    }

    @Test
    void saysWhatIsWrongWithAFileOfAuthorities() throws IOException {
        Path file = folder.resolve("ca.pem");
        assertThatThrownBy(() -> load("egress.ca_file: ca.pem\n"))
                .hasMessage("egress.ca_file: " + file + " cannot be read.");
        Files.writeString(file, "");
        assertThatThrownBy(() -> load("egress.ca_file: ca.pem\n"))
                .hasMessage("egress.ca_file must be PEM certificates; in " + file + " there is none.");
        Files.writeString(file, "-----BEGIN CERTIFICATE-----\nbm9uZQ==\n-----END CERTIFICATE-----\n");
        assertThatThrownBy(() -> load("egress.ca_file: ca.pem\n"))
                .hasMessage("egress.ca_file must be PEM certificates; in " + file + " something is no certificate.");
    }

    @Test
    void readsWhatIsDecidedAboutUsage() {
        variables.put("FAREGATE_IO_LOGGING_ENABLED", "true");
        variables.put("FAREGATE_IO_LOGGING_SAMPLING_RATE", "0.25");
        variables.put("FAREGATE_RETENTION_DETAILS_DAYS", "7");
        variables.put("FAREGATE_RANKINGS_SCOPE", "installation");
        variables.put("FAREGATE_RANKINGS_HIDDEN", "https://One.example/, https://two.example,");
        assertThat(load().usage())
                .isEqualTo(new UsageParts.Options(
                        new BigDecimal("0.25"),
                        Duration.ofDays(7),
                        new DatasetsHandler.Scope(true, List.of("https://one.example", "https://two.example"))));
        for (String wrong : List.of("1.5", "-0.1", "0,5", "1e-1", "NaN", ".5")) {
            variables.put("FAREGATE_IO_LOGGING_SAMPLING_RATE", wrong);
            assertThatThrownBy(() -> load()).as(wrong).isInstanceOf(ConfigException.class);
        }
    }

    @Test
    void readsWhatIsUnusualSpend() {
        assertThat(load().spendAlerts())
                .isEqualTo(new SpendWatch.Options(
                        new UnusualSpend.Rule(Usd.ofDollars(5), new BigDecimal("4")), Duration.ofMinutes(5)));
        variables.put("FAREGATE_SPEND_ALERTS_FLOOR", "0.000000001");
        variables.put("FAREGATE_SPEND_ALERTS_FACTOR", "2.5");
        variables.put("FAREGATE_SPEND_ALERTS_INTERVAL", "0s");
        assertThat(load().spendAlerts())
                .isEqualTo(new SpendWatch.Options(
                        new UnusualSpend.Rule(Usd.ofNanos(1), new BigDecimal("2.5")), Duration.ZERO));
        for (String wrong : List.of("0", "0.0", "-5", "1e3", "1000000.01", "0.0000000001", "$5", "5,00", ".5")) {
            variables.put("FAREGATE_SPEND_ALERTS_FLOOR", wrong);
            assertThatThrownBy(() -> load()).as(wrong).isInstanceOf(ConfigException.class);
        }
        variables.remove("FAREGATE_SPEND_ALERTS_FLOOR");
        for (String wrong : List.of("0.99", "1001", "1000.1", "NaN", "4x", "1.00001")) {
            variables.put("FAREGATE_SPEND_ALERTS_FACTOR", wrong);
            assertThatThrownBy(() -> load()).as(wrong).isInstanceOf(ConfigException.class);
        }
    }

    @Test
    void listsEveryConstantOfTheTable() throws IllegalAccessException {
        for (java.lang.reflect.Field field : Settings.class.getDeclaredFields()) {
            if (field.getType() == Setting.class) {
                assertThat(Settings.ALL).as(field.getName()).contains((Setting<?>)
                        Objects.requireNonNull(field.get(null)));
            }
        }
    }

    @Test
    void takesTheFlagBeforeTheVariableBeforeTheFile() throws IOException {
        assertThat(load("port: 1111\n").listener().port()).isEqualTo(1111);
        variables.put("FAREGATE_PORT", "2222");
        assertThat(load().listener().port()).isEqualTo(2222);
        flags.put("port", "3333");
        assertThat(load().listener().port()).isEqualTo(3333);
    }

    @Test
    void takesAnEmptyVariableAsNotSet() {
        variables.put("FAREGATE_PORT", "");
        assertThat(load().listener().port()).isEqualTo(8080);
    }

    @Test
    void readsEverySettingByItsVariable() {
        variables.put("FAREGATE_DATABASE_URL", "postgresql://fare:s3cr3t@db/gate");
        variables.put("FAREGATE_BOOTSTRAP_KEY", "k".repeat(32));
        variables.put("FAREGATE_BOOTSTRAP_MANAGEMENT_KEY", "m".repeat(32));
        variables.put("FAREGATE_ADMIN_PORT", "0");
        variables.put("FAREGATE_DATA", "/var/lib/faregate");
        variables.put("FAREGATE_TIMEOUTS_DRAIN", "1m");
        variables.put("FAREGATE_LIMITS_BODY", "1 MiB");
        Config config = load();
        assertThat(config.databaseUrl()).isEqualTo(Secret.of("postgresql://fare:s3cr3t@db/gate"));
        assertThat(config.bootstrap())
                .isEqualTo(new Config.Bootstrap(Secret.of("k".repeat(32)), Secret.of("m".repeat(32))));
        assertThat(config.admin().port()).isZero();
        assertThat(config.data()).isEqualTo(Path.of("/var/lib/faregate"));
        assertThat(config.timeouts().drain()).isEqualTo(Duration.ofMinutes(1));
        assertThat(config.limits().bodyBytes()).isEqualTo(1 << 20);
    }

    @Test
    void readsNestedAndDottedNamesBesideTheSections() throws IOException {
        Config config = load("""
                providers:
                  - slug: openai
                models:
                  - id: openai/gpt-4o
                models.public: false
                log:
                  format: json
                  level: debug
                limits: {queue: 5}
                """);
        assertThat(config.modelsPublic()).isFalse();
        assertThat(config.log()).isEqualTo(new Config.Log(Config.LogFormat.JSON, Config.LogLevel.DEBUG));
        assertThat(config.limits().queue()).isEqualTo(5);
        assertThat(Objects.requireNonNull(config.document().section("providers"))
                        .get(0)
                        .get("slug")
                        .asString())
                .isEqualTo("openai");
        assertThat(Objects.requireNonNull(config.document().section("models")).size())
                .isEqualTo(1);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            port: 99999               | faregate.yaml line 1: port must be a whole number from 0 to 65535.
            port: [1]                 | faregate.yaml line 1: port: must be a single value.
            log: {colour: red}        | faregate.yaml line 1: log.colour: there is no such setting.
            models: {public: maybe}   | faregate.yaml line 1: models.public must be true or false.
            timeouts: {drain: 30}     | faregate.yaml line 1: timeouts.drain must be a time such as 500ms, 60s or 30m, from 1ms to 24h.
            limits.body: 2GiB         | faregate.yaml line 1: limits.body must be a size such as 64KiB or 32MiB, from 1024 bytes to 1GiB.
            log.format: xml           | faregate.yaml line 1: log.format must be text or json.
            database.url: mysql://db  | faregate.yaml line 1: database.url must be a URL that begins with postgresql:// or postgres:// or jdbc:postgresql://.
            bootstrap.key: abcdef     | faregate.yaml line 1: bootstrap.key: cannot be set in the file, only by FAREGATE_BOOTSTRAP_KEY.
            trusted_proxies: lb       | faregate.yaml line 1: trusted_proxies must be IP addresses or networks, separated by commas: "lb" must be an IPv4 or IPv6 address or network, such as 203.0.113.0/24 or 2001:db8::/32.
            config: other.yaml        | faregate.yaml line 1: config: cannot be set in the file, only by FAREGATE_CONFIG.
            {log: {level: info}, log.level: warn} | faregate.yaml line 1: log.level: is set twice.
            """)
    void saysWhichLineOfTheFileIsWrong(String yaml, String message) {
        assertThatThrownBy(() -> load(yaml)).isInstanceOf(ConfigException.class).hasMessage(message);
    }

    @Test
    void readsTheFileEvenWhereAFlagWins() {
        flags.put("port", "3333");
        assertThatThrownBy(() -> load("port: many\n")).hasMessageContaining("faregate.yaml line 1: port must be");
    }

    @Test
    void namesTheFlagOrTheVariableThatIsWrongButNeverQuotesIt() {
        variables.put("FAREGATE_BOOTSTRAP_KEY", "short-secret");
        assertThatThrownBy(this::load).hasMessage("FAREGATE_BOOTSTRAP_KEY must be at least 32 characters long.");
        variables.clear();
        flags.put("port", "s3cr3t");
        assertThatThrownBy(this::load).hasMessage("--port must be a whole number from 0 to 65535.");
        flags.clear();
        flags.put("limits.queue", "s3cr3t");
        assertThatThrownBy(this::load).hasMessage("--set limits.queue must be a whole number from 0 to 1000000.");
    }

    @Test
    void wantsAFileThatWasNamedToExist() {
        flags.put("config", "other.yaml");
        assertThatThrownBy(this::load)
                .hasMessageStartingWith("Cannot read the configuration file ")
                .hasMessageEndingWith("other.yaml: there is no such file.");
    }

    @Test
    void warnsOfVariablesThatMeanNothing() {
        variables.putAll(
                Map.of("FAREGATE_PROT", "1", "FAREGATE_API_KEY", "x", "FAREGATE_JAVA_HOME", "/jdk", "PATH", "/"));
        assertThat(load().warnings()).containsExactly("The variable FAREGATE_PROT is not a setting and means nothing.");
    }

    @Test
    void printsNoSecret() throws IOException {
        variables.put("FAREGATE_BOOTSTRAP_KEY", "planted-bootstrap-key-0123456789abcd");
        variables.put("FAREGATE_DATABASE_URL", "postgresql://fare:planted-password@db/gate");
        variables.put("OPENAI_API_KEY", "planted-provider-key");
        Config config = load("providers: [{slug: openai, api_key: planted-file-key}]\n");
        assertThat(config + " " + config.values() + config.document() + config.environment() + config.bootstrap())
                .doesNotContain("planted");
        assertThat(config.environment().findSecret("OPENAI_API_KEY")).contains(Secret.of("planted-provider-key"));
    }

    @Test
    void isDocumentedSettingBySetting() throws IOException {
        String page = Files.readString(Path.of("..", "docs", "configuration.md"));
        List<String> documented = Arrays.stream(page.split("\n"))
                .dropWhile(line -> !line.startsWith("| setting |"))
                .takeWhile(line -> line.startsWith("|"))
                .toList();
        assertThat(documented).containsExactly(Settings.markdown().strip().split("\n"));
    }

    @Test
    void namesWhatIsNotAtItsDefaultAndNoSecret() throws IOException {
        assertThat(load().changed()).isEmpty();
        variables.put("FAREGATE_DATABASE_URL", "postgresql://fare:planted-password@db/gate");
        variables.put("FAREGATE_MAIL_PASSWORD", "planted-password");
        variables.put("FAREGATE_LEAKS_GITLAB_KEYS_URL", "https://me:planted-word@example.com/keys?a=b");
        flags.put("default_model", "sk-planted-0123456789");
        Config config = load("""
                port: 8080
                limits: {body: 1024KiB, queue: 7}
                timeouts.drain: 90s
                log.format: json
                byok.fee_percent: 2.50
                spend_alerts.floor: 12.50
                egress.allowed_hosts: "b.example, a.example"
                trusted_proxies: "10.0.0.2,10.0.0.1"
                """);
        assertThat(config.changed())
                .extracting(changed -> changed.setting() + "=" + changed.value() + " not " + changed.fallback())
                .containsExactlyInAnyOrder(
                        "database.url=set not null",
                        "mail.password=set not null",
                        "leaks.gitlab_keys_url=https://example.com/keys?a=b not null",
                        "default_model=[redacted] not null",
                        "limits.body=1MiB not 32MiB",
                        "limits.queue=7 not 1000",
                        "timeouts.drain=90s not 30s",
                        "log.format=json not text",
                        "byok.fee_percent=2.5 not 0",
                        "spend_alerts.floor=12.5 not 5",
                        "egress.allowed_hosts=a.example,b.example not null",
                        "trusted_proxies=10.0.0.1,10.0.0.2 not null");
    }

    @Test
    void readsEveryDefaultThatItShows() {
        for (Setting<?> setting : Settings.ALL) {
            readsWhatItShows(setting);
        }
    }

    private static <T> void readsWhatItShows(Setting<T> setting) {
        String fallback = setting.fallback();
        if (fallback != null) {
            T value = setting.read(fallback, setting.name());
            String shown = setting.type().show().apply(value);
            assertThat(setting.read(shown, setting.name())).as(setting.name()).isEqualTo(value);
        }
    }
}
