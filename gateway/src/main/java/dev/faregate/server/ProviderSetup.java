package dev.faregate.server;

import dev.faregate.base.Secret;
import dev.faregate.models.Catalogue;
import dev.faregate.models.CatalogueException;
import dev.faregate.models.CatalogueOverlay;
import dev.faregate.models.UpstreamProvider;
import dev.faregate.models.WireFormat;
import dev.faregate.providers.BedrockAccount;
import dev.faregate.providers.Deadlines;
import dev.faregate.providers.EchoProvider;
import dev.faregate.providers.Provider;
import dev.faregate.providers.ServiceAccounts;
import dev.faregate.providers.SpokenFormats;
import dev.faregate.providers.UpstreamClient;
import dev.faregate.system.Configuration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;

/// Makes the catalogue and the providers that a configuration describes: the shipped facts, what
/// `providers:` and `models:` of the file add, and a credential for each from the file or from the
/// well-known environment variables.
public final class ProviderSetup {
    /// What comes of a configuration.
    public record Result(Catalogue catalogue, List<Provider> providers) {}

    private static final Logger LOG = LoggerFactory.getLogger(ProviderSetup.class);

    private final Catalogue shipped;
    private final UpstreamClient client;
    private final VertexSetup vertex;
    private final AzureSetup azure;

    public ProviderSetup(Catalogue shipped, UpstreamClient client, ServiceAccounts accounts) {
        this.shipped = shipped;
        this.client = client;
        this.vertex = new VertexSetup(client, accounts);
        this.azure = new AzureSetup(client);
    }

    /// Throws [ConfigException], which names the line, when the file says something that cannot be.
    public Result make(Config config) {
        JsonNode stated = config.document().section("providers");
        Catalogue catalogue;
        try {
            catalogue = CatalogueOverlay.pricingUnknown(
                    CatalogueOverlay.apply(shipped, stated, config.document().section("models")),
                    config.document().section("unpriced"));
        } catch (CatalogueException e) {
            throw config.document().error(e.path(), e.problem());
        }
        TreeMap<String, Provider> usable = new TreeMap<>();
        Set<String> inFile = new HashSet<>();
        for (int i = 0; stated != null && i < stated.size(); i++) {
            String path = "providers[" + i + "]";
            UpstreamProvider facts = catalogue
                    .findProvider(stated.get(i).path("slug").asString())
                    .orElseThrow();
            inFile.add(facts.slug());
            fromFile(config, facts, stated.get(i), path)
                    .ifPresent(provider -> usable.put(provider.facts().slug(), provider));
        }
        for (UpstreamProvider facts : catalogue.providers()) {
            if (!inFile.contains(facts.slug())) {
                fromEnvironment(config, facts)
                        .ifPresent(provider -> usable.put(provider.facts().slug(), provider));
            }
        }
        return new Result(catalogue.withProviders(usable.keySet()), new ArrayList<>(usable.values()));
    }

    /// The providers that the file or a variable names, by their names: what [#make] made, and what it could not.
    /// `catalogue` is of this configuration.
    static List<Configuration.Provider> described(Config config, Catalogue catalogue) {
        JsonNode stated = config.document().section("providers");
        Set<String> inFile = new HashSet<>();
        Set<String> withKey = new HashSet<>();
        for (int i = 0; stated != null && i < stated.size(); i++) {
            String slug = stated.get(i).path("slug").asString();
            inFile.add(slug);
            JsonNode entry = stated.get(i);
            if (entry.hasNonNull(VertexSetup.CREDENTIALS)
                    || BedrockSetup.CREDENTIALS.stream()
                            .anyMatch(name -> entry.path(name).isString())) {
                withKey.add(slug);
            }
        }
        String file = String.valueOf(config.file().getFileName());
        List<Configuration.Provider> described = new ArrayList<>();
        for (UpstreamProvider facts : catalogue.providers()) {
            boolean keyInFile = withKey.contains(facts.slug());
            Optional<String> variable = keyInFile ? Optional.empty() : variable(config, facts);
            boolean named = inFile.contains(facts.slug()) || variable.isPresent();
            if (named && facts.format() != WireFormat.BUILT_IN) {
                described.add(new Configuration.Provider(
                        facts.slug(),
                        facts.name(),
                        variable.orElse(file),
                        keyInFile || variable.isPresent(),
                        facts.format().isSpoken()));
            }
        }
        described.sort(Comparator.comparing(Configuration.Provider::name).thenComparing(Configuration.Provider::slug));
        return described;
    }

