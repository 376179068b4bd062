package dev.faregate.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/// Reliability row 4: however a target, a method or a Host is bent, a protected handler is never reached by a stranger.
class MutatedTargetTest {
    private static final int MUTATIONS = 2_000;
    private static final long SEED = Long.getLong("faregate.seed", 20_261_121L);
    private static final List<String> PATHS =
            List.of("/v1/keys/abc", "/v1/chat/completions", "/v1/key", "/api/v1/keys", "/health/live");
    private static final List<String> SPICES = List.of(
            "/",
            "//",
            "/.",
            "/..",
            "/../",
            "%2e",
            "%2e%2e/",
            "%2f",
            "%2F",
            "%5c",
            "\\",
            ";",
            ";a=b",
            "%00",
            "%",
            "%zz",
            "?",
            "#",
            "&",
            "@",
            ":",
            "*",
            " ",
            "\t",
            "\r",
            "\n",
            "\0",
            "%0d%0a",
            "%c0%af",
            "%25",
            "%252f",
            "http://a",
            "health/live",
            "v1",
            "keys",
            "\u00e9",
            "\u00ff",
            ".",
            "~",
            "+",
            "K",
            "%6b");

    @Test
    void noMutationReachesAProtectedHandlerWithoutAPrincipal() {
        AtomicInteger strangers = new AtomicInteger();
        AtomicInteger known = new AtomicInteger();
        Handler.Blocking guarded = request -> {
            (request.principal() == null ? strangers : known).incrementAndGet();
            return Response.text(200, "reached");
        };
        Route[] routes = {
            Route.blocking("GET", "/api/v1/keys", Access.MANAGEMENT, guarded),
            Route.blocking("GET", "/protected/{id}", Access.ANY_KEY, guarded),
            Route.blocking("GET", "/protected/{id}/{rest}", Access.INFERENCE, guarded)
        };
        Random random = new Random(SEED);
        int answered = 0;
        try (TestEdge edge = new TestEdge(TestEdge.settings(), routes)) {
            for (int i = 0; i < MUTATIONS; i++) {
                String target = mutate(random.nextBoolean() ? "/protected/a/b" : pick(PATHS, random), random);
                String host = random.nextInt(5) == 0 ? mutate("a", random) : "a";
                String method = pick(List.of("GET", "GET", "HEAD", "POST", "get", "OPTIONS"), random);
                try (RawConnection client = edge.connect()) {
                    client.send(method + " " + target + " HTTP/1.1\r\nHost: " + host + "\r\nConnection: close\r\n\r\n");
                    String answer = client.rest();
                    assertThat(answer)
                            .as("seed %d, mutation %d: %s", SEED, i, target)
                            .doesNotContain("reached", " 500 ");
                    answered += answer.isEmpty() ? 0 : 1;
                }
            }
            // The handlers are there all right.
            try (RawConnection client = edge.connect()) {
                assertThat(client.get("/protected//a/", TestEdge.INFERENCE).body())
                        .isEqualTo("reached");
            }
        }
        assertThat(strangers).hasValue(0);
        assertThat(known).hasValue(1);
        assertThat(answered).isEqualTo(MUTATIONS);
    }

    private static String mutate(String text, Random random) {
        StringBuilder mutant = new StringBuilder(text);
        for (int times = 1 + random.nextInt(4); times > 0; times--) {
            int at = random.nextInt(mutant.length() + 1);
            switch (random.nextInt(4)) {
                case 0 -> mutant.insert(at, pick(SPICES, random));
                case 1 -> mutant.replace(Math.max(0, at - 1), at, pick(SPICES, random));
                case 2 -> mutant.delete(Math.max(0, at - 1), at);
                default -> mutant.append(pick(SPICES, random));
            }
        }
        return mutant.toString();
    }

    private static String pick(List<String> list, Random random) {
        return list.get(random.nextInt(list.size()));
    }
}
