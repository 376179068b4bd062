package dev.faregate.bench;

import dev.faregate.base.Usd;
import java.io.IOException;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// What a gateway itself says that a key has spent. Read to the nano-dollar, so that the noise of a
/// floating-point sum is not taken for a difference.
interface SpendFigure {
    Duration LIMIT = Duration.ofSeconds(10);
    int NANO_SCALE = 9;

    /// Empty when it cannot be had now.
    Optional<Usd> read();

    /// `GET /key` below the base address, as OpenRouter has it: `data.usage`.
    static SpendFigure keyEndpoint(HttpClient client, String url, String key) {
        HttpRequest request = HttpRequest.newBuilder(URI.create(url + "/key"))
                .timeout(LIMIT)
                .header("Authorization", "Bearer " + key)
                .build();
        return () -> {
            try {
                HttpResponse<String> response = client.send(request, HttpResponse.BodyHandlers.ofString());
                if (response.statusCode() != 200) return Optional.empty();
                JsonNode usage = JsonMapper.shared()
                        .readTree(response.body())
                        .path("data")
                        .path("usage");
                return usage.isNumber() ? parse(usage.asString()) : Optional.empty();
            } catch (IOException | JacksonException e) {
                return Optional.empty();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IllegalStateException("interrupted", e);
            }
        };
    }

    /// The first word that `sh -c command` prints, with the variables `environment`.
    static SpendFigure command(String command, Map<String, String> environment) {
        return () -> {
            try {
                ProcessBuilder builder = new ProcessBuilder("sh", "-c", command);
                builder.environment().putAll(environment);
                builder.redirectError(ProcessBuilder.Redirect.DISCARD);
                Process process = builder.start();
                process.getOutputStream().close();
                if (!process.waitFor(LIMIT.toSeconds(), TimeUnit.SECONDS)) {
                    process.destroyForcibly();
                    return Optional.empty();
                }
                String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
                return parse(said.split("\\s+", 2)[0]);
            } catch (IOException e) {
                return Optional.empty();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IllegalStateException("interrupted", e);
            }
        };
    }

    static Optional<Usd> parse(String dollars) {
        try {
            return Optional.of(Usd.of(new BigDecimal(dollars).setScale(NANO_SCALE, RoundingMode.HALF_UP)));
        } catch (ArithmeticException | NumberFormatException e) {
            return Optional.empty();
        }
    }
}
