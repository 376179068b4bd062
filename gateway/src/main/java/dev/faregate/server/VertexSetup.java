package dev.faregate.server;

import dev.faregate.base.ApiException;
import dev.faregate.base.Json;
import dev.faregate.byok.GoogleAccount;
import dev.faregate.byok.KeyMaterial;
import dev.faregate.http.ErrorRenderer;
import dev.faregate.models.UpstreamProvider;
import dev.faregate.providers.Provider;
import dev.faregate.providers.ServiceAccounts;
import dev.faregate.providers.UpstreamClient;
import dev.faregate.providers.VertexProvider;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// Makes providers of `format: vertex` of what the file says about them and of Google's well-known variables:
/// the document of a service account, a project and a region.
final class VertexSetup {
    /// The key of an entry that has the document, or names its file.
    static final String CREDENTIALS = "credentials";

    private static final String PROJECT = "project";
    private static final String REGION = "region";

    /// Google's own names (cloud.google.com, "Google Gen AI SDK"), then those of other programs.
    private static final List<String> PROJECT_VARIABLES = List.of("GOOGLE_CLOUD_PROJECT", "GOOGLE_VERTEX_PROJECT");

    private static final List<String> REGION_VARIABLES = List.of("GOOGLE_CLOUD_LOCATION", "GOOGLE_VERTEX_LOCATION");
    private static final String ANYWHERE = "global";
    private static final Logger LOG = LoggerFactory.getLogger(VertexSetup.class);

    private final UpstreamClient client;
    private final ServiceAccounts accounts;

    VertexSetup(UpstreamClient client, ServiceAccounts accounts) {
        this.client = client;
        this.accounts = accounts;
    }

    /// Throws [ConfigException], which names the line.
    Provider fromFile(Config config, UpstreamProvider facts, JsonNode entry, String path) {
        try {
            if (entry.hasNonNull("api_key")) {
                throw new Unusable("api_key", "is not what this format wants: that is `" + CREDENTIALS + "`");
            }
            return provider(config, facts, account(config, facts, entry));
        } catch (Unusable e) {
            throw config.document().error(path + "." + e.key(), e.problem());
        } catch (IllegalArgumentException e) {
            throw config.document().error(path + ".base_url", String.valueOf(e.getMessage()));
        }
    }

    /// Empty without the variable; also, with a line in the log, when it names something else than a service account:
    /// other programs have a use for that.
    Optional<Provider> fromEnvironment(Config config, UpstreamProvider facts) {
        if (ProviderSetup.variable(config, facts).isEmpty()) {
            return Optional.empty();
        }
        try {
            return Optional.of(provider(config, facts, account(config, facts, JsonNodeFactory.instance.objectNode())));
        } catch (Unusable e) {
            LOG.warn("Provider {} is named by a variable and not used: its {} {}.", facts.slug(), e.key(), e.problem());
            return Optional.empty();
        }
    }

    private Provider provider(Config config, UpstreamProvider facts, VertexProvider.Account account) {
        return VertexProvider.ofOperator(facts, client, accounts, account, ProviderSetup.deadlines(config.timeouts()));
    }

    private static VertexProvider.Account account(Config config, UpstreamProvider facts, JsonNode entry)
            throws Unusable {
        GoogleAccount google = google(config, facts, entry.path(CREDENTIALS));
        String project = stated(config, entry, PROJECT, PROJECT_VARIABLES).orElse(google.project());
        String region = stated(config, entry, REGION, REGION_VARIABLES).orElse(ANYWHERE);
        return new VertexProvider.Account(
                google,
                checked(PROJECT, () -> GoogleAccount.project(project, PROJECT)),
                checked(REGION, () -> KeyMaterial.region(region, REGION)));
    }

    private static Optional<String> stated(Config config, JsonNode entry, String key, List<String> variables)
            throws Unusable {
        JsonNode value = entry.path(key);
        if (value.isMissingNode() || value.isNull()) {
            return variables.stream()
                    .flatMap(name -> config.environment().find(name).stream())
                    .findFirst();
        }
        if (!value.isString()) {
            throw new Unusable(key, "must be a text");
        }
        return Optional.of(value.asString());
    }

    /// The account that the entry describes, as an object or as its JSON text, or that of the file which the entry
    /// or a variable names.
    private static GoogleAccount google(Config config, UpstreamProvider facts, JsonNode credentials) throws Unusable {
        if (credentials instanceof ObjectNode document) {
            return read(document);
        }
        if (credentials.isString() && credentials.asString().stripLeading().startsWith("{")) {
            return parse(credentials.asString().getBytes(StandardCharsets.UTF_8));
        }
        if (credentials.isString() && !credentials.asString().isBlank()) {
            return parse(content(config.file(), credentials.asString()));
        }
        if (!credentials.isMissingNode() && !credentials.isNull()) {
            throw new Unusable(CREDENTIALS, "must name a file, or be the document of a service account");
        }
        @Nullable
        String named = ProviderSetup.variable(config, facts)
                .flatMap(config.environment()::find)
                .orElse(null);
        if (named == null) {
            throw new Unusable(CREDENTIALS, "is missing, and none of " + facts.env() + " is set");
        }
        return parse(content(config.file(), named));
    }

    /// `named` is beside the configuration file where it is relative.
    private static byte[] content(Path beside, String named) throws Unusable {
        try (InputStream in = Files.newInputStream(beside.resolveSibling(named))) {
            byte[] bytes = in.readNBytes(KeyMaterial.MAX_LENGTH + 1);
            if (bytes.length > KeyMaterial.MAX_LENGTH) {
                throw new Unusable(
                        CREDENTIALS, "names a file of more than " + KeyMaterial.MAX_LENGTH + " bytes: " + named);
            }
            return bytes;
        } catch (IOException | InvalidPathException e) {
            throw new Unusable(CREDENTIALS, "names a file that cannot be read: " + named);
        }
    }

    private static GoogleAccount parse(byte[] document) throws Unusable {
        JsonNode node;
        try {
            node = Json.read(document);
        } catch (ApiException notJson) {
            throw new Unusable(CREDENTIALS, "must be the JSON document of a service account");
        }
        if (node instanceof ObjectNode object) {
            return read(object);
        }
        throw new Unusable(CREDENTIALS, "must be the JSON document of a service account");
    }

    private static GoogleAccount read(ObjectNode document) throws Unusable {
        return checked(CREDENTIALS, () -> GoogleAccount.read(document, ""));
    }

    private static <T> T checked(String key, Supplier<T> read) throws Unusable {
        try {
            return read.get();
        } catch (ApiException e) {
            throw new Unusable(key, ErrorRenderer.render(e.error()).message());
        }
    }
}
