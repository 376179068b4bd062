package dev.faregate.dashboard;

import dev.faregate.keys.KeyKind;
import dev.faregate.models.Model;
import dev.faregate.pages.FirstRequest;
import java.util.List;

/// Lines to paste that use a key, with the address of this server. The key stands in them by the name of a
/// variable, but for the line that sets it.
public final class Snippets {
    static final String VARIABLE = FirstRequest.VARIABLE;
    static final String MODEL = FirstRequest.MODEL;
    static final String MANAGEMENT_VARIABLE = "FAREGATE_MANAGEMENT_KEY";

    /// One of several: a name for its tab, and the text.
    public record Snippet(String name, String text) {}

    private Snippets() {}

    static String variable(KeyKind kind) {
        return kind == KeyKind.MANAGEMENT ? MANAGEMENT_VARIABLE : VARIABLE;
    }

    static List<Snippet> of(KeyKind kind, String baseUrl) {
        return kind == KeyKind.MANAGEMENT
                ? List.of(
                        new Snippet("Make a key", makeAKey(baseUrl)),
                        new Snippet("Read the credits", readCredits(baseUrl)))
                : chat(baseUrl, MODEL);
    }

    /// Lines that ask this model, at the endpoint that is for its kind.
    static List<Snippet> of(Model model, String baseUrl) {
        if (model.embeds()) {
            return List.of(new Snippet("curl", embed(baseUrl, model.id())));
        }
        if (model.draws()) {
            return List.of(new Snippet("curl", draw(baseUrl, model.id())));
        }
        if (model.transcribes()) {
            return List.of(new Snippet("curl", transcribe(baseUrl, model.id())));
        }
        return model.reranks() ? List.of(new Snippet("curl", rerank(baseUrl, model.id()))) : chat(baseUrl, model.id());
    }

    private static List<Snippet> chat(String baseUrl, String model) {
        return List.of(
                new Snippet("curl", FirstRequest.curl(baseUrl, model)),
                new Snippet("Python", python(baseUrl, model)),
                new Snippet("TypeScript", typeScript(baseUrl, model)));
    }

    /// Programs that send `request`, whatever stands there, to chat completions.
    static List<Snippet> around(String baseUrl, String request) {
        return List.of(
                new Snippet("curl", """
                        curl %s/api/v1/chat/completions \\
                          -H "Authorization: Bearer $%s" \\
                          -H "Content-Type: application/json" \\
                          -d '%s'""".formatted(baseUrl, VARIABLE, request)),
                new Snippet("Python", """
                        import os
                        from openai import OpenAI

                        client = OpenAI(base_url="%s/api/v1", api_key=os.environ["%s"])
                        answer = client.chat.completions.create(**%s)
                        print(answer.choices[0].message.content)""".formatted(baseUrl, VARIABLE, request)),
                new Snippet("TypeScript", """
                        import OpenAI from "openai";

                        const client = new OpenAI({
                          baseURL: "%s/api/v1",
                          apiKey: process.env.%s,
                        });
                        const answer = await client.chat.completions.create(%s);
                        console.log(answer.choices[0].message.content);""".formatted(baseUrl, VARIABLE, request)));
    }

    private static String embed(String baseUrl, String model) {
        return """
                curl %s/api/v1/embeddings \\
                  -H "Authorization: Bearer $%s" \\
                  -H "Content-Type: application/json" \\
                  -d '{"model": "%s", "input": "Hello"}'""".formatted(baseUrl, VARIABLE, model);
    }

    private static String transcribe(String baseUrl, String model) {
        return """
                curl %s/api/v1/audio/transcriptions \\
                  -H "Authorization: Bearer $%s" \\
                  -F model=%s -F file=@recording.mp3""".formatted(baseUrl, VARIABLE, model);
    }

    private static String draw(String baseUrl, String model) {
        return """
                curl %s/api/v1/images \\
                  -H "Authorization: Bearer $%s" \\
                  -H "Content-Type: application/json" \\
                  -d '{"model": "%s", "prompt": "a red panda in space"}'""".formatted(baseUrl, VARIABLE, model);
    }

    private static String rerank(String baseUrl, String model) {
        return """
                curl %s/api/v1/rerank \\
                  -H "Authorization: Bearer $%s" \\
                  -H "Content-Type: application/json" \\
                  -d '{"model": "%s", "query": "a greeting", "documents": ["Hello", "Goodbye"]}'""".formatted(baseUrl, VARIABLE, model);
    }

    private static String python(String baseUrl, String model) {
        return """
                import os
                from openai import OpenAI

                client = OpenAI(base_url="%s/api/v1", api_key=os.environ["%s"])
                answer = client.chat.completions.create(
                    model="%s",
                    messages=[{"role": "user", "content": "Hello"}],
                )
                print(answer.choices[0].message.content)""".formatted(baseUrl, VARIABLE, model);
    }

    private static String typeScript(String baseUrl, String model) {
        return """
                import OpenAI from "openai";

                const client = new OpenAI({
                  baseURL: "%s/api/v1",
                  apiKey: process.env.%s,
                });
                const answer = await client.chat.completions.create({
                  model: "%s",
                  messages: [{ role: "user", content: "Hello" }],
                });
                console.log(answer.choices[0].message.content);""".formatted(baseUrl, VARIABLE, model);
    }

    private static String makeAKey(String baseUrl) {
        return """
                curl %s/api/v1/keys \\
                  -H "Authorization: Bearer $%s" \\
                  -H "Content-Type: application/json" \\
                  -d '{"name": "CI", "limit": 10, "limit_reset": "monthly"}'""".formatted(baseUrl, MANAGEMENT_VARIABLE);
    }

    private static String readCredits(String baseUrl) {
        return """
                curl %s/api/v1/credits \\
                  -H "Authorization: Bearer $%s\"""".formatted(baseUrl, MANAGEMENT_VARIABLE);
    }
}