    private Optional<Provider> fromFile(Config config, UpstreamProvider facts, JsonNode entry, String path) {
        if (facts.format() == WireFormat.VERTEX) {
            return Optional.of(vertex.fromFile(config, facts, entry, path));
        }
        if (facts.format() == WireFormat.BEDROCK) {
            return Optional.of(bedrock(config, facts, entry, path));
        }
        JsonNode key = entry.path("api_key");
        if (!key.isMissingNode()
                && !key.isNull()
                && (!key.isString() || key.asString().isBlank())) {
            throw config.document().error(path + ".api_key", "must be a non-empty text");
        }
        Secret secret = key.isString()
                ? Secret.of(key.asString())
                : credential(config, facts).orElse(null);
        if (facts.format() == WireFormat.AZURE) {
            return Optional.of(azure.fromFile(config, facts, entry, path, secret));
        }
        if (secret == null && entry.path("base_url").isMissingNode() && facts.format() != WireFormat.BUILT_IN) {
            throw config.document().error(path + ".api_key", "is missing, and none of " + facts.env() + " is set");
        }
        try {
            return provider(config, facts, secret);
        } catch (IllegalArgumentException e) {
            throw config.document().error(path + ".base_url", String.valueOf(e.getMessage()));
        }
    }

    private Provider bedrock(Config config, UpstreamProvider facts, JsonNode entry, String path) {
        try {
            BedrockAccount account = BedrockSetup.fromFile(config, facts, entry, path);
            return account.provider(facts, client, deadlines(config.timeouts()));
        } catch (IllegalArgumentException e) {
            throw config.document().error(path, String.valueOf(e.getMessage()));
        }
    }

    private Optional<Provider> fromEnvironment(Config config, UpstreamProvider facts) {
        if (facts.format() == WireFormat.BUILT_IN) {
            return Optional.of(new EchoProvider(facts));
        }
        if (facts.format() == WireFormat.VERTEX) {
            return vertex.fromEnvironment(config, facts);
        }
        if (facts.format() == WireFormat.BEDROCK) {
            return BedrockSetup.fromEnvironment(config, facts)
                    .map(account -> account.provider(facts, client, deadlines(config.timeouts())));
        }
        return credential(config, facts)
                .flatMap(secret -> facts.format() == WireFormat.AZURE
                        ? azure.fromEnvironment(config, facts, secret)
                        : provider(config, facts, secret));
    }

    private static Optional<Secret> credential(Config config, UpstreamProvider facts) {
        return variable(config, facts).flatMap(config.environment()::findSecret);
    }

    /// The well-known variable that has its key.
    static Optional<String> variable(Config config, UpstreamProvider facts) {
        return facts.env().stream()
                .filter(name -> config.environment().find(name).isPresent())
                .findFirst();
    }

    /// Empty, with a line in the log, for a provider whose wire format is not spoken yet.
    private Optional<Provider> provider(Config config, UpstreamProvider facts, @Nullable Secret secret) {
        if (!facts.format().isSpoken()) {
            LOG.warn(
                    "Provider {} has a credential, but its wire format ({}) is not supported yet.",
                    facts.slug(),
                    facts.format().word());
            return Optional.empty();
        }
        return Optional.of(SpokenFormats.provider(facts, client, secret, deadlines(config.timeouts())));
    }

    /// How long the parts of a call to a provider may take.
    public static Deadlines deadlines(Config.Timeouts timeouts) {
        return new Deadlines(
                timeouts.connect(),
                timeouts.tls(),
                timeouts.firstEvent(),
                timeouts.betweenEvents(),
                timeouts.request());
    }
}
