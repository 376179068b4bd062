package dev.faregate.cli;

import dev.faregate.base.Json;
import dev.faregate.base.Secret;
import dev.faregate.server.Config;
import dev.faregate.server.ControlSocket;
import dev.faregate.server.FirstStart;
import dev.faregate.server.Operations;
import dev.faregate.storage.Database;
import dev.faregate.storage.Databases;
import dev.faregate.storage.SqliteDatabase;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import tools.jackson.core.JsonGenerator;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// Has an operation done by the server that runs on the data folder; without one, on the store itself,
/// which on SQLite nobody else may have then (rulings 1).
final class Operator {
    private static final int NOT_FOUND = 404;
    private static final int CONFLICT = 409;

    private Operator() {}

    /// `arguments` writes the fields of the operation. Throws [Failure] with what is wrong, in one line.
    static ObjectNode ask(Config config, String command, String organization, Consumer<JsonGenerator> arguments) {
        byte[] asked = Json.write(json -> {
            json.writeStartObject();
            json.writeStringProperty("command", command);
            json.writeStringProperty("organization", organization);
            arguments.accept(json);
            json.writeEndObject();
        });
        return ask(
                config,
                Operations.NAME,
                new String(asked, StandardCharsets.UTF_8),
                (database, json) ->
                        Operations.on(database, () -> publicUrl(config)).run(json));
    }

    /// The same for another command of the socket; `offline` does it on the store of a stopped server.
    static ObjectNode ask(Config config, String name, String asked, BiFunction<Database, String, byte[]> offline) {
        ObjectNode answer = Json.readObject(run(config, name, asked, offline));
        JsonNode error = answer.path("error");
        if (error.isString()) {
            int status = answer.path("status").asInt(0);
            boolean wrong = status >= 400 && status < 500 && status != NOT_FOUND && status != CONFLICT;
            throw new Failure(wrong ? Exit.USAGE : Exit.FAILED, error.asString());
        }
        return answer;
    }

    private static byte[] run(Config config, String name, String asked, BiFunction<Database, String, byte[]> offline) {
        try {
            Optional<byte[]> answer = ControlSocket.ask(config.data(), name + " " + asked);
            if (answer.isPresent()) {
                return answer.get();
            }
        } catch (IOException e) {
            throw new Failure(Exit.UNREACHABLE, "The running server did not answer: " + e.getMessage());
        }
        Secret url = config.databaseUrl();
        if (url == null && !Files.exists(config.data().resolve(SqliteDatabase.FILE))) {
            throw new Failure(Exit.UNREACHABLE, "There is no database in " + config.data() + ".");
        }
        try (Database database = Databases.open(config.data(), url == null ? null : url.reveal())) {
            return offline.apply(database, asked);
        } catch (IllegalStateException e) {
            throw new Failure(Exit.UNREACHABLE, String.valueOf(e.getMessage()));
        }
    }

    /// Where the server will be reached once it runs.
    private static String publicUrl(Config config) {
        return config.publicUrl().isEmpty()
                ? FirstStart.url(
                        config.tls().isPresent(),
                        config.listener().host(),
                        config.listener().port())
                : config.publicUrl();
    }
}
