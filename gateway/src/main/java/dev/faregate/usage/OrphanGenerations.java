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

    /// The intent as the text that a `HoldRequest` carries.
    public static String context(Intent intent) {
        JsonWriter json = new JsonWriter()
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
        return switch (finding) {
            case Finding.NeverSent _ -> cost(orphan, intent, Usd.ZERO, Usd.ZERO, Source.VOID);
            case Finding.Billed billed ->
                cost(
                        orphan,
                        intent,
                        billed.charge().min(held),
                        // Of an own provider key the house pays nothing; its list price is the most that is charged.
                        intent.byok() ? billed.charge() : billed.realCost(),
                        source(billed.source()));
            case Finding.Doubtful _ ->
                cost(orphan, intent, held, intent.byok() ? largest(orphan) : held, Source.ORPHAN);
        };
    }

    private static Cost cost(Orphan orphan, Intent intent, Usd charge, Usd real, Source source) {
        return new Cost(charge, real, null, source, orphan.priceVersion(), intent.byok(), false);
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
