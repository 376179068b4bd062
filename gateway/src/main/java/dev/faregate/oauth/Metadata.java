package dev.faregate.oauth;

import dev.faregate.base.ApiError;
import dev.faregate.base.ApiException;
import dev.faregate.http.Request;
import dev.faregate.http.Response;
import java.net.URI;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Supplier;
import tools.jackson.core.JsonGenerator;

/// What clients find out by themselves: this authorization server (RFC 8414) and the API it guards (RFC
/// 9728). The issuer is the public address, never what a request says in Host.
public final class Metadata {
    private static final String MAX_AGE = "public, max-age=300";

    private final Supplier<String> issuer;
    private final Collection<String> grantTypes;
    private final Map<String, String> endpoints;

    /// `endpoints` are name and path, such as `token_endpoint` and `/oauth/token`.
    Metadata(Supplier<String> issuer, Collection<String> grantTypes, Map<String, String> endpoints) {
        this.issuer = issuer;
        this.grantTypes = List.copyOf(grantTypes);
        this.endpoints = endpoints;
    }

    /// `GET /.well-known/oauth-authorization-server` and where OpenID clients look. `{path}`, if the route
    /// has it, is the path of the issuer, which stands behind the well-known name (RFC 8414 section 3.1).
    public Response server(Request request) {
        String path = Objects.requireNonNullElse(URI.create(issuer.get()).getRawPath(), "");
        String asked = request.head().pathParameters().get("path");
        if (asked != null && !path.equals("/" + asked)) {
            throw new ApiException(new ApiError.NotFound("There is no such issuer here."));
        }
        return Response.json(200, this::writeServer).withHeader("Cache-Control", MAX_AGE);
    }

    private void writeServer(JsonGenerator json) {
        String url = issuer.get();
        json.writeStartObject();
        json.writeStringProperty("issuer", url);
        endpoints.forEach((name, path) -> json.writeStringProperty(name, url + path));
        writeList(json, "response_types_supported", List.of("code"));
        writeList(json, "response_modes_supported", List.of("query"));
        writeList(json, "grant_types_supported", grantTypes);
        writeList(json, "scopes_supported", Scopes.WORDS);
        List<String> proven = List.of("client_secret_basic", "client_secret_post");
        List<String> all = List.of("none", "client_secret_basic", "client_secret_post");
        writeList(json, "token_endpoint_auth_methods_supported", all);
        writeList(json, "revocation_endpoint_auth_methods_supported", all);
        writeList(json, "introspection_endpoint_auth_methods_supported", proven);
        writeList(json, "code_challenge_methods_supported", List.of("S256"));
        json.writeBooleanProperty("authorization_response_iss_parameter_supported", true);
        json.writeBooleanProperty("client_id_metadata_document_supported", true);
        json.writeStringProperty("service_documentation", url + "/docs");
        json.writeEndObject();
    }

    /// `GET /.well-known/oauth-protected-resource` with the path of the resource behind it (RFC 9728
    /// section 3.1).
    public Response resource(Request request) {
        String base = request.head().path().substring("/.well-known/oauth-protected-resource".length());
        return Response.json(200, json -> {
                    String url = issuer.get();
                    json.writeStartObject();
                    json.writeStringProperty("resource", url + base);
                    writeList(json, "authorization_servers", List.of(url));
                    writeList(json, "scopes_supported", Scopes.WORDS);
                    writeList(json, "bearer_methods_supported", List.of("header"));
                    json.writeStringProperty("resource_name", "Faregate");
                    json.writeStringProperty("resource_documentation", url + "/docs");
                    json.writeEndObject();
                })
                .withHeader("Cache-Control", MAX_AGE);
    }

    private static void writeList(JsonGenerator json, String name, Collection<String> values) {
        json.writeArrayPropertyStart(name);
        values.forEach(json::writeString);
        json.writeEndArray();
    }
}
