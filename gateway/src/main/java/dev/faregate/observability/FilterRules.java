package dev.faregate.observability;

import dev.faregate.http.BodyFields;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// Which traces a destination wants (schema `ObservabilityFilterRulesConfig`): every group must agree, each by all or
/// by any of its rules. Rules about `input` and `output` never match, because what was said is not captured. Pure.
record FilterRules(boolean enabled, List<Group> groups) {
    static final FilterRules NONE = new FilterRules(false, List.of());

    private static final int MAX_GROUPS = 20;
    private static final int MAX_RULES = 50;
    private static final int MAX_VALUE = 1_000;

    /// Characters that a pattern may look at for one trace: it is a user's, and may be an evil one.
    private static final int MAX_STEPS = 100_000;

    private static final List<String> FIELDS = List.of(
            "model",
            "provider",
            "session_id",
            "user_id",
            "api_key_name",
            "finish_reason",
            "input",
            "output",
            "total_cost",
            "total_tokens",
            "prompt_tokens",
            "completion_tokens");

    private static final List<String> OPERATORS = List.of(
            "equals",
            "not_equals",
            "contains",
            "not_contains",
            "regex",
            "starts_with",
            "ends_with",
            "gt",
            "lt",
            "gte",
            "lte",
            "exists",
            "not_exists");

    record Group(boolean any, List<Rule> rules) {}

    record Rule(
            String field,
            String operator,
            String value,
            @Nullable BigDecimal number,
            @Nullable Pattern pattern) {}

    /// Reads what a body says, or what is stored. Throws a 400 that names the field.
    static FilterRules read(JsonNode node) {
        if (node.isNull() || node.isMissingNode()) {
            return NONE;
        }
        if (!node.isObject()) {
            throw BodyFields.wrong("filter_rules", "must be an object, or null for every trace");
        }
        JsonNode enabled = node.path("enabled");
        if (!enabled.isMissingNode() && !enabled.isBoolean()) {
            throw BodyFields.wrong("filter_rules.enabled", "must be true or false");
        }
        JsonNode groups = node.path("groups");
        if (!groups.isArray() || groups.size() > MAX_GROUPS) {
            throw BodyFields.wrong("filter_rules.groups", "must be a list of at most " + MAX_GROUPS + " groups");
        }
        List<Group> read = new ArrayList<>();
        for (int i = 0; i < groups.size(); i++) {
            read.add(group(groups.get(i), "filter_rules.groups[" + i + "]"));
        }
        return new FilterRules(enabled.isMissingNode() || enabled.booleanValue(), List.copyOf(read));
    }

    private static Group group(JsonNode node, String path) {
        JsonNode logic = node.path("logic");
        if (!node.isObject()
                || (!logic.isMissingNode()
                        && !List.of("and", "or").contains(logic.isString() ? logic.asString() : ""))) {
            throw BodyFields.wrong(path + ".logic", "must be \"and\" or \"or\"");
        }
        JsonNode rules = node.path("rules");
        if (!rules.isArray() || rules.size() > MAX_RULES) {
            throw BodyFields.wrong(path + ".rules", "must be a list of at most " + MAX_RULES + " rules");
        }
        List<Rule> read = new ArrayList<>();
        for (int i = 0; i < rules.size(); i++) {
            read.add(rule(rules.get(i), path + ".rules[" + i + "]"));
        }
        return new Group(logic.isString() && logic.asString().equals("or"), List.copyOf(read));
    }

    private static Rule rule(JsonNode node, String path) {
        String field = word(node, "field", FIELDS, path);
        String operator = word(node, "operator", OPERATORS, path);
        JsonNode value = node.path("value");
        if (operator.equals("exists") || operator.equals("not_exists")) {
            return new Rule(field, operator, "", null, null);
        }
        boolean number = value.isNumber();
        if (!number && (!value.isString() || value.asString().length() > MAX_VALUE)) {
            throw BodyFields.wrong(
                    path + ".value", "must be a number or a text of at most " + MAX_VALUE + " characters");
        }
        String text = number ? value.decimalValue().toPlainString() : value.asString();
        return new Rule(field, operator, text, numberOf(text), operator.equals("regex") ? pattern(text, path) : null);
    }

    private static String word(JsonNode node, String name, List<String> words, String path) {
        JsonNode value = node.path(name);
        if (!value.isString() || !words.contains(value.asString())) {
            throw BodyFields.wrong(path + "." + name, "must be one of " + String.join(", ", words));
        }
        return value.asString();
    }

