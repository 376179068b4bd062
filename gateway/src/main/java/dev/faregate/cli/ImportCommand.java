package dev.faregate.cli;

import dev.faregate.base.Json;
import dev.faregate.keys.KeyImport;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonGenerator;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.MappingIterator;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/// Keys of another system, which go on working with the text that people have.
@Command(
        name = "import",
        description = {
            "Import keys of LiteLLM, OpenRouter, One API, New API or another Faregate: their hashes, names, limits, ends.",
            "Whoever has such a key goes on using it. What it spent there counts against its limit here. A key that is there already is left as it is, so the command can be run again. docs/import.md says how to get the file.",
            "Exit code 1: some keys were left out."
        })
public final class ImportCommand implements Callable<Integer> {
    /// The answer of the API that lists keys, or rows of a database; more is not a list of keys.
    private static final long MOST_BYTES = 256L * 1024 * 1024;

    /// Stays below what the server reads in one line.
    private static final int MOST_CHARACTERS = 40_000;

    private final Context context;

    @Mixin
    private OperatorOptions options = new OperatorOptions();

    @Parameters(
            paramLabel = "FILE",
            description =
                    "JSON: a list, an object with one in data or keys, or an object a line; - is the standard input.")
    private String file = "-";

    @Option(
            names = "--from",
            paramLabel = "SYSTEM",
            description = "litellm, openrouter or new-api; without it the fields tell.")
    private @Nullable String from;

    @Option(names = "--workspace", paramLabel = "SLUG", description = "The workspace (the default one).")
    private @Nullable String workspace;

    @Option(names = "--environment", paramLabel = "TAG", description = "A tag for all of them, such as imported.")
    private @Nullable String environment;

    @Option(names = "--dry-run", description = "Say what would be done, and do nothing.")
    private boolean dryRun;

    @Option(
            names = "--drop-model-lists",
            description = "Import keys also whose models were limited; here they may use all.")
    private boolean dropModelLists;

    @Option(
            names = "--drop-inherited",
            description =
                    "Import keys also that had limits of a team, a budget or an organization; here they have their own only.")
    private boolean dropInherited;

    /// A key that is not imported; `row` counts from one.
    private record Left(int row, String name, String reason) {}

    public ImportCommand(Context context) {
        this.context = context;
    }

    @Override
    public Integer call() {
        List<JsonNode> rows = rows();
        List<ImportSource.Draft> drafts = new ArrayList<>();
        List<Left> left = new ArrayList<>();
        Instant now = Instant.now();
        for (int i = 0; i < rows.size(); i++) {
            try {
                drafts.add(source(rows.get(i))
                        .draft(rows.get(i), new ImportSource.Options(dropModelLists, dropInherited), now));
            } catch (ImportSource.LeftOut e) {
                left.add(new Left(i + 1, e.name(), String.valueOf(e.getMessage())));
            }
        }
        int imported = parts(drafts).stream().mapToInt(this::send).sum();
        int existing = drafts.size() - imported;
        options.print(context, answer(imported, existing, left), _ -> tell(imported, existing, left));
        return (left.isEmpty() ? Exit.OK : Exit.FAILED).code();
    }

    private ImportSource source(JsonNode row) {
        if (from != null) {
            return Arrays.stream(ImportSource.values())
                    .filter(source -> source.word().equals(from))
                    .findFirst()
                    .orElseThrow(() -> new Failure(
                            Exit.USAGE, "--from is one of " + String.join(", ", ImportSource.words()) + "."));
        }
        return Arrays.stream(ImportSource.values())
                .filter(source -> source.knows(row))
                .findFirst()
                .orElseThrow(() -> new ImportSource.LeftOut(
                        "?", "it is a row of no key table that is known (--from says which it is)"));
    }

    private List<JsonNode> rows() {
        try (InputStream in = open();
                MappingIterator<JsonNode> values =
                        JsonMapper.shared().readerFor(JsonNode.class).readValues(in)) {
            List<JsonNode> rows = new ArrayList<>();
            while (values.hasNextValue()) {
                listed(values.nextValue()).forEach(rows::add);
            }
            if (rows.isEmpty()) {
                throw new Failure(Exit.USAGE, file + " has no keys in it.");
            }
            return rows;
        } catch (IOException e) {
            throw new Failure(Exit.USAGE, file + " cannot be read: " + e.getMessage());
        } catch (JacksonException e) {
            // Not its message: that quotes what stands there, which may be a key.
            throw new Failure(
                    Exit.USAGE,
                    file + " is not JSON"
                            + Optional.ofNullable(e.getLocation())
                                    .map(at -> " at line " + at.getLineNr())
                                    .orElse("")
                            + ".");
        }
    }

