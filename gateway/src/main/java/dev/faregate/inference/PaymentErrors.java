package dev.faregate.inference;

import dev.faregate.base.ApiError;
import dev.faregate.base.Usd;
import dev.faregate.credits.Scope;
import dev.faregate.credits.Shortage;
import dev.faregate.credits.Window;
import dev.faregate.models.Charge;
import dev.faregate.routing.Candidate;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Supplier;

/// The words for money that is not there (contract 1.1, 3.1, 3.3 and 3.6; statuses as design D8 and rulings
/// 2): which limit, how much of it is spent and held, what would still fit, and when to come back.
final class PaymentErrors {
    /// Running requests end within seconds to minutes; asking again sooner than this only adds load.
    private static final int RETRY_AFTER_SECONDS = 5;

    private static final BigInteger PICOS_PER_NANO = BigInteger.valueOf(1_000);
    private static final int CENTS = 2;

    /// Several limits may be spent: the error names the first by scope, and of one scope the broadest.
    private static final Comparator<Shortage> BROADEST_FIRST = Comparator.comparing(Shortage::scope)
            .thenComparingInt(shortage -> switch (shortage.window()) {
                case TOTAL -> 0;
                case MONTHLY -> 1;
                case WEEKLY -> 2;
                case DAILY -> 3;
            });

    /// Where a person raises limits and buys credit, `https://host` without a trailing slash.
    private final Supplier<String> publicUrl;

    PaymentErrors(Supplier<String> publicUrl) {
        this.publicUrl = publicUrl;
    }

    /// Why `candidate` is not affordable. Of the limits that are short, one is named: a spent one, else the
    /// one with the least left.
    ApiError refusal(Candidate candidate, Tariff tariff, List<Shortage> shortages) {
        Shortage spent =
                shortages.stream().filter(Shortage::spent).min(BROADEST_FIRST).orElse(null);
        if (spent != null) {
            return spent(spent, metadata(spent));
        }
        Shortage tightest = shortages.stream()
                .min(Comparator.comparing(Shortage::available).thenComparing(BROADEST_FIRST))
                .orElseThrow();
        Map<String, Object> metadata = metadata(tightest);
        if (shortages.stream().allMatch(Shortage::onlyHoldsInTheWay)) {
            return inTheWay(tightest, metadata);
        }
        return tooDear(candidate, tariff, tightest, metadata);
    }

    private static ApiError inTheWay(Shortage shortage, Map<String, Object> metadata) {
        metadata.put("reason", "in_flight_budget_exhausted");
        metadata.put("retry_after", RETRY_AFTER_SECONDS);
        String message = "This request would exceed your available credits given your current in-flight requests. "
                + "Wait for them to finish and try again. Of " + name(shortage) + " of " + money(shortage.cap()) + ", "
                + money(shortage.used()) + " is spent and " + money(shortage.held()) + " is held by running requests; "
                + "this one may cost up to " + money(shortage.asked()) + ".";
        return new ApiError.PaymentRequired(message, "openrouter_in_flight_budget", metadata, RETRY_AFTER_SECONDS);
    }

    private ApiError tooDear(Candidate candidate, Tariff tariff, Shortage shortage, Map<String, Object> metadata) {
        Usd available = tariff.affordable(shortage.limitId(), shortage.available());
        long affordable = Affordability.affordable(candidate, available);
        metadata.put("reason", "weight_exceeds_budget");
        metadata.put("requested_tokens", candidate.outputLimit());
        metadata.put("affordable_tokens", Math.max(0, affordable));
        String message;
        if (!candidate.canBeClamped()) {
            message = "This request requires more credits. The answers of this model cannot be limited, so it may cost "
                    + "up to " + money(shortage.asked()) + ", and " + money(shortage.available()) + " is left. ";
        } else if (affordable > 0) {
            message = "This request requires more credits, or fewer max_tokens. You requested up to "
                    + candidate.outputLimit() + " tokens, but can only afford " + affordable + ". ";
        } else {
            long most = candidate.bound().promptTokens();
            message = "Prompt tokens limit exceeded: " + most + " > "
                    + Math.min(most - 1, affordablePrompt(candidate, available)) + ". ";
        }
        return new ApiError.PaymentRequired(
                message + "To increase, " + how(shortage), source(shortage.scope()), metadata, 0);
    }