    private static Pattern pattern(String text, String path) {
        try {
            return Pattern.compile(text);
        } catch (PatternSyntaxException e) {
            throw BodyFields.wrong(path + ".value", "is not a regular expression");
        }
    }

    private static @Nullable BigDecimal numberOf(@Nullable String text) {
        try {
            return text == null || text.length() > 40 ? null : new BigDecimal(text);
        } catch (NumberFormatException e) {
            return null;
        }
    }

    boolean wants(Trace trace) {
        return !enabled
                || groups.stream()
                        .allMatch(group -> group.rules().isEmpty()
                                || (group.any()
                                        ? group.rules().stream().anyMatch(rule -> matches(rule, trace))
                                        : group.rules().stream().allMatch(rule -> matches(rule, trace))));
    }

    private static boolean matches(Rule rule, Trace trace) {
        String actual = value(rule.field(), trace);
        return switch (rule.operator()) {
            case "exists" -> actual != null;
            case "not_exists" -> actual == null;
            case "not_equals" -> actual == null || !equal(actual, rule);
            case "not_contains" -> actual == null || !actual.contains(rule.value());
            default -> actual != null && compares(rule, actual);
        };
    }

    private static boolean compares(Rule rule, String actual) {
        return switch (rule.operator()) {
            case "equals" -> equal(actual, rule);
            case "contains" -> actual.contains(rule.value());
            case "starts_with" -> actual.startsWith(rule.value());
            case "ends_with" -> actual.endsWith(rule.value());
            case "regex" -> found(rule, actual);
            case "gt" -> order(actual, rule) > 0;
            case "gte" -> order(actual, rule) >= 0;
            case "lt" -> order(actual, rule) < 0;
            case "lte" -> order(actual, rule) <= 0;
            default -> throw new IllegalStateException("no such operator: " + rule.operator());
        };
    }

    private static boolean equal(String actual, Rule rule) {
        BigDecimal number = numberOf(actual);
        return actual.equals(rule.value())
                || (number != null && rule.number() != null && number.compareTo(rule.number()) == 0);
    }

    /// Numbers by size, other texts by their characters.
    private static int order(String actual, Rule rule) {
        BigDecimal number = numberOf(actual);
        return number != null && rule.number() != null
                ? number.compareTo(rule.number())
                : actual.compareTo(rule.value());
    }

    private static boolean found(Rule rule, String actual) {
        Pattern pattern = rule.pattern();
        try {
            return pattern != null
                    && pattern.matcher(new Budgeted(actual, new int[] {MAX_STEPS}))
                            .find();
        } catch (TooLong | StackOverflowError evil) {
            return false;
        }
    }

    private static @Nullable String value(String field, Trace trace) {
        return switch (field) {
            case "model" -> trace.route().model();
            case "provider" -> trace.route().providerName();
            case "session_id" -> trace.client().sessionId();
            case "user_id" -> trace.client().user();
            case "api_key_name" -> trace.owner().keyName();
            case "finish_reason" -> trace.outcome().finishReason();
            case "total_cost" -> trace.usage().cost().dollars().toPlainString();
            case "total_tokens" -> sum(trace.usage().prompt(), trace.usage().completion());
            case "prompt_tokens" -> sum(trace.usage().prompt(), null);
            case "completion_tokens" -> sum(trace.usage().completion(), null);
            default -> null;
        };
    }

    private static @Nullable String sum(@Nullable Long one, @Nullable Long other) {
        return one == null && other == null
                ? null
                : Long.toString((one == null ? 0 : one) + (other == null ? 0 : other));
    }

    /// A pattern looked at more characters than it may.
    private static final class TooLong extends RuntimeException {
        private static final long serialVersionUID = 1L;

        TooLong() {
            super("a pattern took too long", null, false, false);
        }
    }

    /// A text that can be looked at so often and no more.
    @SuppressWarnings("ArrayRecordComponent") // the count is shared by the parts of one text
    private record Budgeted(CharSequence text, int[] left) implements CharSequence {
        @Override
        public int length() {
            return text.length();
        }

        @Override
        public char charAt(int index) {
            if (left[0]-- <= 0) {
                throw new TooLong();
            }
            return text.charAt(index);
        }

        @Override
        public CharSequence subSequence(int start, int end) {
            return new Budgeted(text.subSequence(start, end), left);
        }

        @Override
        public String toString() {
            return text.toString();
        }
    }
}
