package dev.faregate.chaos;

import dev.faregate.base.Json;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.Writer;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// Many callers that stream all the time, from any node, and write down each answer whose last byte they
/// saw. Keys have small limits; one that is spent is replaced, so that caps are always near.
final class ChaosCallers implements AutoCloseable {
    /// One key: calls are marked with its number.
    private record Key(int number, String secret, AtomicInteger refusals) {}

    private static final int SLOTS = 8;

    /// Refusals until a key counts as spent: only its running requests may have been in the way.
    private static final int REFUSALS = 25;

    private static final int MOST_RETIRED = 48;

    private static final Duration CALL_LIMIT = Duration.ofSeconds(20);
    private static final Pattern GENERATION = Pattern.compile("\"id\":\"gen-([0-9a-f-]{36})\"");

    private final HttpClient http = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(Duration.ofSeconds(2))
            .build();
    private final List<ChaosNode> nodes;
    private final String managementKey;
    private final String limit;
    private final Writer told;
    private final @Nullable Key[] keys = new Key[SLOTS];
    /// Keys that were spent a while ago: they must stay so, whatever becomes of holds that were taken on them.
    private final ConcurrentLinkedDeque<Key> retired = new ConcurrentLinkedDeque<>();

    private final List<Thread> threads = new ArrayList<>();
    private final AtomicInteger keysMade = new AtomicInteger();
    private final AtomicInteger calls = new AtomicInteger();

    /// Every call that was begun, whatever came of it.
    final Queue<String> markers = new ConcurrentLinkedQueue<>();

    final LongAdder answered = new LongAdder();
    final LongAdder refused = new LongAdder();
    final LongAdder unavailable = new LongAdder();
    final LongAdder broken = new LongAdder();
    private volatile boolean stopping;

    /// `limit` of each key in USD; `toldFile` gets `marker generation` lines.
    ChaosCallers(List<ChaosNode> nodes, String managementKey, String limit, Path toldFile) throws IOException {
        this.nodes = nodes;
        this.managementKey = managementKey;
        this.limit = limit;
        this.told = Files.newBufferedWriter(toldFile);
    }

    void start(int callers, long seed) throws IOException, InterruptedException {
        for (int slot = 0; slot < SLOTS; slot++) {
            keys[slot] = makeKey(nodes.getFirst());
        }
        for (int i = 0; i < callers; i++) {
            SplittableRandom random = new SplittableRandom(seed + i);
            threads.add(Thread.ofVirtual().name("caller-" + i).start(() -> call(random)));
        }
    }

    int keysMade() {
        return keysMade.get();
    }

    int calls() {
        return calls.get();
    }

    private Key makeKey(ChaosNode node) throws IOException, InterruptedException {
        int number = keysMade.incrementAndGet();
        HttpResponse<String> made = http.send(
                HttpRequest.newBuilder(URI.create(node.url + "/api/v1/keys"))
                        .timeout(CALL_LIMIT)
                        .header("Authorization", "Bearer " + managementKey)
                        .POST(HttpRequest.BodyPublishers.ofString(
                                "{\"name\":\"chaos " + number + "\",\"limit\":" + limit + "}"))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
        if (made.statusCode() != 201) {
            throw new IOException("no key: " + made.statusCode());
        }
        String secret = Json.readObject(made.body().getBytes(StandardCharsets.UTF_8))
                .get("key")
                .asString();
        return new Key(number, secret, new AtomicInteger());
    }

    private void call(SplittableRandom random) {
        while (!stopping) {
            ChaosNode node = nodes.get(random.nextInt(nodes.size()));
            int slot = random.nextInt(SLOTS);
            Key old = random.nextInt(5) == 0 ? anyRetired(random) : null;
            Key key = old != null ? old : keys[slot];
            try {
                if (key != null && stream(node, key) == 402 && key.refusals().incrementAndGet() == REFUSALS) {
                    keys[slot] = makeKey(node);
                    retire(key);
                }
            } catch (IOException e) {
                broken.increment();
                pause(random.nextInt(200));
                if (key != null && key.refusals().get() >= REFUSALS) {
                    key.refusals().set(0);
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            }
        }
    }

    private void retire(Key key) {
        retired.addFirst(key);
        while (retired.size() > MOST_RETIRED) {
            retired.pollLast();
        }
    }

    private @Nullable Key anyRetired(SplittableRandom random) {
        List<Key> all = List.copyOf(retired);
        return all.isEmpty() ? null : all.get(random.nextInt(all.size()));
    }

    private static void pause(int millis) {
        try {
            Thread.sleep(millis);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private int stream(ChaosNode node, Key key) throws IOException, InterruptedException {
        String marker = "k" + key.number() + "-" + calls.incrementAndGet();
        markers.add(marker);
        HttpResponse<java.io.InputStream> response = http.send(
                HttpRequest.newBuilder(URI.create(node.url + "/v1/chat/completions"))
                        .timeout(CALL_LIMIT)
                        .header("Authorization", "Bearer " + key.secret())
                        .header("Content-Type", "application/json")
                        .POST(HttpRequest.BodyPublishers.ofString("{\"model\":\"" + ChaosRig.MODEL
                                + "\",\"stream\":true,\"max_tokens\":" + ChaosRig.MAX_TOKENS + ",\"user\":\"" + marker
                                + "\",\"messages\":[{\"role\":\"user\",\"content\":\"Tell me something\"}]}"))
                        .build(),
                HttpResponse.BodyHandlers.ofInputStream());
        try (BufferedReader lines =
                new BufferedReader(new InputStreamReader(response.body(), StandardCharsets.UTF_8))) {
            if (response.statusCode() != 200) {
                (response.statusCode() == 402 ? refused : unavailable).increment();
                lines.transferTo(Writer.nullWriter());
                pause(response.statusCode() == 402 ? 20 : 100);
                return response.statusCode();
            }
            String generation = null;
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                Matcher id = GENERATION.matcher(line);
                if (generation == null && id.find()) {
                    generation = id.group(1);
                }
                if (line.equals("data: [DONE]")) {
                    tell(marker, String.valueOf(generation));
                    answered.increment();
                }
            }
            return 200;
        }
    }

    private synchronized void tell(String marker, String generation) throws IOException {
        told.write(marker + " " + generation + "\n");
        told.flush();
    }

    /// Lets everybody finish what runs.
    @Override
    public void close() throws IOException, InterruptedException {
        stopping = true;
        for (Thread thread : threads) {
            thread.join(Duration.ofSeconds(30));
        }
        synchronized (this) {
            told.close();
        }
        http.shutdownNow();
    }
}
