package dev.faregate.byok;

import dev.faregate.base.ApiException;
import dev.faregate.base.Json;
import dev.faregate.base.Secret;
import dev.faregate.http.BodyFields;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// What the text of a provider key means: one text for most providers, JSON for some (contract 3.5). Every reader
/// throws a 400 about `key`, which never shows the text.
public sealed interface KeyMaterial {
    /// One text, sent as a bearer token.
    record Plain(Secret key) implements KeyMaterial {}

    /// Azure: deployments for single models, which win, and resources for all of them.
    record Azure(List<Deployment> deployments, List<Resource> resources) implements KeyMaterial {
        public Azure {
            deployments = List.copyOf(deployments);
            resources = List.copyOf(resources);
        }

        /// Where a model of Azure is served, by this key; empty when no entry is for it.
        public Optional<Deployment> deploymentOf(String modelId, String canonicalSlug) {
            return deployments.stream()
                    .filter(entry -> entry.modelSlug().equals(modelId)
                            || entry.modelSlug().equals(canonicalSlug))
                    .findFirst();
        }

        boolean covers(String modelId, String canonicalSlug) {
            return !resources.isEmpty() || deploymentOf(modelId, canonicalSlug).isPresent();
        }
    }

    /// One deployment: `url` is the whole address of its chat completions, `modelId` the name sent there.
    record Deployment(String modelSlug, URI url, Secret key, String modelId) {}

    /// A resource of Azure OpenAI or Azure AI Foundry; `base` is its address in OpenAI's format.
    record Resource(URI base, Secret key) {}

    /// Amazon Bedrock by access keys.
    record AwsKeys(Secret accessKeyId, Secret secretAccessKey, String region) implements KeyMaterial {}

    /// Google Vertex by a service account; the whole document is the secret.
    record ServiceAccount(Secret document, GoogleAccount account, String region) implements KeyMaterial {}

