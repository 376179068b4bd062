package dev.faregate.leaks;

import dev.faregate.http.Access;
import dev.faregate.http.Route;
import dev.faregate.keys.Exposures;
import dev.faregate.providers.Outbound;
import java.net.URI;
import java.time.InstantSource;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Everything of this feature, and where it is.
public final class LeakParts {
    /// Where the services that sign their reports publish their keys; null for one whose reports are not taken.
    public record Options(
            @Nullable URI githubKeys, @Nullable URI gitlabKeys) {}

    private final LeakReportsHandler reports;
    private final RevokeHandler revoke;

    public LeakParts(Exposures exposures, Options options, Outbound outbound, InstantSource clock) {
        Map<Reporter, SigningKeys> reporters = new EnumMap<>(Reporter.class);
        if (options.githubKeys() != null) {
            reporters.put(Reporter.GITHUB, new SigningKeys("GitHub", outbound, options.githubKeys(), clock));
        }
        if (options.gitlabKeys() != null) {
            reporters.put(Reporter.GITLAB, new SigningKeys("GitLab", outbound, options.gitlabKeys(), clock));
        }
        this.reports = new LeakReportsHandler(exposures, reporters);
        this.revoke = new RevokeHandler(exposures);
    }

    public List<Route> routes() {
        return List.of(
                Route.blocking("POST", "/hooks/leaks/{origin}", Access.PUBLIC, reports::report),
                Route.blocking("POST", "/credentials/revoke", Access.PUBLIC, revoke::revoke));
    }
}
