package dev.faregate.keys;

import dev.faregate.credits.Limits;
import dev.faregate.http.QueryParameters;
import dev.faregate.http.Request;
import dev.faregate.http.RequestHead;
import dev.faregate.http.Response;
import dev.faregate.identity.Actor;
import dev.faregate.identity.OrganizationStore;
import dev.faregate.storage.Database;
import dev.faregate.storage.Tx;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// `GET /keys`: the inference keys of a workspace, oldest first, a hundred to a page (contract 2.3).
/// Whoever pages, by `offset` or by `links.next`, meets each key that is there throughout exactly once,
/// however many others are made, deleted, disabled and enabled meanwhile (ADR 19).
public final class KeyListHandler {
    /// Keys on one page (contract section 1).
    public static final int PAGE_SIZE = 100;

    /// `last` is where the next page goes on; null on the last page.
    private record Page(List<KeyView> keys, @Nullable String last) {}

    private final Database database;
    private final Limits limits;
    private final KeyStore store;
    private final OrganizationStore organizations;
    private final KeyPages pages = new KeyPages();

    public KeyListHandler(Database database, Limits limits, KeyStore store, OrganizationStore organizations) {
        this.database = database;
        this.limits = limits;
        this.store = store;
        this.organizations = organizations;
    }

    public Response list(Request request) {
        RequestHead head = request.head();
        Actor actor = request.principal(Actor.class);
        QueryParameters query = new QueryParameters(head.query());
        int offset = query.offset();
        KeyHash after = after(query);
        if (after != null && query.find("offset") != null) {
            throw QueryParameters.wrong("after", "cannot be combined with offset");
        }
        KeyPages.Listing listing = new KeyPages.Listing(
                actor.actorKind().word() + ":" + actor.actorId(), head.remote(), filterText(query));
        Page page = database.read(tx -> page(tx, actor.organizationId(), query, listing, offset, after));
        if (page.keys().size() == PAGE_SIZE && after == null) {
            int next = Math.addExact(offset, page.keys().size());
            String last = page.keys().getLast().key().id();
            database.write(tx -> {
                pages.remember(tx, listing, next, last);
                return true;
            });
        }
        return Response.json(200, json -> {
            json.writeStartObject();
            json.writeArrayPropertyStart("data");
            page.keys().forEach(view -> view.write(json));
            json.writeEndArray();
            json.writeObjectPropertyStart("links");
            KeyView.writeText(json, "next", page.last() == null ? null : link(head.path(), query, page.last()));
            json.writeEndObject();
            json.writeEndObject();
        });
    }

    private Page page(
            Tx tx,
            String organization,
            QueryParameters query,
            KeyPages.Listing listing,
            int offset,
            @Nullable KeyHash after) {
        KeyStore.Filter filter = new KeyStore.Filter(
                KeyKind.INFERENCE,
                organizations
                        .referredTo(tx, organization, query.find("workspace_id"))
                        .id(),
                query.find("environment"),
                query.flag("include_disabled"));
        Optional<String> behind = Optional.empty();
        if (after != null) {
            behind = Optional.of(store.place(tx, organization, KeyKind.INFERENCE, after)
                    .orElseThrow(() -> QueryParameters.wrong("after", "names no key of this organization")));
        } else if (offset > 0) {
            behind = pages.find(tx, listing, offset);
        }
        // One more than is shown tells whether there is a next page.
        List<ApiKey> found = behind.isPresent()
                ? store.listAfter(tx, organization, filter, behind.get(), PAGE_SIZE + 1)
                : store.list(tx, organization, filter, offset, PAGE_SIZE + 1);
        List<ApiKey> shown = found.subList(0, Math.min(PAGE_SIZE, found.size()));
        String last = found.size() > PAGE_SIZE ? shown.getLast().hash() : null;
        return new Page(KeyView.of(tx, limits, shown), last);
    }

    private static @Nullable KeyHash after(QueryParameters query) {
        String text = query.find("after");
        return text == null
                ? null
                : KeyHash.parse(text).orElseThrow(() -> QueryParameters.wrong("after", "must be the hash of a key"));
    }

    /// What makes two calls pages of the same listing.
    private static String filterText(QueryParameters query) {
        return parameter("workspace_id", query.find("workspace_id"), KeyFields.MAX_ENVIRONMENT_LENGTH)
                + parameter("environment", query.find("environment"), KeyFields.MAX_ENVIRONMENT_LENGTH)
                + query.flag("include_disabled");
    }

    private static String parameter(String name, @Nullable String value, int most) {
        if (value != null && value.length() > most) {
            throw QueryParameters.wrong(name, "has at most " + most + " characters");
        }
        return (value == null ? "" : value.replace("/", "//")) + "/ ";
    }

    private static String link(String path, QueryParameters query, String last) {
        StringBuilder link = new StringBuilder(path).append("?after=").append(last);
        for (String name : List.of("workspace_id", "environment", "include_disabled")) {
            String value = query.find(name);
            if (value != null) {
                link.append('&').append(name).append('=').append(URLEncoder.encode(value, StandardCharsets.UTF_8));
            }
        }
        return link.toString();
    }
}
