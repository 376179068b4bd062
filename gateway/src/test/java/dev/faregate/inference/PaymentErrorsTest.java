package dev.faregate.inference;

import static org.assertj.core.api.Assertions.assertThat;

import dev.faregate.base.ApiError;
import dev.faregate.base.Usd;
import dev.faregate.chat.ChatRequestReader;
import dev.faregate.credits.Scope;
import dev.faregate.credits.Shortage;
import dev.faregate.credits.Window;
import dev.faregate.routing.Candidate;
import dev.faregate.routing.Candidates;
import dev.faregate.routing.RandomRequests;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// The words of 402 and 403, to be read aloud (contract 1.1, 3.1, 3.3, 3.6; rulings 2).
class PaymentErrorsTest {
    private static final Instant MIDNIGHT = Instant.parse("2026-11-27T00:00:00Z");
    private static final Tariff SHARED = new Tariff(false, 0, Set.of(), 0);
    private static final PaymentErrors ERRORS = new PaymentErrors(() -> "https://llm.test");

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            KEY              | TOTAL   | 402 | openrouter_key_limit        | Key limit exceeded (total limit). Manage it using https://llm.test/settings/keys
            KEY              | DAILY   | 402 | openrouter_key_limit        | Key limit exceeded (daily limit). Manage it using https://llm.test/settings/keys
            BALANCE          | TOTAL   | 402 | openrouter_credits          | Insufficient credits. Add more using https://llm.test/settings/credits
            WORKSPACE        | MONTHLY | 403 | openrouter_workspace_budget | Workspace monthly budget of $500.00 exceeded. Contact your org admin.
            WORKSPACE        | TOTAL   | 403 | openrouter_workspace_budget | Workspace lifetime budget of $500.00 exceeded. Contact your org admin.
            GUARDRAIL_KEY    | DAILY   | 403 | openrouter_guardrail_budget | Guardrail daily budget of $500.00 for this key exceeded. Contact your org admin.
            GUARDRAIL_MEMBER | WEEKLY  | 403 | openrouter_guardrail_budget | Guardrail weekly budget of $500.00 for this member exceeded. Contact your org admin.
            """)
    void whatIsSpentSaysWhoseItWas(Scope scope, Window window, int status, String source, String message) {
        ApiError error =
                ERRORS.refusal(candidate(1_000), SHARED, List.of(shortage(scope, window, "500", "500", "0", "0.01")));
        assertThat(message(error)).isEqualTo(message);
        assertThat(status(error)).isEqualTo(status);
        assertThat(source(error)).isEqualTo(source);
        assertThat(metadata(error))
                .containsEntry("limit_usd", Usd.parse("500").dollars())
                .containsEntry("spend_usd", Usd.parse("500").dollars())
                .containsEntry("held_usd", Usd.ZERO.dollars());
        assertThat(metadata(error).get("resets_at")).isEqualTo(window == Window.TOTAL ? null : "2026-11-27T00:00:00Z");
    }

    @Test
    void onlyRunningRequestsInTheWaySaysSoAndWhenToComeBack() {
        ApiError error = ERRORS.refusal(
                candidate(1_000), SHARED, List.of(shortage(Scope.KEY, Window.DAILY, "5", "1.25", "3.7", "0.1")));
        assertThat(message(error))
                .isEqualTo("This request would exceed your available credits given your current in-flight requests. "
                        + "Wait for them to finish and try again. Of the daily limit of this key of $5.00, $1.25 is spent "
                        + "and $3.70 is held by running requests; this one may cost up to $0.10.");
        assertThat(error).isInstanceOfSatisfying(ApiError.PaymentRequired.class, e -> {
            assertThat(e.limitSource()).isEqualTo("openrouter_in_flight_budget");
            assertThat(e.retryAfterSeconds()).isPositive();
        });
        assertThat(metadata(error))
                .containsEntry("held_usd", Usd.parse("3.7").dollars())
                .containsEntry("remaining_usd", Usd.parse("0.05").dollars())
                .containsEntry("reason", "in_flight_budget_exhausted")
                .containsEntry("retry_after", 5);
    }

    @Test
    void whatDoesNotFitSaysHowMuchWould() {
        Candidate candidate = candidate(2_000);
        Usd left = candidate.clamped(700).ceiling();
        ApiError error = ERRORS.refusal(candidate, SHARED, List.of(left(Scope.KEY, Window.MONTHLY, left, candidate)));
        assertThat(message(error))
                .isEqualTo("This request requires more credits, or fewer max_tokens. You requested up to 2000 tokens, "
                        + "but can only afford 700. To increase, visit https://llm.test/settings/keys and create a key "
                        + "with a higher monthly limit");
        assertThat(metadata(error)).containsEntry("affordable_tokens", 700L).containsEntry("requested_tokens", 2_000L);
        assertThat(source(error)).isEqualTo("openrouter_key_limit");
    }

    @Test
    void theTightestLimitIsTheOneThatIsNamed() {
        Candidate candidate = candidate(2_000);
        ApiError error = ERRORS.refusal(
                candidate,
                SHARED,
                List.of(
                        left(Scope.BALANCE, Window.TOTAL, candidate.clamped(900).ceiling(), candidate),
                        left(
                                Scope.WORKSPACE,
                                Window.WEEKLY,
                                candidate.clamped(300).ceiling(),
                                candidate)));
        assertThat(message(error))
                .contains("can only afford 300.")
                .endsWith("To increase, ask an org admin to raise the weekly budget of the workspace");
        assertThat(status(error)).as("not spent: 402, whatever the scope").isEqualTo(402);
        ApiError balance = ERRORS.refusal(
                candidate,
                SHARED,
                List.of(left(Scope.BALANCE, Window.TOTAL, candidate.clamped(900).ceiling(), candidate)));
        assertThat(message(balance)).endsWith("visit https://llm.test/settings/credits and add more credits");
    }

    @Test
    void aPromptThatIsTooDearIsWhatIsNamed() {
        Candidate candidate = candidate(100);
        ApiError error = ERRORS.refusal(
                candidate, SHARED, List.of(left(Scope.KEY, Window.TOTAL, Usd.parse("0.00025"), candidate)));
        assertThat(message(error))
                .startsWith(
                        "Prompt tokens limit exceeded: " + candidate.bound().promptTokens() + " > 100. To increase, ");
    }

    @Test
    void amongSpentLimitsTheBroadestOfTheFirstScopeIsNamed() {
        ApiError error = ERRORS.refusal(
                candidate(100),
                SHARED,
                List.of(
                        shortage(Scope.WORKSPACE, Window.DAILY, "1", "1", "0", "0.1"),
                        shortage(Scope.WORKSPACE, Window.MONTHLY, "9", "9", "0", "0.1"),
                        shortage(Scope.KEY, Window.TOTAL, "1", "1", "0", "0.1")));
        assertThat(message(error)).startsWith("Workspace monthly budget of $9.00 exceeded.");
    }

    @Test
    void whatWouldBeAffordableIsAffordable() {
        Candidate candidate = candidate(4_000);
        for (long nanos = 1; nanos < 60_000_000; nanos = nanos * 3 + 7) {
            Usd left = Usd.ofNanos(nanos);
            long tokens = Affordability.affordable(candidate, left);
            if (tokens >= 0) {
                assertThat(candidate.clamped(tokens).ceiling()).isLessThanOrEqualTo(left);
            }
            if (tokens >= 0 && tokens < candidate.outputLimit()) {
                assertThat(candidate.clamped(tokens + 1).ceiling()).isGreaterThan(left);
            }
        }
    }

    private static Candidate candidate(long limit) {
        byte[] body = ("{\"messages\":[{\"role\":\"user\",\"content\":\"Hello\"}],\"max_tokens\":" + limit + "}")
                .getBytes(StandardCharsets.UTF_8);
        return Candidates.of(
                RandomRequests.model("acme/test", "GPT", null),
                new ChatRequestReader(ChatRequestReader.Limits.DEFAULTS).read(body, 0, body.length));
    }

    private static Shortage left(Scope scope, Window window, Usd left, Candidate candidate) {
        return new Shortage(1, scope, window, candidate.ceiling(), left, Usd.ZERO, Usd.ZERO, resets(window));
    }

    private static Shortage shortage(Scope scope, Window window, String cap, String used, String held, String asked) {
        return new Shortage(
                1, scope, window, Usd.parse(asked), Usd.parse(cap), Usd.parse(used), Usd.parse(held), resets(window));
    }

    private static @Nullable Instant resets(Window window) {
        return window == Window.TOTAL ? null : MIDNIGHT;
    }

    private static String message(ApiError error) {
        return switch (error) {
            case ApiError.PaymentRequired e -> e.message();
            case ApiError.Forbidden e -> e.message();
            default -> throw new AssertionError(error);
        };
    }

    private static int status(ApiError error) {
        return error instanceof ApiError.Forbidden ? 403 : 402;
    }

    private static Map<String, Object> metadata(ApiError error) {
        return switch (error) {
            case ApiError.PaymentRequired e -> new LinkedHashMap<>(e.metadata());
            case ApiError.Forbidden e -> new LinkedHashMap<>(e.metadata());
            default -> throw new AssertionError(error);
        };
    }

    private static Object source(ApiError error) {
        return switch (error) {
            case ApiError.PaymentRequired e -> e.limitSource();
            case ApiError.Forbidden e -> String.valueOf(e.metadata().get("limit_source"));
            default -> throw new AssertionError(error);
        };
    }
}
