package dev.faregate.pages;

/// The line that one pastes to see that it works.
public final class FirstRequest {
    /// The variable by which lines to paste name a key.
    public static final String VARIABLE = "FAREGATE_API_KEY";

    /// The built-in free model: it answers whatever providers there are.
    public static final String MODEL = "faregate/echo";

    private FirstRequest() {}

    /// For a shell, with the address of this server.
    public static String curl(String baseUrl) {
        return curl(baseUrl, MODEL);
    }

    /// The same with another model.
    public static String curl(String baseUrl, String model) {
        return """
                curl %s/api/v1/chat/completions \\
                  -H "Authorization: Bearer $%s" \\
                  -H "Content-Type: application/json" \\
                  -d '{"model": "%s",
                       "messages": [{"role": "user", "content": "Hello"}]}'""".formatted(baseUrl, VARIABLE, model);
    }
}
