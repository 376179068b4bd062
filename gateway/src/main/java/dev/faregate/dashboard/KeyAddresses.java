package dev.faregate.dashboard;

import dev.faregate.keys.ApiKey;
import dev.faregate.keys.KeyKind;
import dev.faregate.keys.KeySearch;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// The addresses of the key pages. A list is told whole by its address: what is looked for, and where the page lies.
public final class KeyAddresses {
    static final String LIST = "/settings/keys";
    static final String MANAGEMENT = "management";

    private KeyAddresses() {}

    static String of(ApiKey key) {
        return of(key.kind(), key.hash());
    }

    static String of(KeyKind kind, String hash) {
        return LIST + "/" + hash + (kind == KeyKind.MANAGEMENT ? "?kind=" + MANAGEMENT : "");
    }

    /// What a list is asked for, as it stands in its address; null where nothing is asked.
    public record Asked(
            KeyKind kind,
            @Nullable String text,
            @Nullable String environment,
            KeySearch.@Nullable State state,
            boolean mine) {
        /// The address of the first page.
        public String address() {
            return address(null, null);
        }

        public String after(String hash) {
            return address("after", hash);
        }

        public String before(String hash) {
            return address("before", hash);
        }

        /// The same list with the keys of all environments.
        public String anyEnvironment() {
            return new Asked(kind, text, null, state, mine).address();
        }

        /// The list of that environment.
        public String in(String wanted) {
            return new Asked(kind, null, wanted, null, mine).address();
        }

        /// The list of everything there is.
        public String everything() {
            return new Asked(kind, null, null, null, false).address();
        }

        public boolean narrows() {
            return text != null || environment != null || state != null || mine;
        }

        public boolean manages() {
            return kind == KeyKind.MANAGEMENT;
        }

        public String stateWord() {
            return state == null ? "" : state.name().toLowerCase(Locale.ROOT);
        }

        private String address(@Nullable String place, @Nullable String hash) {
            StringBuilder address = new StringBuilder(LIST);
            add(address, "kind", manages() ? MANAGEMENT : null);
            add(address, "q", text);
            add(address, "environment", environment);
            add(address, "state", state == null ? null : stateWord());
            add(address, "made_by", mine ? "me" : null);
            if (place != null) {
                add(address, place, hash);
            }
            return address.toString();
        }

        private static void add(StringBuilder address, String name, @Nullable String value) {
            if (value != null) {
                address.append(address.indexOf("?") < 0 ? '?' : '&')
                        .append(name)
                        .append('=')
                        .append(URLEncoder.encode(value, StandardCharsets.UTF_8));
            }
        }
    }
}
