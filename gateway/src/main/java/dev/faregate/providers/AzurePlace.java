package dev.faregate.providers;

import java.net.URI;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// Where an Azure resource takes chat completions (learn.microsoft.com, "Azure OpenAI in Microsoft Foundry Models
/// v1 API" and, before that, "Azure OpenAI REST API reference").
public final class AzurePlace {
    private static final Pattern VERSION = Pattern.compile("20[0-9]{2}-[0-9]{2}-[0-9]{2}(?:-preview)?");

    /// Ends of addresses as people copy them.
    private static final List<String> COPIED = List.of("/openai/v1", "/openai");

    private AzurePlace() {}

    /// `endpoint` is the address of the resource. Without a version it is asked by the API that has none, which
    /// takes the name of a deployment for the model; with one, at the deployment of that name. Throws
    /// `IllegalArgumentException` for what is no version.
    static URI chatUrl(URI endpoint, @Nullable String apiVersion) {
        String base = OpenAiProvider.below(endpoint, "").toString();
        for (String end : COPIED) {
            if (base.endsWith(end)) {
                base = base.substring(0, base.length() - end.length());
            }
        }
        if (apiVersion == null) {
            return OpenAiProvider.chatUrl(URI.create(base + "/openai/v1"));
        }
        if (!isVersion(apiVersion)) {
            throw new IllegalArgumentException("the version is not one of Azure's");
        }
        return URI.create(
                base + "/openai/deployments/" + OpenAiProvider.MODEL + "/chat/completions?api-version=" + apiVersion);
    }

    /// Whether it is a day, maybe of a preview.
    public static boolean isVersion(String text) {
        return VERSION.matcher(text).matches();
    }

    /// The address of a resource by its name.
    public static String ofResource(String name) {
        return "https://" + name.toLowerCase(Locale.ROOT) + ".openai.azure.com";
    }
}
