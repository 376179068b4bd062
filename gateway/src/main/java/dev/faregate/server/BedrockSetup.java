package dev.faregate.server;

import dev.faregate.base.Secret;
import dev.faregate.models.AwsRegion;
import dev.faregate.models.UpstreamProvider;
import dev.faregate.providers.AwsCredential;
import dev.faregate.providers.BedrockAccount;
import java.net.URI;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.MissingNode;

/// The operator's account of Amazon Bedrock, as the file or Amazon's usual variables tell it. Throws
/// [ConfigException], which names what is wrong in the file.
final class BedrockSetup {
    /// The keys of an entry that hold a credential, of which one kind is enough.
    static final List<String> CREDENTIALS = List.of("api_key", "access_key_id");

    private static final String BEARER = "AWS_BEARER_TOKEN_BEDROCK";
    private static final String ID = "AWS_ACCESS_KEY_ID";
    private static final String SECRET = "AWS_SECRET_ACCESS_KEY";
    private static final String SESSION = "AWS_SESSION_TOKEN";
    private static final Logger LOG = LoggerFactory.getLogger(BedrockSetup.class);
    private static final List<String> REGIONS = List.of("AWS_REGION", "AWS_DEFAULT_REGION");

    /// A region inside of an address of Amazon's, also of an endpoint in somebody's network.
    private static final Pattern REGION_IN_HOST =
            Pattern.compile("(?:^|\\.)bedrock-runtime(?:-fips)?\\.([a-z0-9-]{1,40})\\.");

    private final Config config;
    private final UpstreamProvider facts;
    private final JsonNode entry;
    private final String path;

    private BedrockSetup(Config config, UpstreamProvider facts, JsonNode entry, String path) {
        this.config = config;
        this.facts = facts;
        this.entry = entry;
        this.path = path;
    }

    /// The account of an entry of `providers:`, for which a credential in the variables is good too.
    static BedrockAccount fromFile(Config config, UpstreamProvider facts, JsonNode entry, String path) {
        BedrockSetup setup = new BedrockSetup(config, facts, entry, path);
        AwsCredential credential = setup.stated()
                .or(() -> fromEnvironment(config.environment()))
                .orElseThrow(() -> setup.wrong(
                        "api_key", "is missing, and so are access_key_id and the variables " + BEARER + " and " + ID));
        return setup.account(credential);
    }

    /// The account of the variables alone; empty where they hold no whole credential, with a line in the log where they
    /// hold half of one.
    static Optional<BedrockAccount> fromEnvironment(Config config, UpstreamProvider facts) {
        BedrockSetup setup = new BedrockSetup(config, facts, MissingNode.getInstance(), facts.slug());
        Optional<BedrockAccount> account = fromEnvironment(config.environment()).map(setup::account);
        if (account.isEmpty() && ProviderSetup.variable(config, facts).isPresent()) {
            LOG.warn("{} is set without {}, so {} is not asked.", ID, SECRET, facts.slug());
        }
        return account;
    }

    private Optional<AwsCredential> stated() {
        Secret key = secret("api_key");
        if (key != null) {
            return Optional.of(new AwsCredential.ApiKey(key));
        }
        Secret id = secret("access_key_id");
        Secret secret = secret("secret_access_key");
        // As `${AWS_SESSION_TOKEN:-}` is where there is none.
        boolean none = entry.path("session_token").isString()
                && entry.path("session_token").asString().isEmpty();
        Secret session = none ? null : secret("session_token");
        if (id == null && secret == null && session == null) {
            return Optional.empty();
        }
        if (id == null || secret == null) {
            throw wrong(id == null ? "access_key_id" : "secret_access_key", "is missing beside the other half");
        }
        return Optional.of(new AwsCredential.AccessKeys(id, secret, session));
    }

    /// As Amazon's own tools, an API key before access keys.
    private static Optional<AwsCredential> fromEnvironment(Environment environment) {
        Optional<AwsCredential> bearer = environment.findSecret(BEARER).map(AwsCredential.ApiKey::new);
        return bearer.or(() -> environment
                .findSecret(ID)
                .flatMap(id -> environment
                        .findSecret(SECRET)
                        .map(secret -> new AwsCredential.AccessKeys(
                                id, secret, environment.findSecret(SESSION).orElse(null)))));
    }

    private @Nullable Secret secret(String key) {
        return text(key).map(Secret::of).orElse(null);
    }

    private Optional<String> text(String key) {
        JsonNode value = entry.path(key);
        if (value.isMissingNode() || value.isNull()) {
            return Optional.empty();
        }
        if (!value.isString() || value.asString().isBlank()) {
            throw wrong(key, "must be a non-empty text");
        }
        return Optional.of(value.asString());
    }

    /// The address that is stated, or that of the region; and the region that is stated, that of the variables, or that
    /// of the address.
    private BedrockAccount account(AwsCredential credential) {
        boolean stated = text("base_url").isPresent();
        String known = String.valueOf(facts.baseUrl());
        String region = text("region").or(this::fromVariables).orElseGet(() -> inHost(URI.create(known)));
        if (region.isEmpty() && credential instanceof AwsCredential.AccessKeys) {
            throw wrong("region", "is missing, and base_url does not tell it");
        }
        String base = stated || region.isEmpty() ? known : AwsRegion.bedrock(region);
        return new BedrockAccount(URI.create(base), true, region, credential);
    }

    private Optional<String> fromVariables() {
        Optional<String> region = REGIONS.stream()
                .flatMap(name -> config.environment().find(name).stream())
                .findFirst();
        if (region.isPresent() && !AwsRegion.isName(region.get())) {
            throw new ConfigException("AWS_REGION is not the name of a region such as us-east-1.");
        }
        return region;
    }

    private static String inHost(URI base) {
        Matcher matcher = REGION_IN_HOST.matcher(String.valueOf(base.getHost()));
        return matcher.find() && AwsRegion.isName(matcher.group(1)) ? matcher.group(1) : "";
    }

    private ConfigException wrong(String key, String problem) {
        return config.document().error(path + "." + key, problem);
    }
}
