package dev.faregate.watch;

import dev.faregate.pages.Csv;
import dev.faregate.usage.Generation;
import dev.faregate.usage.LoggedGeneration;
import java.util.List;

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
                Csv.orNothing(facts.logged().app()),
                Csv.orNothing(facts.promptTokens()),
                Csv.orNothing(facts.completionTokens()),
                generation.cost().charge().dollars().toPlainString(),
                Boolean.toString(generation.cost().byok()),
                Csv.orNothing(generation.outcome().latency()),
                Csv.orNothing(generation.outcome().generationTime()),
                facts.end(),
                Integer.toString(generation.outcome().status()),
                facts.reason(),
                Csv.orNothing(generation.client().requestId()));
    }
}