    int MAX_LENGTH = 16_384;
    int MAX_ENTRIES = 50;
    int MAX_TEXT = 2_000;
    int MAX_NAME = 200;
    Pattern RESOURCE_NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9-]{0,62}");
    Pattern REGION = Pattern.compile("[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?");
    String FIELD = "key";

    /// Reads the text for its provider.
    static KeyMaterial read(String provider, Secret text) {
        String plain = text.reveal();
        if (plain.length() > MAX_LENGTH) {
            throw BodyFields.wrong(FIELD, "must have at most " + MAX_LENGTH + " characters");
        }
        return switch (provider) {
            case "azure" -> azure(plain);
            case "amazon-bedrock" -> isObject(plain) ? aws(object(plain)) : plain(text);
            case "google-vertex" -> serviceAccount(text, object(plain));
            default -> plain(text);
        };
    }

    /// The text that shows which key it is without giving it away: three characters, the last four; less of a
    /// short one.
    default String label() {
        return switch (this) {
            case Plain(Secret key) -> masked(key);
            case Azure azure ->
                masked(
                        azure.resources().isEmpty()
                                ? azure.deployments().getFirst().key()
                                : azure.resources().getFirst().key());
            case AwsKeys aws -> masked(aws.accessKeyId());
            case ServiceAccount _ -> "service account";
        };
    }

    private static String masked(Secret secret) {
        String text = secret.reveal();
        if (text.length() < 16) {
            return "...";
        }
        return text.substring(0, 3) + "..." + text.substring(text.length() - 4);
    }

    private static Plain plain(Secret text) {
        visible(text.reveal(), FIELD);
        return new Plain(text);
    }

    /// A key goes into a header: anything else in it would be a way into the request.
    private static void visible(String text, String field) {
        if (text.isEmpty() || text.chars().anyMatch(c -> c <= ' ' || c > '~')) {
            throw BodyFields.wrong(field, "must be visible ASCII characters without spaces");
        }
    }

    private static boolean isObject(String text) {
        return text.stripLeading().startsWith("{");
    }

    private static ObjectNode object(String text) {
        if (json(text) instanceof ObjectNode object) {
            return object;
        }
        throw BodyFields.wrong(FIELD, "must be a JSON object for this provider");
    }

    private static JsonNode json(String text) {
        try {
            return Json.read(text.getBytes(StandardCharsets.UTF_8));
        } catch (ApiException notJson) {
            throw BodyFields.wrong(FIELD, "must be valid JSON for this provider");
        }
    }

    private static AwsKeys aws(ObjectNode node) {
        String access = text(node, "key.accessKeyId", "accessKeyId");
        String secret = text(node, "key.secretAccessKey", "secretAccessKey");
        String region = text(node, "key.region", "region");
        visible(access, "key.accessKeyId");
        visible(secret, "key.secretAccessKey");
        return new AwsKeys(Secret.of(access), Secret.of(secret), region(region));
    }

    private static ServiceAccount serviceAccount(Secret document, ObjectNode node) {
        GoogleAccount account = GoogleAccount.read(node, "key.");
        if (node.has("bucket")) {
            text(node, "key.bucket", "bucket");
        }
        String region = node.has("region") ? region(text(node, "key.region", "region")) : "global";
        return new ServiceAccount(document, account, region);
    }

    private static String region(String region) {
        return region(region, "key.region");
    }

    /// Throws a 400 about `field` for what is no name of a region.
    static String region(String region, String field) {
        if (!REGION.matcher(region).matches()) {
            throw BodyFields.wrong(field, "must be the name of a region");
        }
        return region;
    }

    private static Azure azure(String text) {
        JsonNode node = json(text);
        List<JsonNode> entries = new ArrayList<>();
        if (node.isArray()) {
            node.forEach(entries::add);
        } else {
            entries.add(node);
        }
        if (entries.isEmpty() || entries.size() > MAX_ENTRIES) {
            throw BodyFields.wrong(FIELD, "must list 1 to " + MAX_ENTRIES + " entries");
        }
        List<Deployment> deployments = new ArrayList<>();
        List<Resource> resources = new ArrayList<>();
        for (int i = 0; i < entries.size(); i++) {
            String path = "key[" + i + "]";
            if (!(entries.get(i) instanceof ObjectNode entry)) {
                throw BodyFields.wrong(path, "must be an object");
            }
            if (entry.has("endpoint_url")) {
                deployments.add(deployment(entry, path));
            } else {
                resources.add(resource(entry, path));
            }
        }
        return new Azure(deployments, resources);
    }

    private static Deployment deployment(ObjectNode entry, String path) {
        return new Deployment(
                text(entry, path + ".model_slug", "model_slug"),
                url(text(entry, path + ".endpoint_url", "endpoint_url"), path + ".endpoint_url"),
                apiKey(entry, path),
                text(entry, path + ".model_id", "model_id"));
    }

    private static Resource resource(ObjectNode entry, String path) {
        String name = text(entry, path + ".resource_name", "resource_name");
        if (!RESOURCE_NAME.matcher(name).matches()) {
            throw BodyFields.wrong(path + ".resource_name", "must be the name of an Azure resource");
        }
        String type = entry.has("resource_type") ? text(entry, path + ".resource_type", "resource_type") : "openai";
        String domain = switch (type) {
            case "openai" -> "openai.azure.com";
            case "ai_foundry" -> "services.ai.azure.com";
            default -> throw BodyFields.wrong(path + ".resource_type", "must be \"openai\" or \"ai_foundry\"");
        };
        URI base = URI.create("https://" + name.toLowerCase(Locale.ROOT) + "." + domain + "/openai/v1");
        return new Resource(base, apiKey(entry, path));
    }

    private static Secret apiKey(ObjectNode entry, String path) {
        String key = text(entry, path + ".api_key", "api_key");
        visible(key, path + ".api_key");
        return Secret.of(key);
    }

    /// Throws a 400 about `field` for what cannot be called.
    static URI url(String text, String field) {
        URI url;
        try {
            url = URI.create(text);
        } catch (IllegalArgumentException e) {
            throw BodyFields.wrong(field, "must be a URL");
        }
        boolean http = "https".equalsIgnoreCase(url.getScheme()) || "http".equalsIgnoreCase(url.getScheme());
        if (!http || url.getHost() == null || url.getUserInfo() != null || url.getFragment() != null) {
            throw BodyFields.wrong(field, "must be an http or https URL with a host, without user and fragment");
        }
        return url;
    }

    /// Throws a 400 about `field` when the document does not have it.
    static String text(ObjectNode node, String field, String name) {
        JsonNode value = node.path(name);
        int most = name.equals("private_key")
                ? MAX_LENGTH
                : name.equals("endpoint_url") || name.equals("token_uri") ? MAX_TEXT : MAX_NAME;
        if (!value.isString() || value.asString().isBlank() || value.asString().length() > most) {
            throw BodyFields.wrong(field, "is required and must be a text of at most " + most + " characters");
        }
        return value.asString();
    }

    /// Every secret text in it, to be taken out of what others say.
    default List<Secret> secrets() {
        return switch (this) {
            case Plain(Secret key) -> List.of(key);
            case Azure azure -> {
                List<Secret> all = new ArrayList<>();
                azure.deployments().forEach(entry -> all.add(entry.key()));
                azure.resources().forEach(entry -> all.add(entry.key()));
                yield all;
            }
            case AwsKeys aws -> List.of(aws.accessKeyId(), aws.secretAccessKey());
            case ServiceAccount account -> List.of(account.document());
        };
    }

    /// `text` without any of the secrets.
    default @Nullable String without(@Nullable String text) {
        String clean = text;
        if (clean != null) {
            for (Secret secret : secrets()) {
                clean = clean.replace(secret.reveal(), "[redacted]");
            }
        }
        return clean;
    }
}
