package dev.faregate.dashboard;

import dev.faregate.base.Usd;
import dev.faregate.models.Measurements;
import dev.faregate.models.ModelEndpoint;
import dev.faregate.models.Rate;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// A model at one provider, as its page shows it.
public record EndpointFacts(ModelEndpoint endpoint, Measurements.EndpointFigures figures) {
    public boolean isFree() {
        return endpoint.prices().isFree();
    }

    public Usd prompt() {
        return ModelFacts.perMillion(endpoint.prices(), Rate.PROMPT);
    }

    public Usd completion() {
        return ModelFacts.perMillion(endpoint.prices(), Rate.COMPLETION);
    }

    /// What each request costs besides; null where nothing is stated.
    public @Nullable Usd request() {
        return ModelFacts.perRequest(endpoint.prices());
    }

    /// The price of a million tokens that are read from the provider's cache; null where nobody states one.
    public @Nullable Usd cached() {
        return endpoint.prices().base().has(Rate.CACHE_READ)
                ? ModelFacts.perMillion(endpoint.prices(), Rate.CACHE_READ)
                : null;
    }

    /// Whether prices change with the length of the prompt.
    public boolean hasSteps() {
        return !endpoint.prices().overrides().isEmpty();
    }

    /// `99.8 %` of the last 30 minutes, or a dash.
    public String uptime() {
        Double uptime = figures.uptimeLast30m();
        return uptime == null ? "–" : String.format(Locale.ROOT, "%.1f %%", uptime);
    }

    /// The median of the last 30 minutes, or a dash.
    public String latency() {
        Measurements.Percentiles latency = figures.latency();
        return latency == null ? "–" : String.format(Locale.ROOT, "%.2f s", latency.p50());
    }

    /// What its provider does with prompts, as far as it is known.
    public String policy() {
        if (endpoint.provider().policy() == null) {
            return "Data policy not known";
        }
        String keeps = endpoint.provider().mayRetain() ? "Keeps prompts" : "Keeps nothing";
        return endpoint.provider().mayTrain() ? keeps + ", may train" : keeps;
    }
}
