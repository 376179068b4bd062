package dev.faregate.server;

import static java.util.stream.Collectors.joining;

import dev.faregate.base.Secret;
import dev.faregate.base.Usd;
import dev.faregate.http.AddressList;
import java.math.BigDecimal;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// How the text of a setting is read, and shown to people again. `parse` throws `IllegalArgumentException`
/// whose message goes on after "must be". `show` never shows a secret; what it shows of everything else `parse` reads.
record SettingType<T>(String description, Function<String, T> parse, Function<T, String> show) {
    /// What is shown of a secret that is set.
    static final String SET = "set";

    private static final Pattern AMOUNT = Pattern.compile("(\\d{1,18})\\s*([A-Za-z]*)");
    private static final Pattern HOST = Pattern.compile("[a-z0-9._-]{1,253}|[0-9a-f:.]{2,45}");
    private static final Map<String, Long> BYTE_UNITS =
            Map.of("", 1L, "b", 1L, "kib", 1L << 10, "mib", 1L << 20, "gib", 1L << 30);
    private static final Map<String, Long> MILLI_UNITS =
            Map.of("ms", 1L, "s", 1_000L, "m", 60_000L, "h", 3_600_000L, "d", 86_400_000L);

    private static final int MAX_FRACTION_LENGTH = 12;
    private static final long MAX_DOLLARS = 1_000_000;

    private SettingType(String description, Function<String, T> parse) {
        this(description, parse, String::valueOf);
    }

    private SettingType<T> shown(Function<T, String> how) {
        return new SettingType<>(description, parse, how);
    }

    static SettingType<String> text() {
        return new SettingType<>("text", text -> text);
    }

    static SettingType<Path> path() {
        return new SettingType<>("path", Path::of);
    }

    static SettingType<Boolean> bool() {
        return new SettingType<>("true or false", text -> switch (text) {
            case "true" -> true;
            case "false" -> false;
            default -> throw new IllegalArgumentException("true or false");
        });
    }

    static SettingType<Integer> integer(int min, int max) {
        String range = "a whole number from %d to %d".formatted(min, max);
        return new SettingType<>("number, %d to %d".formatted(min, max), text -> {
            if (!text.matches("\\d{1,10}") || Long.parseLong(text) < min || Long.parseLong(text) > max) {
                throw new IllegalArgumentException(range);
            }
            return Integer.parseInt(text);
        });
    }

    /// A part of a hundred with at most four decimals; the value is in millionths, 5 % being 50,000.
    static SettingType<Long> percent() {
        String range = "a number from 0 to 100 with at most 4 decimals";
        return new SettingType<>("percent", text -> {
                    if (!text.matches("\\d{1,3}(\\.\\d{1,4})?")) {
                        throw new IllegalArgumentException(range);
                    }
                    long millionths = new BigDecimal(text).movePointRight(4).longValueExact();
                    if (millionths > 1_000_000) {
                        throw new IllegalArgumentException(range);
                    }
                    return millionths;
                })
                .shown(millionths -> plain(BigDecimal.valueOf(millionths, 4)));
    }

    /// Names or addresses of hosts, separated by commas; lower case.
    static SettingType<Set<String>> hosts() {
        return new SettingType<>("hosts", text -> {
                    Set<String> hosts = new LinkedHashSet<>();
                    for (String item : text.split(",", -1)) {
                        String host = item.strip().toLowerCase(Locale.ROOT);
                        if (!HOST.matcher(host).matches()) {
                            throw new IllegalArgumentException(
                                    "names or addresses of hosts without ports, separated by commas");
                        }
                        hosts.add(host);
                    }
                    return Set.copyOf(hosts);
                })
                .shown(hosts -> String.join(",", new TreeSet<>(hosts)));
    }

    /// A number of bytes, such as `32MiB`; at most 1 GiB, so that it fits an array and an `int`.
    static SettingType<Integer> bytes(int min) {
        long max = 1L << 30;
        String range = "a size such as 64KiB or 32MiB, from %d bytes to 1GiB".formatted(min);
        return new SettingType<>("size", text -> (int) amount(text, BYTE_UNITS, min, max, range))
                .shown(SettingType::shownBytes);
    }

    /// A time such as `500ms`, `120s` or `30m`.
    static SettingType<Duration> duration(Duration min, Duration max) {
        String range = "a time such as 500ms, 60s or 30m, from %s to %s".formatted(show(min), show(max));
        return new SettingType<>(
                        "time",
                        text -> Duration.ofMillis(amount(text, MILLI_UNITS, min.toMillis(), max.toMillis(), range)))
                .shown(SettingType::show);
    }

    /// A part of a whole, exact.
    static SettingType<BigDecimal> fraction() {
        String range = "a decimal number from 0 to 1";
        return new SettingType<>(range, text -> {
            if (text.length() > MAX_FRACTION_LENGTH || !text.matches("[01](\\.\\d+)?")) {
                throw new IllegalArgumentException(range);
            }
            BigDecimal value = new BigDecimal(text);
            if (value.compareTo(BigDecimal.ONE) > 0) {
                throw new IllegalArgumentException(range);
            }
            return value;
        });
    }

