package dev.faregate.oauth;

import java.util.List;
import java.util.function.Supplier;

/// What keys are for (RFC 8707): this API, by any of its names. A key for somebody else's resource is never
/// made.
final class Resources {
    /// Below which the API answers.
    private static final List<String> BASES = List.of("/api/v1", "/v1");

    private final Supplier<String> publicUrl;

    Resources(Supplier<String> publicUrl) {
        this.publicUrl = publicUrl;
    }

    /// Throws `invalid_target` for a resource that is none of ours.
    List<String> checked(List<String> asked) {
        if (!asked.stream().allMatch(this::isOurs)) {
            throw new OAuthException("invalid_target", "The resource is not one of this server");
        }
        return asked.stream().distinct().toList();
    }

    private boolean isOurs(String resource) {
        String url = publicUrl.get();
        String plain = resource.endsWith("/") ? resource.substring(0, resource.length() - 1) : resource;
        return plain.equals(url) || BASES.stream().anyMatch(base -> plain.equals(url + base));
    }

    /// Who a token is for when nothing narrower was asked for.
    String usual() {
        return publicUrl.get() + BASES.getFirst();
    }
}
