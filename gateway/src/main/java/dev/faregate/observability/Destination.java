package dev.faregate.observability;

import dev.faregate.base.Json;
import dev.faregate.byok.Sealed;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonGenerator;
import tools.jackson.databind.JsonNode;

/// Where generations of a workspace are reported to (contract 2.4). `config` is the JSON text that may be shown, its
/// secrets masked; all of it is in `sealed`. `filterRules` and `regions` are JSON texts as they were written, null
/// when nobody wrote any.
public record Destination(
        String id,
        String organizationId,
        String workspaceId,
        DestinationType type,
        Terms terms,
        String config,
        Sealed sealed,
        Instant createdAt,
        Instant updatedAt) {

    /// What a management call can change beside the configuration. `keyHashes` null is every key. The three flags
    /// say what is sent beside the usual: costs, who it was, and what the client said about itself.
    public record Terms(
            String name,
            boolean enabled,
            boolean privacyMode,
            boolean sendsCost,
            boolean sendsIdentity,
            boolean sendsContext,
            BigDecimal samplingRate,
            @Nullable List<String> keyHashes,
            @Nullable String filterRules,
            @Nullable String regions) {}

    /// What the sealed configuration is bound to.
    static String[] place(String id, String organizationId, DestinationType type) {
        return new String[] {"observability_destination", id, organizationId, type.word()};
    }

    String[] place() {
        return place(id, organizationId, type);
    }

    /// The record as the API shows it, for a form to begin with.
    public JsonNode shown() {
        return Json.read(Json.write(this::write));
    }

    /// What it gets, in a few words, such as `10 % of requests, of 2 keys`.
    public String gets() {
        StringBuilder words = new StringBuilder();
        if (terms.samplingRate().compareTo(BigDecimal.ONE) == 0) {
            words.append("All requests");
        } else {
            words.append(terms.samplingRate()
                            .movePointRight(2)
                            .stripTrailingZeros()
                            .toPlainString())
                    .append(" % of requests");
        }
        List<String> hashes = terms.keyHashes();
        if (hashes != null) {
            words.append(" of ").append(hashes.size()).append(hashes.size() == 1 ? " key" : " keys");
        }
        if (terms.filterRules() != null) {
            words.append(", by rules");
        }
        return words.toString();
    }

    void write(JsonGenerator json) {
        json.writeStartObject();
        json.writeStringProperty("id", id);
        json.writeStringProperty("workspace_id", workspaceId);
        json.writeStringProperty("name", terms.name());
        json.writeStringProperty("type", type.word());
        json.writeBooleanProperty("enabled", terms.enabled());
        json.writeBooleanProperty("privacy_mode", terms.privacyMode());
        json.writeBooleanProperty("broadcast_generation_cost", terms.sendsCost());
        // Required by the newest Python SDK (openrouter 1.3.84); there is no such option here.
        json.writeBooleanProperty("broadcast_generation_cost_allocation", false);
        json.writeBooleanProperty("broadcast_generation_identity", terms.sendsIdentity());
        json.writeBooleanProperty("broadcast_generation_request_context", terms.sendsContext());
        json.writeNumberProperty("sampling_rate", terms.samplingRate());
        if (terms.keyHashes() == null) {
            json.writeNullProperty("api_key_hashes");
        } else {
            json.writeArrayPropertyStart("api_key_hashes");
            terms.keyHashes().forEach(json::writeString);
            json.writeEndArray();
        }
        raw(json, "filter_rules", terms.filterRules() == null ? "null" : terms.filterRules());
        raw(json, "regions", terms.regions() == null ? "[\"global\"]" : terms.regions());
        raw(json, "config", config);
        json.writeStringProperty("created_at", createdAt.toString());
        json.writeStringProperty("updated_at", updatedAt.toString());
        json.writeEndObject();
    }

    private static void raw(JsonGenerator json, String name, String text) {
        json.writeName(name);
        json.writeRawValue(text);
    }

    Map<String, ? extends @Nullable Object> auditDetail() {
        Map<String, @Nullable Object> detail = new HashMap<>();
        detail.put("workspace_id", workspaceId);
        detail.put("type", type.word());
        detail.put("name", terms.name());
        detail.put("enabled", terms.enabled());
        detail.put("privacy_mode", terms.privacyMode());
        detail.put("broadcast_generation_cost", terms.sendsCost());
        detail.put("broadcast_generation_identity", terms.sendsIdentity());
        detail.put("broadcast_generation_request_context", terms.sendsContext());
        detail.put("sampling_rate", terms.samplingRate());
        detail.put("api_key_hashes", terms.keyHashes());
        detail.put("config", config);
        return detail;
    }

    FilterRules rules() {
        String text = terms.filterRules();
        return text == null ? FilterRules.NONE : FilterRules.read(Json.read(text.getBytes(StandardCharsets.UTF_8)));
    }
}
