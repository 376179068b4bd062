package dev.faregate.workspaces;

import java.math.BigDecimal;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What a management call can set of a workspace (contract 2.4).
///
/// @param providerSort `price`, `throughput`, `latency` or `exacto`; null for none
/// @param samplingBillionths the share of requests whose texts are logged, in billionths
/// @param loggedKeys keys whose texts are logged, by number or by hash; null for all
/// @param disabledTools server tools that may not be used; null for none
/// @param unaffordable `refuse` or `clamp`, for keys that do not say it themselves; null refuses
record WorkspaceSettings(
        String name,
        String slug,
        @Nullable String description,
        @Nullable String textModel,
        @Nullable String imageModel,
        @Nullable String providerSort,
        boolean logsTexts,
        boolean broadcasts,
        boolean discountLogging,
        long samplingBillionths,
        @Nullable List<Object> loggedKeys,
        @Nullable List<String> disabledTools,
        @Nullable String unaffordable) {
    static final long ALL_BILLIONTHS = 1_000_000_000L;
    private static final int SCALE = 9;

    /// A workspace of which only the names are told.
    static WorkspaceSettings plain(String name, String slug) {
        return new WorkspaceSettings(
                name, slug, null, null, null, null, false, false, false, ALL_BILLIONTHS, null, null, null);
    }

    /// From 0.0001 to 1.
    BigDecimal samplingRate() {
        BigDecimal rate = BigDecimal.valueOf(samplingBillionths, SCALE).stripTrailingZeros();
        return rate.scale() < 0 ? rate.setScale(0) : rate;
    }

    /// Whether requests are served otherwise than with `before`.
    boolean servesOtherwiseThan(WorkspaceSettings before) {
        return !java.util.Objects.equals(textModel, before.textModel)
                || !java.util.Objects.equals(providerSort, before.providerSort)
                || !java.util.Objects.equals(unaffordable, before.unaffordable);
    }

    /// What the audit log tells of a write.
    Map<String, ? extends @Nullable Object> auditDetail() {
        Map<String, @Nullable Object> detail = new HashMap<>();
        detail.put("name", name);
        detail.put("slug", slug);
        detail.put("description", description);
        detail.put("default_text_model", textModel);
        detail.put("default_image_model", imageModel);
        detail.put("default_provider_sort", providerSort);
        detail.put("is_observability_io_logging_enabled", logsTexts);
        detail.put("is_observability_broadcast_enabled", broadcasts);
        detail.put("is_data_discount_logging_enabled", discountLogging);
        detail.put("io_logging_sampling_rate", samplingRate());
        detail.put("io_logging_api_key_ids", loggedKeys);
        detail.put("disabled_server_tools", disabledTools);
        detail.put("unaffordable", unaffordable);
        return detail;
    }
}
