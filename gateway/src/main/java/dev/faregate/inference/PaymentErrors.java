package dev.faregate.inference;

import dev.faregate.base.ApiError;
import dev.faregate.base.Usd;
import dev.faregate.credits.Scope;
import dev.faregate.credits.Shortage;
import dev.faregate.models.Charge;
import dev.faregate.models.UsageBound;
import dev.faregate.routing.Candidate;
import java.math.BigInteger;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// The words for money that is not there (contract 1.1, 3.1 and 3.3; statuses as design D8): which limit,
/// how much of it is spent and held, what would still fit, and when to come back.
final class PaymentErrors {
    /// Running requests end within seconds to minutes; asking again sooner than this only adds load.
    private static final int RETRY_AFTER_SECONDS = 5;

    private static final BigInteger PICOS_PER_NANO = BigInteger.valueOf(1_000);

    /// Where a person raises limits and buys credit, `https://host` without a trailing slash, or empty.
    private final String publicUrl;

    PaymentErrors(String publicUrl) {
        this.publicUrl = publicUrl;
    }

    /// The completion tokens per choice that the money left on every limit pays for; negative when not
    /// even the prompt fits.
    static long affordable(Candidate candidate, List<Shortage> shortages) {
        Usd available =
                shortages.stream().map(Shortage::available).reduce(Usd::min).orElseThrow();
        UsageBound bound = candidate.bound();
        Usd prompt = candidate.clamped(0).ceiling();
        BigInteger rest = BigInteger.valueOf(available.nanos())
                .subtract(BigInteger.valueOf(prompt.nanos()))
                .multiply(PICOS_PER_NANO);
        if (rest.signum() < 0) {
            return -1;
        }
        long price = Charge.dearestCompletion(candidate.endpoint().prices(), bound);
        if (price == 0) {
            return candidate.outputLimit();
        }
        BigInteger tokens = rest.divide(BigInteger.valueOf(price).multiply(BigInteger.valueOf(bound.choices())));
        return tokens.min(BigInteger.valueOf(candidate.outputLimit())).longValueExact();
    }

    ApiError refusal(Candidate candidate, List<Shortage> shortages) {
        Shortage first = shortages.stream().filter(Shortage::spent).findFirst().orElse(shortages.getFirst());
        Map<String, Object> metadata = metadata(first);
        if (first.spent()) {
            return spent(first, metadata);
        }
        if (shortages.stream().allMatch(Shortage::onlyHoldsInTheWay)) {
            metadata.put("reason", "in_flight_budget_exhausted");
            return new ApiError.PaymentRequired(
                    "This request would exceed your available credits given your current in-flight requests. "
                            + "Wait for them to finish and try again. " + where(first),
                    "openrouter_in_flight_budget",
                    metadata,
                    RETRY_AFTER_SECONDS);
        }
        long affordable = affordable(candidate, shortages);
        String message = affordable > 0
                ? "This request requires more credits, or fewer max_tokens. You requested up to "
                        + candidate.outputLimit() + " tokens, but can only afford " + affordable + ". To increase, "
                        + how(first)
                : "Prompt tokens limit exceeded: " + candidate.bound().promptTokens() + " > "
                        + affordablePrompt(candidate, first) + ". To increase, " + how(first);
        metadata.put("affordable_tokens", Math.max(0, affordable));
        return new ApiError.PaymentRequired(message, source(first.scope()), metadata, 0);
    }

    private ApiError spent(Shortage shortage, Map<String, Object> metadata) {
        return switch (shortage.scope()) {
            case KEY ->
                new ApiError.PaymentRequired(
                        "Key limit exceeded (" + word(shortage) + " limit). Manage it using " + publicUrl
                                + "/settings/keys",
                        source(shortage.scope()),
                        metadata,
                        0);
            case BALANCE ->
                new ApiError.PaymentRequired(
                        "Insufficient credits. Add more using " + publicUrl + "/settings/credits",
                        source(shortage.scope()),
                        metadata,
                        0);
            case GUARDRAIL_MEMBER, GUARDRAIL_KEY, WORKSPACE -> {
                metadata.put("limit_source", source(shortage.scope()));
                String name = shortage.scope() == Scope.WORKSPACE ? "Workspace" : "Guardrail";
                yield new ApiError.Forbidden(
                        name + " " + word(shortage) + " budget of " + shortage.cap()
                                + " exceeded. Contact your org admin.",
                        "budget_exceeded",
                        metadata);
            }
        };
    }

    private static long affordablePrompt(Candidate candidate, Shortage shortage) {
        long price = Charge.dearestPrompt(candidate.endpoint().prices(), candidate.bound());
        long available = Math.max(0, shortage.available().nanos());
        return price == 0
                ? 0
                : BigInteger.valueOf(available)
                        .multiply(PICOS_PER_NANO)
                        .divide(BigInteger.valueOf(price))
                        .min(BigInteger.valueOf(Long.MAX_VALUE))
                        .longValueExact();
    }

    private String how(Shortage shortage) {
        return switch (shortage.scope()) {
            case KEY ->
                "visit " + publicUrl + "/settings/keys and create a key with a higher " + word(shortage) + " limit";
            case BALANCE -> "visit " + publicUrl + "/settings/credits and add more credits";
            case GUARDRAIL_MEMBER, GUARDRAIL_KEY, WORKSPACE ->
                "ask an admin to raise the " + word(shortage) + " budget";
        };
    }

    private static String where(Shortage shortage) {
        return "Of the " + word(shortage) + " limit of " + shortage.cap() + ", " + shortage.used() + " is spent and "
                + shortage.held() + " is held by running requests.";
    }

    private static String word(Shortage shortage) {
        return shortage.window().name().toLowerCase(Locale.ROOT);
    }

    static String source(Scope scope) {
        return switch (scope) {
            case KEY -> "openrouter_key_limit";
            case BALANCE -> "openrouter_credits";
            case GUARDRAIL_MEMBER, GUARDRAIL_KEY -> "openrouter_guardrail_budget";
            case WORKSPACE -> "openrouter_workspace_budget";
        };
    }

    private static Map<String, Object> metadata(Shortage shortage) {
        Map<String, Object> metadata = new LinkedHashMap<>();
        metadata.put("scope", shortage.scope().name().toLowerCase(Locale.ROOT));
        metadata.put("window", word(shortage));
        metadata.put("limit_usd", shortage.cap().dollars());
        metadata.put("spend_usd", shortage.used().dollars());
        metadata.put("held_usd", shortage.held().dollars());
        metadata.put("needed_usd", shortage.asked().dollars());
        if (shortage.resetsAt() != null) {
            metadata.put("resets_at", shortage.resetsAt().toString());
        }
        return metadata;
    }
}
