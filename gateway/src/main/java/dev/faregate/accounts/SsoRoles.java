package dev.faregate.accounts;

import dev.faregate.base.ApiException;
import dev.faregate.http.FormFields;
import dev.faregate.identity.Role;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// What groups make of people. Pure.
final class SsoRoles {
    /// The most powerful first: somebody in several groups gets the first of these that one of them gives.
    private static final List<Role> ORDER = List.of(Role.OWNER, Role.ADMIN, Role.BILLING, Role.MEMBER, Role.VIEWER);

    static final int MAX_GROUPS = 100;
    private static final int MAX_NAME = 200;

    private SsoRoles() {}

    /// The role that these groups give, else the fallback.
    static @Nullable Role of(Map<String, Role> roles, Collection<String> groups, @Nullable Role fallback) {
        List<Role> given =
                groups.stream().map(roles::get).filter(Objects::nonNull).toList();
        return ORDER.stream().filter(given::contains).findFirst().orElse(fallback);
    }

    /// Lines such as `platform team = admin`. Throws a 400 that names the field.
    static Map<String, Role> parse(String field, @Nullable String text) {
        Map<String, Role> roles = new LinkedHashMap<>();
        for (String line : text == null ? List.<String>of() : text.lines().toList()) {
            if (line.isBlank()) {
                continue;
            }
            int equals = line.lastIndexOf('=');
            String group = equals < 0 ? "" : line.substring(0, equals).strip();
            Role role = role(line.substring(equals + 1).strip());
            if (group.isEmpty() || group.length() > MAX_NAME || role == null) {
                throw wrong(
                        field,
                        "must have lines such as \"platform team = admin\"; the roles are owner, admin, member,"
                                + " billing and viewer");
            }
            if (roles.put(group, role) != null) {
                throw wrong(field, "names the group \"" + group + "\" twice");
            }
        }
        if (roles.size() > MAX_GROUPS) {
            throw wrong(field, "must have at most " + MAX_GROUPS + " lines");
        }
        return roles;
    }

    private static ApiException wrong(String field, String problem) {
        return FormFields.wrong(field, problem);
    }

    /// The role of that word, or null.
    static @Nullable Role role(@Nullable String word) {
        return Arrays.stream(Role.values())
                .filter(role -> role.word().equals(word))
                .findFirst()
                .orElse(null);
    }

    static String text(Map<String, Role> roles) {
        List<String> lines = new ArrayList<>();
        roles.forEach((group, role) -> lines.add(group + " = " + role.word()));
        return String.join("\n", lines);
    }
}
