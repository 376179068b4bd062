package dev.faregate.usage;

import dev.faregate.base.ApiException;
import dev.faregate.base.Json;
import dev.faregate.base.JsonWriter;
import dev.faregate.base.Usd;
import dev.faregate.chat.TokenUsage;
import dev.faregate.credits.Claim;
import dev.faregate.credits.Finding;
import dev.faregate.credits.OrphanRecords;
import dev.faregate.credits.Settlement;
import dev.faregate.usage.Generation.Client;
import dev.faregate.usage.Generation.Cost;
import dev.faregate.usage.Generation.Media;
import dev.faregate.usage.Generation.Outcome;
import dev.faregate.usage.Generation.Owner;
import dev.faregate.usage.Generation.Route;
import dev.faregate.usage.Generation.Source;
import dev.faregate.usage.Generation.Tokens;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// The generation of a hold whose node died: what was intended is kept with the hold, so that its
/// charge shows up in the usage of its key as well as on its limits. The truth replaces a full charge when
/// it arrives.
public final class OrphanGenerations implements OrphanRecords {
    /// What a request was about to do when it took its hold. `balanceLimit` is the limit whose claim is
    /// the charge of the organization.
    public record Intent(
            Owner owner,
            String apiType,
            String requestedModel,
            String model,
            @Nullable String provider,
            @Nullable String providerName,
            String endpoint,
            boolean streamed,
            boolean byok,
            long balanceLimit) {}

    /// What the client saw of a node that died, as near as a status can say it.
    private static final int CUT_OFF = 502;

    /// Characters of an intent with names of the usual length.
    private static final int USUAL_CONTEXT = 512;

    /// The intent as the text that a `HoldRequest` carries.
    public static String context(Intent intent) {
        JsonWriter json = new JsonWriter(USUAL_CONTEXT)
                .beginObject()
                .text("organization", intent.owner().organizationId())
                .text("workspace", intent.owner().workspaceId())
                .text("key", intent.owner().apiKeyId());
        if (intent.owner().appId() != null) {
            json.number("app", intent.owner().appId());
        }
        json.text("type", intent.apiType())
                .text("requested", intent.requestedModel())
                .text("model", intent.model());
        if (intent.provider() != null) {
            json.text("provider", intent.provider());
        }
        if (intent.providerName() != null) {
            json.text("provider_name", intent.providerName());
        }
        return json.text("endpoint", intent.endpoint())
                .flag("streamed", intent.streamed())
                .flag("byok", intent.byok())
                .number("balance", intent.balanceLimit())
                .endObject()
                .toString();
    }

    /// Records nothing for a hold without an intent of ours: its money is booked all the same.
    @Override
    public Object[] record(Orphan orphan, Finding finding) {
        Intent intent = orphan.context() == null ? null : parse(orphan.context());
        return intent == null
                ? new Object[0]
                : generation(orphan, intent, finding).toRow();
    }

    private static Generation generation(Orphan orphan, Intent intent, Finding finding) {
        return new Generation(
                orphan.generation(),
                orphan.created(),
                intent.apiType(),
                intent.owner(),
                Client.SILENT,
                new Route(
                        intent.requestedModel(),
                        intent.model(),
                        null,
                        null,
                        intent.provider(),
                        intent.providerName(),
                        intent.endpoint(),
                        null,
                        null,
                        null,
                        "global",
                        null),
                new Outcome(CUT_OFF, "server", intent.streamed(), false, null, null, null, null, null),
                tokens(finding),
                Media.NONE,
                cost(orphan, intent, finding),
                List.of());
    }

    /// The record of an orphan that was charged in full, with what is known of it by now.
    static Generation corrected(Generation orphan, Finding finding) {
        Cost full = orphan.cost();
        return new Generation(
                orphan.id(),
                orphan.createdAt(),
                orphan.apiType(),
                orphan.owner(),
                orphan.client(),
                orphan.route(),
                orphan.outcome(),
                tokens(finding),
                orphan.media(),
                cost(finding, full.charge(), full.upstream(), full.priceVersion(), full.byok()),
                orphan.attempts());
    }

    private static Tokens tokens(Finding finding) {
        if (!(finding instanceof Finding.Billed billed) || billed.usage() == null) {
            return Tokens.UNKNOWN;
        }
        TokenUsage usage = billed.usage();
        return new Tokens(
                usage.prompt(),
                usage.completion(),
                usage.prompt(),
                usage.completion(),
                usage.cached(),
                usage.cacheWrite(),
                usage.reasoning(),
                null);
    }

    private static Cost cost(Orphan orphan, Intent intent, Finding finding) {
        Usd held = orphan.claims().stream()
                .filter(claim -> claim.limitId() == intent.balanceLimit())
                .map(Claim::amount)
                .findFirst()
                .orElse(Usd.ZERO);
        Usd most = intent.byok() ? largest(orphan) : held;
        return cost(finding, held, most, orphan.priceVersion(), intent.byok());
    }

    /// What it cost as far as is known: `held` of the organization and `most` of the provider where nothing is.
    private static Cost cost(Finding finding, Usd held, Usd most, @Nullable String priceVersion, boolean byok) {
        return switch (finding) {
            case Finding.NeverSent _ -> new Cost(Usd.ZERO, Usd.ZERO, null, Source.VOID, priceVersion, byok, false);
            case Finding.Billed billed ->
                new Cost(
                        billed.charge().min(held),
                        // Of an own provider key the house pays nothing; its list price is the most that is charged.
                        byok ? billed.charge() : billed.realCost(),
                        null,
                        source(billed.source()),
                        priceVersion,
                        byok,
                        false);
            case Finding.Doubtful _ -> new Cost(held, most, null, Source.ORPHAN, priceVersion, byok, false);
        };
    }

    private static Usd largest(Orphan orphan) {
        return orphan.claims().stream().map(Claim::amount).reduce(Usd.ZERO, Usd::max);
    }

    private static Source source(Settlement.Source source) {
        return switch (source) {
            case EXACT -> Source.EXACT;
            case ESTIMATED -> Source.ESTIMATED;
            case ORPHAN -> Source.ORPHAN;
            case VOID -> Source.VOID;
        };
    }

    private static @Nullable Intent parse(String context) {
        try {
            ObjectNode node = Json.readObject(context.getBytes(StandardCharsets.UTF_8));
            return new Intent(
                    new Owner(
                            node.path("organization").stringValue(),
                            node.path("workspace").stringValue(),
                            node.path("key").stringValue(),
                            node.path("app").isInt() ? node.path("app").intValue() : null),
                    node.path("type").stringValue(),
                    node.path("requested").stringValue(),
                    node.path("model").stringValue(),
                    text(node.path("provider")),
                    text(node.path("provider_name")),
                    node.path("endpoint").stringValue(),
                    node.path("streamed").booleanValue(),
                    node.path("byok").booleanValue(),
                    node.path("balance").longValue());
        } catch (ApiException | tools.jackson.databind.exc.JsonNodeException e) {
            return null;
        }
    }

    private static @Nullable String text(JsonNode node) {
        return node.isString() ? node.stringValue() : null;
    }
}
