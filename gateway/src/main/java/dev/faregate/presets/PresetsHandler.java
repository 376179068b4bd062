package dev.faregate.presets;

import dev.faregate.base.ApiError;
import dev.faregate.base.ApiException;
import dev.faregate.base.Ids;
import dev.faregate.base.Json;
import dev.faregate.chat.RequestReader;
import dev.faregate.http.Access;
import dev.faregate.http.BodyFields;
import dev.faregate.http.QueryParameters;
import dev.faregate.http.Request;
import dev.faregate.http.Response;
import dev.faregate.identity.Actor;
import dev.faregate.identity.OrganizationStore;
import dev.faregate.identity.Writes;
import dev.faregate.storage.Changes;
import dev.faregate.storage.Database;
import dev.faregate.storage.Tx;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonGenerator;

/// `/presets` (contract 2.4). A preset belongs to the workspace of the key that made it; a management key may
/// name another one of its organization with `workspace_id`.
public final class PresetsHandler {
    /// Presets of one workspace, and versions of one preset.
    static final int MAX_PRESETS = 1_000;

    static final int MAX_VERSIONS = 5_000;
    private static final int MAX_NAME_LENGTH = 100;
    private static final int MAX_DESCRIPTION_LENGTH = 500;
    private static final int PAGE = 50;
    private static final int MAX_PAGE = 100;
    private static final int MAX_VERSION_DIGITS = 9;

    private static final Pattern VERSION = Pattern.compile("[0-9]{1," + MAX_VERSION_DIGITS + "}");

    private record Whole(Preset preset, Preset.@Nullable Version designated) {
        void write(JsonGenerator json) {
            json.writeStartObject();
            preset.writeFields(json);
            json.writeName("designated_version");
            if (designated == null) {
                json.writeNull();
            } else {
                designated.write(json);
            }
            json.writeEndObject();
        }
    }

    private record Page<T>(List<T> items, int total) {}

    private final Database database;
    private final OrganizationStore organizations;
    private final Writes writes;
    private final Presets presets;
    private final RequestReader.Limits limits;
    private final PresetStore store = new PresetStore();

    public PresetsHandler(
            Database database,
            OrganizationStore organizations,
            Writes writes,
            Presets presets,
            RequestReader.Limits limits) {
        this.database = database;
        this.organizations = organizations;
        this.writes = writes;
        this.presets = presets;
        this.limits = limits;
    }

    /// `GET /presets`: that changed last first.
    public Response list(Request request) {
        QueryParameters query = new QueryParameters(request.head().query());
        int offset = query.offset();
        int limit = query.limit(PAGE, MAX_PAGE);
        Page<Preset> page = database.read(tx -> {
            String workspace = workspace(tx, request);
            return new Page<>(store.list(tx, workspace, offset, limit), store.count(tx, workspace));
        });
        return paged(page, (json, preset) -> {
            json.writeStartObject();
            preset.writeFields(json);
            json.writeEndObject();
        });
    }

    /// `GET /presets/{slug}`: with its designated version.
    public Response get(Request request) {
        Whole whole = database.read(tx -> whole(tx, named(tx, request)));
        return data(whole::write);
    }

    /// `GET /presets/{slug}/versions`: oldest first.
    public Response versions(Request request) {
        QueryParameters query = new QueryParameters(request.head().query());
        int offset = query.offset();
        int limit = query.limit(PAGE, MAX_PAGE);
        Page<Preset.Version> page = database.read(tx -> {
            String preset = named(tx, request).id();
            return new Page<>(store.versions(tx, preset, offset, limit), store.countVersions(tx, preset));
        });
        return paged(page, (json, version) -> version.write(json));
    }

    /// `GET /presets/{slug}/versions/{version}`
    public Response version(Request request) {
        String number = request.head().pathParameter("version");
        if (!VERSION.matcher(number).matches()) {
            throw bad("A version of a preset is a whole number.", "version");
        }
        Preset.Version version =
                database.read(tx -> store.version(tx, named(tx, request).id(), Integer.parseInt(number))
                        .orElseThrow(() -> notFound("Preset version not found")));
        return data(version::write);
    }

    /// `POST /presets/{slug}/chat/completions`: a new preset, or a new version of one.
    public Response fromChat(Request request) {
        return write(request, PresetDraft.ofChat(Json.readObject(request.body()), limits));
    }

    /// `POST /presets/{slug}/messages`
    public Response fromMessages(Request request) {
        return write(request, MessagesDraft.of(Json.readObject(request.body()), limits));
    }

    /// `POST /presets/{slug}/responses`
    public Response fromResponses(Request request) {
        return write(request, ResponsesDraft.of(Json.readObject(request.body()), limits));
    }

