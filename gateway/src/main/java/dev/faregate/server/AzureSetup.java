package dev.faregate.server;

import dev.faregate.base.Secret;
import dev.faregate.byok.KeyMaterial;
import dev.faregate.models.UpstreamProvider;
import dev.faregate.providers.AzurePlace;
import dev.faregate.providers.Provider;
import dev.faregate.providers.SpokenFormats;
import dev.faregate.providers.UpstreamClient;
import java.net.URI;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;

/// Makes providers of `format: azure` of what the file says about them and of Azure's well-known variables: a
/// key, the address or name of a resource, and a version where one is wanted.
final class AzureSetup {
    private static final String RESOURCE = "resource";
    private static final String VERSION = "api_version";

    /// Azure's own name (learn.microsoft.com, "Azure OpenAI quickstart"), then that of other programs.
    private static final String ENDPOINT_VARIABLE = "AZURE_OPENAI_ENDPOINT";

    private static final String RESOURCE_VARIABLE = "AZURE_RESOURCE_NAME";
    private static final Logger LOG = LoggerFactory.getLogger(AzureSetup.class);

    private final UpstreamClient client;

    AzureSetup(UpstreamClient client) {
        this.client = client;
    }

    /// Throws [ConfigException], which names the line.
    Provider fromFile(Config config, UpstreamProvider facts, JsonNode entry, String path, @Nullable Secret key) {
        if (key == null) {
            throw config.document().error(path + ".api_key", "is missing, and none of " + facts.env() + " is set");
        }
        try {
            return provider(config, facts, entry, key);
        } catch (Unusable e) {
            throw config.document().error(path + "." + e.key(), e.problem());
        }
    }

    /// Empty, with a line in the log, when nothing says where the resource is.
    Optional<Provider> fromEnvironment(Config config, UpstreamProvider facts, Secret key) {
        try {
            return Optional.of(provider(config, facts, JsonNodeFactory.instance.objectNode(), key));
        } catch (Unusable e) {
            LOG.warn("Provider {} has a key and is not used: its {} {}.", facts.slug(), e.key(), e.problem());
            return Optional.empty();
        }
    }

    private Provider provider(Config config, UpstreamProvider facts, JsonNode entry, Secret key) throws Unusable {
        String version = text(entry, VERSION);
        if (version != null && !AzurePlace.isVersion(version)) {
            throw new Unusable(VERSION, "must be a version of Azure's API such as \"2024-10-21\"");
        }
        String endpoint = endpoint(config, facts, entry);
        try {
            return SpokenFormats.azure(
                    facts, client, URI.create(endpoint), version, key, ProviderSetup.deadlines(config.timeouts()));
        } catch (IllegalArgumentException e) {
            throw new Unusable("base_url", String.valueOf(e.getMessage()));
        }
    }

    private static String endpoint(Config config, UpstreamProvider facts, JsonNode entry) throws Unusable {
        String resource = text(entry, RESOURCE);
        if (resource != null && entry.hasNonNull("base_url")) {
            throw new Unusable(RESOURCE, "is another word for base_url: give one of them");
        }
        if (resource == null && facts.baseUrl() != null) {
            return facts.baseUrl();
        }
        Optional<String> named = config.environment().find(ENDPOINT_VARIABLE);
        if (resource == null && named.isPresent()) {
            return named.get();
        }
        String name = resource != null
                ? resource
                : config.environment().find(RESOURCE_VARIABLE).orElse(null);
        if (name == null) {
            throw new Unusable(
                    "base_url",
                    "is missing, and none of [" + ENDPOINT_VARIABLE + ", " + RESOURCE_VARIABLE + "] is set");
        }
        if (!KeyMaterial.RESOURCE_NAME.matcher(name).matches()) {
            throw new Unusable(RESOURCE, "must be the name of an Azure resource");
        }
        return AzurePlace.ofResource(name);
    }

    private static @Nullable String text(JsonNode entry, String key) throws Unusable {
        JsonNode value = entry.path(key);
        if (value.isMissingNode() || value.isNull()) {
            return null;
        }
        if (!value.isString()) {
            throw new Unusable(key, "must be a text");
        }
        return value.asString();
    }
}
