package dev.faregate.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// Keys of both kinds, as the operator of the machine manages them. It is the one way to make a
/// management key (design D14).
@Command(
        name = "keys",
        description = "List, make, rotate, disable and delete keys, through the running server or on the store of a "
                + "stopped one.")
public final class KeysCommand implements Callable<Integer> {
    private static final String KEY = "Its hash, the first characters of its hash (six or more), or its id.";

    /// Characters of a hash that tell keys apart for people.
    private static final int SHORT_HASH = 12;

    /// Pages of a list; each has a thousand keys.
    private static final int MOST_PAGES = 1_000;

    private final Context context;

    @Spec
    private @Nullable CommandSpec spec;

    public KeysCommand(Context context) {
        this.context = context;
    }

    @Override
    public Integer call() {
        CommandLine line = Objects.requireNonNull(spec).commandLine();
        line.usage(line.getErr());
        return Exit.USAGE.code();
    }

    @Command(name = "list", description = "List keys, disabled ones too, oldest first.")
    int list(
            @Mixin OperatorOptions options,
            @Option(names = "--management", description = "Management keys instead of inference keys.")
                    boolean management,
            @Option(names = "--environment", paramLabel = "TAG", description = "Only keys with this tag.") @Nullable
                    String environment) {
        List<JsonNode> keys = new ArrayList<>();
        String[] after = {""};
        ObjectNode page = null;
        for (int i = 0; i < MOST_PAGES && (page == null || !after[0].isEmpty()); i++) {
            page = options.ask(context, "keys.list", json -> {
                json.writeStringProperty("kind", kind(management));
                if (environment != null) {
                    json.writeStringProperty("environment", environment);
                }
                if (!after[0].isEmpty()) {
                    json.writeStringProperty("after", after[0]);
                }
            });
            page.path("data").forEach(keys::add);
            after[0] = page.path("next").asString("");
        }
        ObjectNode all = Objects.requireNonNull(page);
        all.remove("next");
        all.putArray("data").addAll(keys);
        return options.print(context, all, _ -> table(keys));
    }

    private void table(List<JsonNode> keys) {
        Columns columns = new Columns(
                "HASH", "NAME", "LABEL", "LIMIT", "LEFT", "RESETS", "USED", "LAST USED", "ENVIRONMENT", "STATE");
        for (JsonNode key : keys) {
            columns.row(
                    key.path("hash").asString("").substring(0, SHORT_HASH),
                    key.path("name").asString(""),
                    key.path("label").asString(""),
                    money(key.path("limit")),
                    money(key.path("limit_remaining")),
                    key.path("limit_reset").asString("-"),
                    money(key.path("usage")),
                    key.path("last_used_at").asString("never"),
                    key.path("environment").asString("-"),
                    state(key));
        }
        columns.print(context.out());
    }

    private static String state(JsonNode key) {
        if (key.path("disabled").asBoolean(false)) {
            return "disabled";
        }
        String end = key.path("expires_at").asString("");
        return end.isEmpty() ? "active" : "until " + end;
    }

    static String money(JsonNode amount) {
        return amount.isNumber() ? "$" + amount.decimalValue().toPlainString() : "-";
    }

