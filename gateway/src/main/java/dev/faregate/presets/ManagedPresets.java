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
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonGenerator;

/// What is done with the presets of a workspace, whoever asks: the API for a key, the page for a person. Every write
/// happens once for its `Idempotency-Key` and is an event of the audit log; the fields are those of the bodies of
/// `/presets` (contract 2.4). A preset belongs to the workspace of the caller that made it; a management key may name
/// another one of its organization with `workspace_id`. Safe to share between threads; blocks.
public final class ManagedPresets {
    /// Presets of one workspace, and versions of one preset.
    static final int MAX_PRESETS = 1_000;

    static final int MAX_VERSIONS = 5_000;

    private static final Pattern VERSION = Pattern.compile("[0-9]{1,9}");
    private static final int MAX_NAME_LENGTH = 100;
    private static final int MAX_DESCRIPTION_LENGTH = 500;

    private final Database database;
    private final OrganizationStore organizations;
    private final Writes writes;
    private final Presets presets;
    private final RequestReader.Limits limits;
    private final PresetStore store = new PresetStore();

    public ManagedPresets(
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

    /// Some records, and how many there are.
    public record Page<T>(List<T> items, int total) {}

    /// A preset with the version that requests use, null before the first one is stored.
    public record Whole(Preset preset, Preset.@Nullable Version designated) {
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

    /// A page, that changed last first.
    public Page<Preset> list(Request request, int offset, int limit) {
        return database.read(tx -> {
            String workspace = workspace(tx, request);
            return new Page<>(store.list(tx, workspace, offset, limit), store.count(tx, workspace));
        });
    }

    /// The same page, each with the version that requests use.
    public Page<Whole> wholes(Request request, int offset, int limit) {
        return database.read(tx -> {
            String workspace = workspace(tx, request);
            List<Preset> page = store.list(tx, workspace, offset, limit);
            Map<String, Preset.Version> versions = store.designated(tx, page).stream()
                    .collect(Collectors.toMap(Preset.Version::presetId, version -> version));
            List<Whole> wholes = page.stream()
                    .map(preset -> new Whole(preset, versions.get(preset.id())))
                    .toList();
            return new Page<>(wholes, store.count(tx, workspace));
        });
    }

    public Whole get(Request request) {
        return database.read(tx -> whole(tx, named(tx, request)));
    }

    /// A page of the versions, oldest first.
    public Page<Preset.Version> versions(Request request, int offset, int limit) {
        return database.read(tx -> {
            String preset = named(tx, request).id();
            return new Page<>(store.versions(tx, preset, offset, limit), store.countVersions(tx, preset));
        });
    }

    /// The newest versions, newest first.
    public Page<Preset.Version> newestVersions(Request request, int limit) {
        return database.read(tx -> {
            String preset = named(tx, request).id();
            return new Page<>(store.newestVersions(tx, preset, limit), store.countVersions(tx, preset));
        });
    }

    public Preset.Version version(Request request, String number) {
        if (!VERSION.matcher(number).matches()) {
            throw bad("A version of a preset is a whole number.", "version");
        }
        return database.read(tx -> store.version(tx, named(tx, request).id(), Integer.parseInt(number))
                .orElseThrow(() -> notFound("Preset version not found")));
    }

    /// A new preset, or a new version of one, from a body of `POST /chat/completions`.
    public Whole fromChat(Request request) {
        return write(request, slug(request), PresetDraft.ofChat(Json.readObject(request.body()), limits), false);
    }

    /// The same, from a body of `POST /messages`.
    public Whole fromMessages(Request request) {
        return write(request, slug(request), MessagesDraft.of(Json.readObject(request.body()), limits), false);
    }

    /// The same, from a body of `POST /responses`.
    public Whole fromResponses(Request request) {
        return write(request, slug(request), ResponsesDraft.of(Json.readObject(request.body()), limits), false);
    }

    /// A preset that is not there yet, from a body of `POST /chat/completions`. Throws a 400 about `slug` when it is.
    public Whole create(Request request, String slug) {
        return write(request, slug, PresetDraft.ofChat(Json.readObject(request.body()), limits), true);
    }

    private Whole write(Request request, String slug, PresetDraft draft, boolean fresh) {
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
            if (fresh && before != null) {
                throw bad("`slug` is the name of a preset of this workspace already.", "slug");
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
        return written;
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

    /// Name, description and status; what is absent stays.
    public Whole update(Request request) {
        BodyFields body = BodyFields.of(request.body());
        Whole updated = database.write(tx -> {
            String workspace = workspace(tx, request);
            Preset before = store.findForUpdate(tx, workspace, slug(request)).orElseThrow(ManagedPresets::notFound);
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
        return updated;
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
        return store.find(tx, workspace(tx, request), slug(request)).orElseThrow(ManagedPresets::notFound);
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
}