    private ApiError spent(Shortage shortage, Map<String, Object> metadata) {
        String source = source(shortage.scope());
        return switch (shortage.scope()) {
            case KEY ->
                new ApiError.PaymentRequired(
                        "Key limit exceeded (" + word(shortage.window()) + " limit). Manage it using " + publicUrl.get()
                                + "/settings/keys",
                        source,
                        metadata,
                        0);
            case BALANCE -> insufficient(metadata);
            case WORKSPACE ->
                exceeded(
                        "Workspace " + lifetime(shortage.window()) + " budget of " + money(shortage.cap())
                                + " exceeded.",
                        source,
                        metadata);
            case GUARDRAIL_MEMBER ->
                exceeded(
                        "Guardrail " + lifetime(shortage.window()) + " budget of " + money(shortage.cap())
                                + " for this member exceeded.",
                        source,
                        metadata);
            case GUARDRAIL_KEY ->
                exceeded(
                        "Guardrail " + lifetime(shortage.window()) + " budget of " + money(shortage.cap())
                                + " for this key exceeded.",
                        source,
                        metadata);
        };
    }

    /// Why a free model is refused too: more was spent than was credited (contract 3.3).
    ApiError overdrawn() {
        return insufficient(Map.of("scope", Scope.BALANCE.name().toLowerCase(Locale.ROOT)));
    }

    private ApiError insufficient(Map<String, Object> metadata) {
        return new ApiError.PaymentRequired(
                "Insufficient credits. Add more using " + publicUrl.get() + "/settings/credits",
                source(Scope.BALANCE),
                metadata,
                0);
    }

    private static ApiError exceeded(String what, String source, Map<String, Object> metadata) {
        metadata.put("limit_source", source);
        return new ApiError.Forbidden(what + " Contact your org admin.", "budget_exceeded", metadata);
    }

    private static long affordablePrompt(Candidate candidate, Usd listPrice) {
        long price = Charge.dearestPrompt(candidate.endpoint().prices(), candidate.bound());
        long available = Math.max(0, listPrice.nanos());
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
                "visit " + publicUrl.get() + "/settings/keys and create a key with a higher " + word(shortage.window())
                        + " limit";
            case BALANCE -> "visit " + publicUrl.get() + "/settings/credits and add more credits";
            case GUARDRAIL_MEMBER, GUARDRAIL_KEY, WORKSPACE -> "ask an org admin to raise " + name(shortage);
        };
    }

    /// `the daily limit of this key`, to stand in a sentence.
    private static String name(Shortage shortage) {
        return switch (shortage.scope()) {
            case KEY -> "the " + word(shortage.window()) + " limit of this key";
            case BALANCE -> "the credits of your organization";
            case WORKSPACE -> "the " + lifetime(shortage.window()) + " budget of the workspace";
            case GUARDRAIL_MEMBER -> "the guardrail's " + lifetime(shortage.window()) + " budget for this member";
            case GUARDRAIL_KEY -> "the guardrail's " + lifetime(shortage.window()) + " budget for this key";
        };
    }

    private static String word(Window window) {
        return window.name().toLowerCase(Locale.ROOT);
    }

    /// Budgets call a window that never starts anew by another word than keys do (contract 3.6).
    private static String lifetime(Window window) {
        return window == Window.TOTAL ? "lifetime" : word(window);
    }

    /// For people: at least two decimals, and all that there are.
    private static String money(Usd amount) {
        BigDecimal dollars = amount.dollars();
        BigDecimal shown = dollars.scale() < CENTS ? dollars.setScale(CENTS, RoundingMode.UNNECESSARY) : dollars;
        String plain = shown.abs().toPlainString();
        return amount.isNegative() ? "-$" + plain : "$" + plain;
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
        metadata.put("window", word(shortage.window()));
        metadata.put("limit_usd", shortage.cap().dollars());
        metadata.put("spend_usd", shortage.used().dollars());
        metadata.put("held_usd", shortage.held().dollars());
        metadata.put("remaining_usd", shortage.available().max(Usd.ZERO).dollars());
        metadata.put("needed_usd", shortage.asked().dollars());
        if (shortage.resetsAt() != null) {
            metadata.put("resets_at", shortage.resetsAt().toString());
        }
        return metadata;
    }
}