    @Command(name = "create", description = "Make a key and print its text, this once.")
    int create(
            @Mixin OperatorOptions options,
            @Option(names = "--name", required = true, paramLabel = "NAME", description = "What it is for.")
                    String name,
            @Option(names = "--management", description = "A management key instead of an inference key.")
                    boolean management,
            @Option(names = "--limit", paramLabel = "USD", description = "What it may spend.")
                    java.math.@Nullable BigDecimal limit,
            @Option(
                            names = "--limit-reset",
                            paramLabel = "WINDOW",
                            description = "daily, weekly or monthly; without it the limit never starts anew.")
                    @Nullable
                    String limitReset,
            @Option(names = "--expires-at", paramLabel = "TIME", description = "Such as 2030-01-31T23:59:59Z.")
                    @Nullable
                    String expiresAt,
            @Option(names = "--workspace", paramLabel = "SLUG", description = "The workspace (the default one).")
                    @Nullable
                    String workspace,
            @Option(names = "--environment", paramLabel = "TAG", description = "A tag such as production.") @Nullable
                    String environment,
            @Option(
                            names = "--allow-ip",
                            paramLabel = "NETWORK",
                            description =
                                    "An address or network it may be used from, such as 10.0.0.0/8; may be repeated.")
                    @Nullable
                    List<String> allowedIps) {
        ObjectNode answer = options.ask(context, "keys.create", json -> {
            json.writeStringProperty("kind", kind(management));
            json.writeObjectPropertyStart("fields");
            json.writeStringProperty("name", name);
            if (limit != null) {
                json.writeNumberProperty("limit", limit);
            }
            write(json, "limit_reset", limitReset);
            write(json, "expires_at", expiresAt);
            write(json, "workspace_id", workspace);
            write(json, "environment", environment);
            if (allowedIps != null) {
                json.writeArrayPropertyStart("allowed_ips");
                allowedIps.forEach(json::writeString);
                json.writeEndArray();
            }
            json.writeEndObject();
        });
        return options.print(context, answer, this::tellText);
    }

    private static void write(tools.jackson.core.JsonGenerator json, String name, @Nullable String text) {
        if (text != null) {
            json.writeStringProperty(name, text);
        }
    }

    @Command(
            name = "rotate",
            description = "Give a key a fresh secret and print it, this once; the key stays the same.")
    int rotate(
            @Mixin OperatorOptions options,
            @Parameters(paramLabel = "KEY", description = KEY) String key,
            @Option(
                            names = "--grace",
                            paramLabel = "SECONDS",
                            description = "How long the old secret lives on (a day; at most 604800).")
                    @Nullable
                    Long grace,
            @Option(names = "--end-older", description = "If two secrets live, end the older one now.")
                    boolean endOlder) {
        ObjectNode answer = options.ask(context, "keys.rotate", json -> {
            json.writeStringProperty("key", key);
            if (grace != null) {
                json.writeNumberProperty("grace_seconds", grace);
            }
            json.writeBooleanProperty("end_older", endOlder);
        });
        return options.print(context, answer, told -> {
            tellText(told);
            JsonNode rotation = told.path("rotation");
            context.out()
                    .println("The old secret " + rotation.path("old_label").asString("") + " ends at "
                            + rotation.path("old_expires_at").asString("") + ".");
        });
    }

    @Command(name = "disable", description = "Disable a key: nothing new is admitted, what runs for it is cut.")
    int disable(@Mixin OperatorOptions options, @Parameters(paramLabel = "KEY", description = KEY) String key) {
        return change(options, "keys.disable", key, "Disabled");
    }

    @Command(name = "enable", description = "Enable a disabled key again.")
    int enable(@Mixin OperatorOptions options, @Parameters(paramLabel = "KEY", description = KEY) String key) {
        return change(options, "keys.enable", key, "Enabled");
    }

    @Command(name = "delete", description = "Delete a key for good; its history stays.")
    int delete(@Mixin OperatorOptions options, @Parameters(paramLabel = "KEY", description = KEY) String key) {
        return change(options, "keys.delete", key, "Deleted");
    }

    private int change(OperatorOptions options, String command, String key, String done) {
        ObjectNode answer = options.ask(context, command, json -> json.writeStringProperty("key", key));
        JsonNode data = answer.path("data");
        return options.print(
                context,
                answer,
                _ -> context.out()
                        .println(done + " " + data.path("name").asString("") + " ("
                                + data.path("label").asString("") + ")."));
    }

    private void tellText(ObjectNode answer) {
        context.out().println(answer.path("key").asString(""));
        context.out()
                .println("This is shown only now. Its hash is "
                        + answer.path("data").path("hash").asString("") + ".");
    }

    private static String kind(boolean management) {
        return management ? "management" : "inference";
    }
}
