package dev.faregate.models;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// Regions of Amazon Web Services, and where Amazon Bedrock is asked in one (AWS General Reference, "Amazon Bedrock
/// endpoints and quotas").
public final class AwsRegion {
    /// A label of a host name, so that a region leads nowhere but to Amazon.
    private static final Pattern NAME = Pattern.compile("[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?");

    private static final Pattern REGIONAL =
            Pattern.compile("https://bedrock-runtime(?:-fips)?\\.([a-z0-9-]{1,40})\\.amazonaws\\.com");

    private AwsRegion() {}

    public static boolean isName(String text) {
        return NAME.matcher(text).matches();
    }

    /// The base URL of Bedrock's runtime in a region.
    public static String bedrock(String region) {
        if (!isName(region)) {
            throw new IllegalArgumentException("not the name of a region");
        }
        return "https://bedrock-runtime." + region + ".amazonaws.com";
    }

    /// The region of a public address of Bedrock's runtime; null for any other address, such as
    /// that of a proxy or of an endpoint in somebody's network.
    public static @Nullable String of(@Nullable String baseUrl) {
        Matcher matcher = REGIONAL.matcher(baseUrl == null ? "" : baseUrl);
        return matcher.matches() ? matcher.group(1) : null;
    }

    /// What the file says as `region` of a provider, or null.
    static @Nullable String stated(Fields provider) {
        String region = provider.findText("region");
        if (region != null && !isName(region)) {
            throw provider.wrong("region", "not the name of a region such as us-east-1");
        }
        return region;
    }
}
