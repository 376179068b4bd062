package dev.faregate.bench;

import dev.faregate.credits.RecordTable;
import dev.faregate.usage.Generation;
import dev.faregate.usage.GenerationRow;
import dev.faregate.usage.OrphanGenerations;
import java.time.Instant;
import java.util.List;
import java.util.UUID;

/// The record that goes with each settlement: the product's own row of a generation, filled as the relay
/// fills it for a stream through one provider.
final class LedgerRecords {
    static final String PRICE_VERSION = "0123456789abcdef0123456789abcdef";

    private static final String MODEL = "openai/gpt-4o-mini";
    private static final String PROVIDER = "openai";
    private static final String PROVIDER_NAME = "OpenAI";
    private static final String ENDPOINT = "openai/default";
    private static final Generation.Route ROUTE = new Generation.Route(
            MODEL,
            MODEL,
            "gpt-4o-mini",
            "gpt-4o-mini-2024-07-18",
            PROVIDER,
            PROVIDER_NAME,
            ENDPOINT,
            null,
            null,
            null,
            "global",
            "chatcmpl-9aXbYcZdWeVfUgThSiRjQkPlOmN");
    private static final Generation.Outcome OUTCOME =
            new Generation.Outcome(200, null, true, false, "stop", "stop", 240L, 1_800L, null);
    private static final Generation.Tokens TOKENS = new Generation.Tokens(210L, 64L, 210L, 64L, 0L, 0L, 0L, null);
    private static final Generation.Cost COST = new Generation.Cost(
            LedgerAccounts.CHARGED, LedgerAccounts.CHARGED, null, Generation.Source.EXACT, PRICE_VERSION, false, false);
    private static final List<Generation.Attempt> ATTEMPTS = List.of(new Generation.Attempt(
            200, PROVIDER_NAME, ENDPOINT, MODEL, "chatcmpl-9aXbYcZdWeVfUgThSiRjQkPlOmN", 240L, false));

    private LedgerRecords() {}

    /// The table with its roll-ups, for one ledger.
    static RecordTable table() {
        return GenerationRow.table();
    }

    static Object[] row(UUID id, Generation.Owner owner) {
        return new Generation(
                        id,
                        Instant.now(),
                        "completions",
                        owner,
                        new Generation.Client(null, null, "req-" + id, "https://app.example", "openai-python/1.54.0"),
                        ROUTE,
                        OUTCOME,
                        TOKENS,
                        Generation.Media.NONE,
                        COST,
                        ATTEMPTS)
                .toRow();
    }

    /// What is kept beside the hold, as the relay keeps it.
    static String context(LedgerAccounts.Account account) {
        return OrphanGenerations.context(new OrphanGenerations.Intent(
                account.owner(),
                "completions",
                MODEL,
                MODEL,
                PROVIDER,
                PROVIDER_NAME,
                ENDPOINT,
                true,
                false,
                account.claims().get(1).limitId()));
    }
}
