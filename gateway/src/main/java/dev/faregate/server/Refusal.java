package dev.faregate.server;

import dev.faregate.base.ApiError;
import dev.faregate.base.ApiException;
import dev.faregate.http.Access;
import dev.faregate.http.Handler;
import dev.faregate.http.Request;
import dev.faregate.http.Response;
import dev.faregate.http.Route;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// An operation of the contract that this server does not offer yet: it answers a 404 that says so and why, which a
/// path that nobody knows would not. docs/compatibility.md has the same list as a table. Offering one is adding its
/// route and taking its line out here.
record Refusal(String method, String path, Access access, String why) implements Handler.Blocking {
    static final String AREA = "Not offered yet";
    static final String ABOUT =
            "Operations of OpenRouter's API that this server answers with a 404 which says why it does not offer them.";

    /// Every operation of the contract, and of the newer SDK, that is refused.
    static final List<Refusal> ALL = all();

    private static List<Refusal> all() {
        List<Refusal> all = new ArrayList<>();
        Group later = new Group(all, Access.INFERENCE);
        later.because("speech comes in a later release", "POST /audio/speech");
        later.because(
                "video comes in a later release", "POST /videos", "GET /videos/{jobId}", "GET /videos/{jobId}/content");
        later.because(
                "files come in a later release",
                "GET /files",
                "POST /files",
                "GET /files/{file_id}",
                "DELETE /files/{file_id}",
                "GET /files/{file_id}/content");

        Group lists = new Group(all, Access.OPTIONAL_KEY);
        lists.because("video comes in a later release", "GET /videos/models");

        Group data = new Group(all, Access.ANY_KEY);
        data.because("there are no benchmarks to report yet", "GET /benchmarks");
        data.because("requests are not classified yet", "GET /classifications/task");

        Group people = new Group(all, Access.MANAGEMENT);
        people.because(
                "directories push their people and groups to /scim/v2, so there is nothing to fetch",
                "POST /scim/sync-jobs",
                "GET /scim/sync-jobs/{id}");

        people.because(
                "interns come in a later release",
                "GET /interns",
                "POST /interns",
                "GET /interns/{internId}",
                "PATCH /interns/{internId}",
                "DELETE /interns/{internId}",
                "POST /interns/{internId}/chat/completions",
                "POST /interns/{internId}/provision",
                "POST /interns/{internId}/suspend");
        people.because(
                "the vault comes in a later release",
                "GET /vault/secrets",
                "PUT /vault/secrets/{name}",
                "DELETE /vault/secrets/{name}",
                "GET /vault/interns/{internId}/secrets",
                "POST /vault/interns/{internId}/secrets/copy",
                "PUT /vault/interns/{internId}/secrets/{name}",
                "DELETE /vault/interns/{internId}/secrets/{name}");
        later.because(
                "containers come in a later release",
                "GET /containers/{container_id}/files",
                "GET /containers/{container_id}/files/{file_id}",
                "GET /containers/{container_id}/files/{file_id}/content",
                "POST /containers/{container_id}/files/{file_id}/promote");
        later.because("it comes in a later release", "POST /systemone");

        new Group(all, Access.PUBLIC)
                .because("access tokens are API keys, which nobody has to verify by a signature", "GET /oauth/jwks");
        return List.copyOf(all);
    }

    private record Group(List<Refusal> all, Access access) {
        void because(String why, String... operations) {
            for (String operation : operations) {
                int space = operation.indexOf(' ');
                all.add(new Refusal(operation.substring(0, space), operation.substring(space + 1), access, why));
            }
        }
    }

    /// The routes of all refusals below `base` that no route of `taken` answers already.
    static List<Route> routes(String base, List<Route> taken) {
        Set<String> answered = new HashSet<>();
        taken.forEach(route -> answered.add(shape(route.method(), route.pattern())));
        return ALL.stream()
                .filter(refusal -> !answered.contains(shape(refusal.method(), base + refusal.path())))
                .map(refusal -> refusal.route(base))
                .toList();
    }

    private Route route(String base) {
        return Route.blocking(method, base + path, access, this);
    }

    /// What a request meets is the same however its parameters are called.
    private static String shape(String method, String pattern) {
        return method + " " + pattern.replaceAll("\\{[^}]*}", "{}");
    }

    @Override
    public Response handle(Request request) {
        throw new ApiException(
                new ApiError.NotFound(method + " " + path + " is not offered by this server yet: " + why + "."));
    }

    /// Its entry in our own document, in the form of `resources/openapi`.
    ObjectNode describe() {
        ObjectNode form = JsonNodeFactory.instance.objectNode();
        form.put("id", "refused" + words(method.toLowerCase(Locale.ROOT) + path));
        form.put("area", AREA);
        form.put("says", "Not offered: " + why + ".");
        form.putObject("errors").put("404", "Not offered yet, with the reason.");
        return form;
    }

    /// A path as one word.
    static String words(String path) {
        StringBuilder id = new StringBuilder();
        for (String part : path.split("[^A-Za-z0-9]+")) {
            id.append(part.isEmpty() ? "" : part.substring(0, 1).toUpperCase(Locale.ROOT))
                    .append(part.isEmpty() ? "" : part.substring(1));
        }
        return id.toString();
    }
}
