package dev.faregate.bench;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

/// Many requests at once, each on a connection of its own, over one or several addresses in turn.
final class Burst implements AutoCloseable {
    private static final Duration CONNECT = Duration.ofSeconds(20);

    private final HttpClient client = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(CONNECT)
            .executor(Executors.newVirtualThreadPerTaskExecutor())
            .build();
    private final Experiment experiment;
    private final Duration limit;

    /// A request that is not answered after `limit` counts as broken.
    Burst(Experiment experiment, Duration limit) {
        this.experiment = experiment;
        this.limit = limit;
    }

    /// Sends all requests; the replies come in the order of the requests once the last one has ended.
    CompletableFuture<List<Reply>> send(List<String> urls, String key, String model) {
        List<CompletableFuture<Reply>> running = new ArrayList<>(experiment.requests());
        for (int i = 0; i < experiment.requests(); i++) {
            running.add(one(urls.get(i % urls.size()), key, model, i));
        }
        return CompletableFuture.allOf(running.toArray(CompletableFuture[]::new))
                .thenApply(_ -> running.stream().map(CompletableFuture::join).toList());
    }

    private CompletableFuture<Reply> one(String url, String key, String model, int number) {
        HttpRequest request = HttpRequest.newBuilder(URI.create(url + "/chat/completions"))
                .header("Authorization", "Bearer " + key)
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(experiment.body(model, number)))
                .build();
        return client.sendAsync(request, HttpResponse.BodyHandlers.ofString())
                .orTimeout(limit.toMillis(), TimeUnit.MILLISECONDS)
                .handle((response, failure) -> response == null
                        ? Reply.failed(failure)
                        : Reply.of(response.statusCode(), response.body(), experiment.streams(number)));
    }

    @Override
    public void close() {
        client.shutdownNow();
    }
}
