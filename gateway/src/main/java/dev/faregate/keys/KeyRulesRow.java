package dev.faregate.keys;

import static dev.faregate.storage.tables.Tables.API_KEY;

import dev.faregate.http.AddressList;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jooq.Field;
import org.jooq.Record;
import org.jspecify.annotations.Nullable;

/// The columns of a key that hold its [KeyRules].
final class KeyRulesRow {
    private KeyRulesRow() {}

    static Map<Field<?>, @Nullable Object> of(KeyRules rules) {
        Map<Field<?>, @Nullable Object> row = new LinkedHashMap<>();
        Unaffordable unaffordable = rules.unaffordable();
        AddressList allowedIps = rules.allowedIps();
        row.put(API_KEY.UNAFFORDABLE, unaffordable == null ? null : unaffordable.word());
        row.put(API_KEY.ENVIRONMENT, rules.environment());
        row.put(API_KEY.ALLOWED_IPS, allowedIps == null ? null : allowedIps.stored());
        row.put(API_KEY.REQUESTS_PER_MINUTE, rules.rates().requestsPerMinute());
        row.put(API_KEY.TOKENS_PER_MINUTE, rules.rates().tokensPerMinute());
        row.put(API_KEY.PARALLEL_REQUESTS, rules.rates().parallel());
        row.put(API_KEY.READ_ONLY, rules.readOnly());
        return row;
    }

    static KeyRules read(Record row) {
        String allowedIps = row.get(API_KEY.ALLOWED_IPS);
        return new KeyRules(
                Unaffordable.find(row.get(API_KEY.UNAFFORDABLE)),
                row.get(API_KEY.ENVIRONMENT),
                allowedIps == null ? null : AddressList.ofStored(allowedIps),
                new RateLimits(
                        row.get(API_KEY.REQUESTS_PER_MINUTE),
                        row.get(API_KEY.TOKENS_PER_MINUTE),
                        row.get(API_KEY.PARALLEL_REQUESTS)),
                Boolean.TRUE.equals(row.get(API_KEY.READ_ONLY)));
    }
}
