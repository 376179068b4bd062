package dev.faregate.presets;

import dev.faregate.http.QueryParameters;
import dev.faregate.http.Request;
import dev.faregate.http.Response;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import tools.jackson.core.JsonGenerator;

/// `/presets` (contract 2.4). A preset belongs to the workspace of the key that made it; a management key may
/// name another one of its organization with `workspace_id`.
public final class PresetsHandler {
    private static final int PAGE = 50;
    private static final int MAX_PAGE = 100;

    private final ManagedPresets presets;

    public PresetsHandler(ManagedPresets presets) {
        this.presets = presets;
    }

    /// `GET /presets`: that changed last first.
    public Response list(Request request) {
        QueryParameters query = new QueryParameters(request.head().query());
        return paged(presets.list(request, query.offset(), query.limit(PAGE, MAX_PAGE)), (json, preset) -> {
            json.writeStartObject();
            preset.writeFields(json);
            json.writeEndObject();
        });
    }

    /// `GET /presets/{slug}`: with its designated version.
    public Response get(Request request) {
        return data(presets.get(request)::write);
    }

    /// `GET /presets/{slug}/versions`: oldest first.
    public Response versions(Request request) {
        QueryParameters query = new QueryParameters(request.head().query());
        return paged(
                presets.versions(request, query.offset(), query.limit(PAGE, MAX_PAGE)),
                (json, version) -> version.write(json));
    }

    /// `GET /presets/{slug}/versions/{version}`
    public Response version(Request request) {
        return data(presets.version(request, request.head().pathParameter("version"))::write);
    }

    /// `POST /presets/{slug}/chat/completions`: a new preset, or a new version of one.
    public Response fromChat(Request request) {
        return data(presets.fromChat(request)::write);
    }

    /// `POST /presets/{slug}/messages`
    public Response fromMessages(Request request) {
        return data(presets.fromMessages(request)::write);
    }

    /// `POST /presets/{slug}/responses`
    public Response fromResponses(Request request) {
        return data(presets.fromResponses(request)::write);
    }

    /// `PATCH /presets/{slug}`: name, description and status. Ours; OpenRouter has pages for it.
    public Response update(Request request) {
        return data(presets.update(request)::write);
    }

    private static Response data(Consumer<JsonGenerator> write) {
        return Response.json(200, json -> {
            json.writeStartObject();
            json.writeName("data");
            write.accept(json);
            json.writeEndObject();
        });
    }

    private static <T> Response paged(ManagedPresets.Page<T> page, BiConsumer<JsonGenerator, T> write) {
        return Response.json(200, json -> {
            json.writeStartObject();
            json.writeArrayPropertyStart("data");
            page.items().forEach(item -> write.accept(json, item));
            json.writeEndArray();
            json.writeNumberProperty("total_count", page.total());
            json.writeEndObject();
        });
    }
}