    private Response write(Request request, PresetDraft draft) {
        String slug = request.head().pathParameter("slug");
        if (!Preset.isSlug(slug)) {
            throw bad(
                    "The slug of a preset must be 1 to " + Preset.MAX_SLUG_LENGTH
                            + " letters, digits, hyphens and underscores, with a letter or digit at both ends.",
                    "slug");
        }
        Whole written = database.write(tx -> {
            String workspace = workspace(tx, request);
            OrganizationStore.keepWorkspace(tx, workspace);
            Actor actor = request.principal(Actor.class);
            Preset before = store.find(tx, workspace, slug).orElse(null);
            String id = before == null ? Ids.next().toString() : before.id();
            Optional<String> earlier = writes.claim(tx, request, id);
            if (earlier.isPresent()) {
                return whole(tx, store.get(tx, earlier.get()));
            }
            if (before == null && store.count(tx, workspace) >= MAX_PRESETS) {
                throw bad("A workspace can have at most " + MAX_PRESETS + " presets.", null);
            }
            if (before == null) {
                // When somebody else makes it at this moment, this becomes its second version.
                store.insert(tx, id, actor.organizationId(), workspace, slug, actor.userId());
            }
            Preset preset = store.findForUpdate(tx, workspace, slug).orElseThrow();
            add(tx, actor, preset, draft);
            Whole now = whole(tx, store.get(tx, preset.id()));
            Changes.record(tx, Presets.subject(workspace), false);
            Map<String, Object> detail = Map.of(
                    "slug",
                    slug,
                    "version",
                    Objects.requireNonNull(now.designated()).version(),
                    "has_system_prompt",
                    draft.systemPrompt() != null);
            writes.record(tx, request, "preset.version", preset.id(), detail);
            return now;
        });
        presets.forget(written.preset().workspaceId());
        return data(written::write);
    }

    private void add(Tx tx, Actor actor, Preset preset, PresetDraft draft) {
        int versions = store.countVersions(tx, preset.id());
        if (versions >= MAX_VERSIONS) {
            throw bad("A preset can have at most " + MAX_VERSIONS + " versions; make another one.", null);
        }
        String creator = actor.userId() != null ? actor.userId() : actor.actorId();
        store.add(
                tx,
                new Preset.Version(
                        Ids.next().toString(),
                        preset.id(),
                        versions + 1,
                        creator == null ? actor.actorKind().word() : creator,
                        draft.systemPrompt(),
                        draft.config(),
                        tx.now()));
    }

    /// `PATCH /presets/{slug}`: name, description and status. Ours; OpenRouter has pages for it.
    public Response update(Request request) {
        BodyFields body = BodyFields.of(request.body());
        Whole updated = database.write(tx -> {
            String workspace = workspace(tx, request);
            Preset before = store.findForUpdate(tx, workspace, slug(request)).orElseThrow(PresetsHandler::notFound);
            if (writes.claim(tx, request, before.id()).isPresent()) {
                return whole(tx, before);
            }
            Preset after = patched(before, body, tx);
            if (!after.equals(before)) {
                store.update(tx, after);
                Changes.record(tx, Presets.subject(workspace), false);
                writes.record(tx, request, "preset.update", after.id(), auditDetail(after));
            }
            return whole(tx, after);
        });
        presets.forget(updated.preset().workspaceId());
        return data(updated::write);
    }

    private static Preset patched(Preset before, BodyFields body, Tx tx) {
        String name = body.has("name") ? body.text("name", MAX_NAME_LENGTH) : before.name();
        String description =
                body.has("description") ? body.findProse("description", MAX_DESCRIPTION_LENGTH) : before.description();
        Preset.Status status = before.status();
        if (body.has("status")) {
            String word = body.findWord("status", Preset.Status.WORDS);
            if (word == null) {
                throw body.bad("status", "must be one of " + String.join(", ", Preset.Status.WORDS));
            }
            status = Preset.Status.ofWord(word);
        }
        boolean same = name.equals(before.name())
                && Objects.equals(description, before.description())
                && status == before.status();
        return same
                ? before
                : new Preset(
                        before.id(),
                        before.workspaceId(),
                        before.slug(),
                        name,
                        description,
                        status,
                        status == before.status() ? before.statusUpdatedAt() : tx.now(),
                        before.creatorUserId(),
                        before.designatedVersionId(),
                        before.createdAt(),
                        tx.now());
    }

    private static Map<String, ? extends @Nullable Object> auditDetail(Preset preset) {
        Map<String, @Nullable Object> detail = new HashMap<>();
        detail.put("slug", preset.slug());
        detail.put("name", preset.name());
        detail.put("description", preset.description());
        detail.put("status", preset.status().word());
        return detail;
    }

    private Whole whole(Tx tx, Preset preset) {
        return new Whole(preset, store.designated(tx, preset).orElse(null));
    }

    private Preset named(Tx tx, Request request) {
        return store.find(tx, workspace(tx, request), slug(request)).orElseThrow(PresetsHandler::notFound);
    }

    private static String slug(Request request) {
        return request.head().pathParameter("slug");
    }

    /// The workspace asked for: one's own, or with a management key any of the organization.
    private String workspace(Tx tx, Request request) {
        Actor actor = request.principal(Actor.class);
        String reference = new QueryParameters(request.head().query()).find("workspace_id");
        if (reference == null) {
            return actor.workspaceId();
        }
        String found = organizations
                .findWorkspace(tx, actor.organizationId(), reference)
                .orElseThrow(() -> notFound("Workspace not found"))
                .id();
        if (!found.equals(actor.workspaceId()) && actor.refusal(Access.MANAGEMENT) != null) {
            throw notFound("Workspace not found");
        }
        return found;
    }

    private static ApiException notFound() {
        return notFound("Preset not found");
    }

    private static ApiException notFound(String message) {
        return new ApiException(new ApiError.NotFound(message));
    }

    private static ApiException bad(String message, @Nullable String param) {
        return PresetDraft.bad(message, param);
    }

    private static Response data(Consumer<JsonGenerator> write) {
        return Response.json(200, json -> {
            json.writeStartObject();
            json.writeName("data");
            write.accept(json);
            json.writeEndObject();
        });
    }

    private static <T> Response paged(Page<T> page, java.util.function.BiConsumer<JsonGenerator, T> write) {
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
