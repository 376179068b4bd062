package dev.faregate.leaks;

import dev.faregate.keys.Exposures;
import dev.faregate.keys.Keys;
import dev.faregate.providers.Outbound;
import java.net.URI;
import java.time.InstantSource;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/// Everything of this feature.
public final class LeakParts {
    /// Where the services that sign their reports publish their keys; null for one whose reports are not taken.
    public record Options(
            @Nullable URI githubKeys, @Nullable URI gitlabKeys) {}

    private final LeakReportsHandler reports;
    private final RevokeHandler revoke;
    private final TruffleHogHandler truffleHog;

    public LeakParts(Keys keys, Exposures exposures, Options options, Outbound outbound, InstantSource clock) {
        Map<Reporter, SigningKeys> reporters = new EnumMap<>(Reporter.class);
        if (options.githubKeys() != null) {
            reporters.put(Reporter.GITHUB, new SigningKeys("GitHub", outbound, options.githubKeys(), clock));
        }
        if (options.gitlabKeys() != null) {
            reporters.put(Reporter.GITLAB, new SigningKeys("GitLab", outbound, options.gitlabKeys(), clock));
        }
        LongSupplier seconds = () -> TimeUnit.NANOSECONDS.toSeconds(System.nanoTime());
        this.reports = new LeakReportsHandler(exposures, reporters);
        this.revoke = new RevokeHandler(exposures, seconds);
        this.truffleHog = new TruffleHogHandler(keys, seconds);
    }

    public LeakReportsHandler reports() {
        return reports;
    }

    public RevokeHandler revoke() {
        return revoke;
    }

    public TruffleHogHandler truffleHog() {
        return truffleHog;
    }
}