    private InputStream open() throws IOException {
        if (file.equals("-")) {
            return System.in;
        }
        Path path = context.directory().resolve(file);
        if (Files.size(path) > MOST_BYTES) {
            throw new Failure(Exit.USAGE, file + " is larger than " + (MOST_BYTES >> 20) + " MiB.");
        }
        return new BufferedInputStream(Files.newInputStream(path));
    }

    private static Iterable<JsonNode> listed(JsonNode value) {
        if (value.isArray()) {
            return value;
        }
        for (String field : List.of("data", "keys", "items")) {
            JsonNode inner = value.path(field);
            if (inner.isArray()) {
                return inner;
            }
            if (inner.path("items").isArray()) {
                return inner.path("items");
            }
        }
        return List.of(value);
    }

    /// Lines that the server takes: neither too many keys nor too long.
    private List<List<String>> parts(List<ImportSource.Draft> drafts) {
        List<List<String>> parts = new ArrayList<>();
        List<String> part = new ArrayList<>();
        int characters = 0;
        for (ImportSource.Draft draft : drafts) {
            String text = text(draft);
            if (!part.isEmpty() && (part.size() == KeyImport.MOST || characters + text.length() > MOST_CHARACTERS)) {
                parts.add(part);
                part = new ArrayList<>();
                characters = 0;
            }
            part.add(text);
            characters += text.length();
        }
        if (!part.isEmpty()) {
            parts.add(part);
        }
        return parts;
    }

    private String text(ImportSource.Draft draft) {
        byte[] bytes = Json.write(json -> {
            json.writeStartObject();
            json.writeStringProperty("hash", draft.hash());
            json.writeStringProperty("label", draft.label());
            if (draft.used() != null) {
                json.writeNumberProperty("used", draft.used());
            }
            json.writeBooleanProperty("disabled", draft.disabled());
            json.writeObjectPropertyStart("fields");
            fields(json, draft);
            json.writeEndObject();
            json.writeEndObject();
        });
        return new String(bytes, StandardCharsets.UTF_8);
    }

    private void fields(JsonGenerator json, ImportSource.Draft draft) {
        json.writeStringProperty("name", draft.name());
        if (draft.limit() != null) {
            json.writeNumberProperty("limit", draft.limit());
            write(json, "limit_reset", draft.limitReset());
        }
        write(
                json,
                "expires_at",
                draft.expiresAt() == null ? null : draft.expiresAt().toString());
        write(json, "workspace_id", workspace);
        write(json, "environment", environment);
        if (!draft.allowedIps().isEmpty()) {
            json.writeArrayPropertyStart("allowed_ips");
            draft.allowedIps().forEach(json::writeString);
            json.writeEndArray();
        }
        if (draft.requestsPerMinute() != null || draft.tokensPerMinute() != null || draft.parallel() != null) {
            json.writeObjectPropertyStart("rate_limits");
            write(json, "rpm", draft.requestsPerMinute());
            write(json, "tpm", draft.tokensPerMinute());
            write(json, "parallel", draft.parallel());
            json.writeEndObject();
        }
    }

    private static void write(JsonGenerator json, String name, @Nullable String text) {
        if (text != null) {
            json.writeStringProperty(name, text);
        }
    }

    private static void write(JsonGenerator json, String name, @Nullable Long number) {
        if (number != null) {
            json.writeNumberProperty(name, number);
        }
    }

    /// How many of these keys are new.
    private int send(List<String> part) {
        ObjectNode answer = options.ask(context, "keys.import", json -> {
            json.writeBooleanProperty("dry_run", dryRun);
            json.writeArrayPropertyStart("keys");
            part.forEach(json::writeRawValue);
            json.writeEndArray();
        });
        int imported = 0;
        for (JsonNode outcome : answer.path("data")) {
            imported += outcome.asString("").equals("imported") ? 1 : 0;
        }
        return imported;
    }

    private ObjectNode answer(int imported, int existing, List<Left> left) {
        ObjectNode answer = JsonMapper.shared()
                .createObjectNode()
                .put("dry_run", dryRun)
                .put("imported", imported)
                .put("existing", existing);
        var list = answer.putArray("left_out");
        left.forEach(one ->
                list.addObject().put("row", one.row()).put("name", one.name()).put("reason", one.reason()));
        return answer;
    }

    private void tell(int imported, int existing, List<Left> left) {
        context.out()
                .println(imported + (dryRun ? " would be imported, " : " imported, ") + existing + " there already, "
                        + left.size() + " left out");
        left.forEach(one -> context.out().println("  row " + one.row() + ", " + one.name() + ": " + one.reason()));
    }
}
