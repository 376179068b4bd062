package dev.faregate.pages;

import dev.faregate.http.QueryParameters;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// What a list is narrowed to, as its address says it; whoever has the address sees the same.
public record Filters(Map<String, String> values) {
    public Filters {
        values = Collections.unmodifiableMap(new LinkedHashMap<>(values));
    }

    /// Of the parameters of an address those with these names, in this order.
    public static Filters of(QueryParameters query, List<String> names) {
        Map<String, String> values = new LinkedHashMap<>();
        for (String name : names) {
            String value = query.find(name);
            if (value != null) {
                values.put(name, value);
            }
        }
        return new Filters(values);
    }

    /// These and one more, such as the place in the list; null leaves it out.
    public Filters and(String name, @Nullable String value) {
        Map<String, String> more = new LinkedHashMap<>(values);
        if (value != null) {
            more.put(name, value);
        }
        return new Filters(more);
    }

    /// The address of what they leave at `path`.
    public String at(String path) {
        String query = values.entrySet().stream()
                .map(entry -> entry.getKey() + "=" + URLEncoder.encode(entry.getValue(), StandardCharsets.UTF_8))
                .collect(Collectors.joining("&"));
        return query.isEmpty() ? path : path + "?" + query;
    }
}
