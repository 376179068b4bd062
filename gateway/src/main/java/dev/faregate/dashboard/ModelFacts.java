package dev.faregate.dashboard;

import dev.faregate.base.Usd;
import dev.faregate.models.Measurements;
import dev.faregate.models.Measurements.EndpointFigures;
import dev.faregate.models.Measurements.Percentiles;
import dev.faregate.models.Model;
import dev.faregate.models.ModelEndpoint;
import dev.faregate.models.Prices;
import dev.faregate.models.Rate;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// A model that can be used, as its pages show it. Prices are those of its cheapest endpoint; latency and
/// throughput are those of its best one, as lists are sorted by them.
///
/// @param figures what was measured of its usable endpoints
public record ModelFacts(Model model, List<EndpointFigures> figures) {
    /// Pico-dollars for one token are nano-dollars for a thousand.
    private static final long THOUSANDS_IN_MILLION = 1_000;

    private static final long PICOS_IN_NANO = 1_000;

    /// Providers that are told by name.
    private static final int SHOWN = 3;

    static ModelFacts of(Model model, Measurements measured) {
        return new ModelFacts(
                model,
                model.usable().stream()
                        .map(endpoint -> measured.of(model, endpoint))
                        .toList());
    }

    /// The address of its page.
    public String address() {
        return ModelsPage.PATH + "/" + URLEncoder.encode(model.author(), StandardCharsets.UTF_8) + "/"
                + URLEncoder.encode(model.slug(), StandardCharsets.UTF_8);
    }

    /// The address where one talks with it.
    public String playground() {
        return PlaygroundPage.PATH + "?model="
                + URLEncoder.encode(model.id(), StandardCharsets.UTF_8).replace("%2F", "/");
    }

    public boolean isFree() {
        return cheapest().isFree();
    }

    public Usd prompt() {
        return perMillion(cheapest(), Rate.PROMPT);
    }

    public Usd completion() {
        return perMillion(cheapest(), Rate.COMPLETION);
    }

    /// What each request costs besides; null where nothing is stated.
    public @Nullable Usd request() {
        return fee(cheapest(), Rate.REQUEST);
    }

    /// What each image that is made costs besides; null where nothing is stated.
    public @Nullable Usd image() {
        return fee(cheapest(), Rate.IMAGE_OUTPUT);
    }

    /// What each second of audio that is sent costs besides; null where nothing is stated.
    public @Nullable Usd second() {
        return fee(cheapest(), Rate.AUDIO_SECOND);
    }

    /// The lowest median of the last 30 minutes, or a dash.
    public String latency() {
        return medians(EndpointFigures::latency)
                .min(Comparator.naturalOrder())
                .map(MeasuredWords::seconds)
                .orElse(MeasuredWords.UNKNOWN);
    }

    /// The highest median of the last 30 minutes; null where none is known.
    public @Nullable String throughput() {
        return medians(EndpointFigures::throughput)
                .max(Comparator.naturalOrder())
                .map(MeasuredWords::speed)
                .orElse(null);
    }

    private Stream<Double> medians(Function<EndpointFigures, @Nullable Percentiles> of) {
        return figures.stream().flatMap(one -> Stream.ofNullable(of.apply(one))).map(Percentiles::p50);
    }

    /// Names of those that serve it, cheapest first, the further ones by their number.
    public String providers() {
        List<String> names = model.usable().stream()
                .map(endpoint -> endpoint.provider().name())
                .distinct()
                .toList();
        String first = String.join(", ", names.subList(0, Math.min(SHOWN, names.size())));
        return names.size() > SHOWN ? first + " and " + (names.size() - SHOWN) + " more" : first;
    }

    /// Parameters that some endpoint understands, in the order of the alphabet.
    public Set<String> parameters() {
        Set<String> all = new TreeSet<>();
        model.usable().stream().map(ModelEndpoint::supportedParameters).forEach(all::addAll);
        return all;
    }

    /// The price of a million tokens.
    static Usd perMillion(Prices prices, Rate rate) {
        return Usd.ofNanos(Math.multiplyExact(prices.picos(rate, 0), THOUSANDS_IN_MILLION));
    }

    /// The fee for one, rounded up to what money is counted in; null where none is stated.
    static @Nullable Usd fee(Prices prices, Rate rate) {
        return prices.base().has(rate) ? Usd.ofNanos(Math.ceilDiv(prices.base().get(rate), PICOS_IN_NANO)) : null;
    }

    private Prices cheapest() {
        return model.usable().getFirst().prices();
    }
}
