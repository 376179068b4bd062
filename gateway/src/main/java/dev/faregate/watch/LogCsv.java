package dev.faregate.watch;

import dev.faregate.pages.Csv;
import dev.faregate.usage.Generation;
import dev.faregate.usage.LoggedGeneration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Generations as a table for spreadsheets. Amounts are US dollars, times milliseconds.
final class LogCsv {
    private static final String HEAD = "id,created_at,model,provider,key_hash,key_name,app,tokens_prompt,"
            + "tokens_completion,cost,is_byok,latency,generation_time,status,http_status,reason,request_id";

    private LogCsv() {}

    static String of(List<LoggedGeneration> generations) {
        return Csv.of(HEAD, generations.stream().map(LogFacts::new).map(LogCsv::row));
    }

    private static List<String> row(LogFacts facts) {
        Generation generation = facts.generation();
        return List.of(
                generation.wireId(),
                generation.createdAt().toString(),
                generation.route().model(),
                facts.provider(),
                facts.logged().keyHash(),
                facts.logged().keyName(),
                orNothing(facts.logged().app()),
                orNothing(facts.promptTokens()),
                orNothing(facts.completionTokens()),
                generation.cost().charge().dollars().toPlainString(),
                Boolean.toString(generation.cost().byok()),
                orNothing(generation.outcome().latency()),
                orNothing(generation.outcome().generationTime()),
                facts.end(),
                Integer.toString(generation.outcome().status()),
                facts.reason(),
                orNothing(generation.client().requestId()));
    }

    private static String orNothing(@Nullable Object value) {
        return value == null ? "" : value.toString();
    }
}