    /// An amount of money, more than nothing and at most a million.
    static SettingType<Usd> dollars() {
        String range = "an amount in USD, more than 0 and at most %d, with at most 9 decimals".formatted(MAX_DOLLARS);
        return new SettingType<>("amount in USD", text -> {
                    if (!text.matches("\\d{1,7}(\\.\\d{1,9})?")) {
                        throw new IllegalArgumentException(range);
                    }
                    Usd amount = Usd.parse(text);
                    if (amount.isZero() || amount.compareTo(Usd.ofDollars(MAX_DOLLARS)) > 0) {
                        throw new IllegalArgumentException(range);
                    }
                    return amount;
                })
                .shown(amount -> plain(amount.dollars()));
    }

    /// A decimal number, exact.
    static SettingType<BigDecimal> decimal(int min, int max) {
        String range = "a number from %d to %d with at most 4 decimals".formatted(min, max);
        return new SettingType<>("number, %d to %d".formatted(min, max), text -> {
            if (!text.matches("\\d{1,9}(\\.\\d{1,4})?")) {
                throw new IllegalArgumentException(range);
            }
            BigDecimal value = new BigDecimal(text);
            if (value.compareTo(BigDecimal.valueOf(min)) < 0 || value.compareTo(BigDecimal.valueOf(max)) > 0) {
                throw new IllegalArgumentException(range);
            }
            return value;
        });
    }

    static <E extends Enum<E>> SettingType<E> choice(List<E> options) {
        List<String> names =
                options.stream().map(option -> SettingType.nameOf(option)).toList();
        String description = String.join(" or ", names);
        return new SettingType<>(description, text -> {
                    int index = names.indexOf(text);
                    if (index < 0) {
                        throw new IllegalArgumentException(description);
                    }
                    return options.get(index);
                })
                .shown(SettingType::nameOf);
    }

    /// IP addresses and networks, separated by commas; names are not resolved.
    static SettingType<AddressList> networks() {
        return new SettingType<>("IP addresses or networks", text -> {
                    List<AddressList.Network> networks = new ArrayList<>();
                    for (String part : text.split(",", -1)) {
                        try {
                            networks.add(AddressList.parse(part.strip()));
                        } catch (IllegalArgumentException e) {
                            throw new IllegalArgumentException(
                                    "IP addresses or networks, separated by commas: \"" + part.strip() + "\" "
                                            + e.getMessage(),
                                    e);
                        }
                    }
                    return new AddressList(networks);
                })
                .shown(networks -> networks.texts().stream().sorted().collect(joining(",")));
    }

    /// A secret of at least `minLength` characters. No message ever quotes it.
    static SettingType<Secret> secret(int minLength) {
        return new SettingType<>("secret, %d characters or more".formatted(minLength), text -> {
                    if (text.length() < minLength) {
                        throw new IllegalArgumentException("at least %d characters long".formatted(minLength));
                    }
                    return Secret.of(text);
                })
                .shown(_ -> SET);
    }

    /// An absolute address on the web.
    static SettingType<URI> address() {
        String description = "an address such as https://example.com/keys";
        return new SettingType<>("address", text -> {
                    URI address;
                    try {
                        address = URI.create(text);
                    } catch (IllegalArgumentException e) {
                        throw new IllegalArgumentException(description, e);
                    }
                    boolean web = "https".equals(address.getScheme()) || "http".equals(address.getScheme());
                    if (!web || address.getHost() == null) {
                        throw new IllegalArgumentException(description);
                    }
                    return address;
                })
                .shown(SettingType::withoutUser);
    }

    /// A text that may hold a password.
    static SettingType<Secret> secretUrl(List<String> schemes) {
        return new SettingType<>("URL", text -> {
                    if (schemes.stream().noneMatch(text::startsWith)) {
                        throw new IllegalArgumentException("a URL that begins with " + String.join(" or ", schemes));
                    }
                    return Secret.of(text);
                })
                .shown(_ -> SET);
    }

    private static String nameOf(Enum<?> option) {
        return option.name().toLowerCase(java.util.Locale.ROOT);
    }

    private static long amount(String text, Map<String, Long> units, long min, long max, String range) {
        Matcher matcher = AMOUNT.matcher(text);
        Long unit = matcher.matches() ? units.get(matcher.group(2).toLowerCase(java.util.Locale.ROOT)) : null;
        if (unit == null || Long.parseLong(matcher.group(1)) > max / unit) {
            throw new IllegalArgumentException(range);
        }
        long amount = Long.parseLong(matcher.group(1)) * unit;
        if (amount < min) {
            throw new IllegalArgumentException(range);
        }
        return amount;
    }

    /// With the largest unit that leaves a whole number.
    private static String shownBytes(int bytes) {
        int shift = 30;
        for (String unit : List.of("GiB", "MiB", "KiB")) {
            if (bytes > 0 && bytes % (1 << shift) == 0) {
                return (bytes >> shift) + unit;
            }
            shift -= 10;
        }
        return String.valueOf(bytes);
    }

    private static String plain(BigDecimal number) {
        return number.signum() == 0 ? "0" : number.stripTrailingZeros().toPlainString();
    }

    /// Who we are there is nobody's business.
    private static String withoutUser(URI address) {
        return address.getRawUserInfo() == null
                ? address.toString()
                : address.toString().replace(address.getRawUserInfo() + "@", "");
    }

    private static String show(Duration duration) {
        long millis = duration.toMillis();
        if (millis % 3_600_000 == 0) {
            return millis / 3_600_000 + "h";
        }
        if (millis % 60_000 == 0) {
            return millis / 60_000 + "m";
        }
        return millis % 1_000 == 0 ? millis / 1_000 + "s" : millis + "ms";
    }
}
