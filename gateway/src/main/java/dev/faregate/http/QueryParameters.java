package dev.faregate.http;

import dev.faregate.base.ApiError;
import dev.faregate.base.ApiException;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Query parameters with complaints that name them. An empty value is the same as none; where a parameter
/// is repeated its values count like one comma-separated list, and for single values the repetition is
/// refused.
public record QueryParameters(Map<String, List<String>> values) {
    private static final int MAX_VALUE_LENGTH = 1_000;
    private static final int MAX_NUMBER_LENGTH = 30;

    public static ApiException wrong(String name, String problem) {
        return new ApiException(new ApiError.BadRequest("Query parameter `" + name + "` " + problem + ".", name));
    }

    public @Nullable String find(String name) {
        List<String> found = values.get(name);
        if (found == null
                || found.isEmpty()
                || (found.size() == 1 && found.getFirst().isBlank())) {
            return null;
        }
        if (found.size() > 1) {
            throw wrong(name, "is given more than once");
        }
        if (found.getFirst().length() > MAX_VALUE_LENGTH) {
            throw wrong(name, "is too long");
        }
        return found.getFirst().strip();
    }

    /// A value that must be one of these words.
    public @Nullable String findWord(String name, List<String> words) {
        String found = find(name);
        if (found != null && !words.contains(found)) {
            throw wrong(name, "must be one of " + String.join(", ", words));
        }
        return found;
    }

    /// The items of a comma-separated list in lower case; empty when absent.
    public List<String> list(String name) {
        List<String> items = new ArrayList<>();
        for (String value : values.getOrDefault(name, List.of())) {
            if (value.length() > MAX_VALUE_LENGTH) {
                throw wrong(name, "is too long");
            }
            for (String item : value.split(",", -1)) {
                if (!item.isBlank()) {
                    items.add(item.strip().toLowerCase(Locale.ROOT));
                }
            }
        }
        return items;
    }

    /// As [#list], every item one of these words.
    public List<String> words(String name, List<String> words) {
        List<String> items = list(name);
        for (String item : items) {
            if (!words.contains(item)) {
                throw wrong(name, "must be a comma-separated list of " + String.join(", ", words));
            }
        }
        return items;
    }

    /// A whole number from `least` to `most`.
    public @Nullable Integer findWhole(String name, int least, int most) {
        String text = find(name);
        if (text == null) {
            return null;
        }
        try {
            int value = Integer.parseInt(text);
            if (value >= least && value <= most) {
                return value;
            }
        } catch (NumberFormatException e) {
            // said below
        }
        throw wrong(name, "must be a whole number from " + least + " to " + most);
    }

    /// A decimal number of 0 or more.
    public @Nullable BigDecimal findDecimal(String name) {
        String text = find(name);
        if (text == null) {
            return null;
        }
        try {
            BigDecimal value = text.length() > MAX_NUMBER_LENGTH ? null : new BigDecimal(text);
            if (value != null && value.signum() >= 0) {
                return value;
            }
        } catch (NumberFormatException e) {
            // said below
        }
        throw wrong(name, "must be a number of 0 or more");
    }

    /// `true` or `false`; false when absent.
    public boolean flag(String name) {
        return "true".equals(findWord(name, List.of("true", "false")));
    }

    /// How many items to pass over, the contract's way of paging; 0 when absent.
    public int offset() {
        Integer offset = findWhole("offset", 0, Integer.MAX_VALUE);
        return offset == null ? 0 : offset;
    }

    /// How many items to answer with, from 1 to `most`; `usual` when absent.
    public int limit(int usual, int most) {
        Integer limit = findWhole("limit", 1, most);
        return limit == null ? usual : limit;
    }
}
