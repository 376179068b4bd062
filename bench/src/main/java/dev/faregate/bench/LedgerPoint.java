package dev.faregate.bench;

/// How the ledger alone is driven, and over how many accounts: `hot` is one key for all requests, `spread`
/// takes turns over many keys of as many organizations.
record LedgerPoint(Kind kind, int size, boolean hot) {
    private static final int MAX_SIZE = 100_000;
    private static final String FORM = " (closed-CALLERS-hot, closed-CALLERS-spread, open-RATE-hot, open-RATE-spread)";

    enum Kind {
        /// So many callers, each asking again as soon as its request is settled.
        CLOSED,
        /// Requests due at fixed times, so many a second, whatever the ledger does; waits count from the due
        /// time.
        OPEN
    }

    String name() {
        return (kind == Kind.OPEN ? "open-" : "closed-") + size + (hot ? "-hot" : "-spread");
    }

    /// Throws `IllegalArgumentException` for anything but the four forms.
    static LedgerPoint parse(String text) {
        String[] parts = text.split("-", -1);
        boolean known = parts.length == 3
                && (parts[0].equals("open") || parts[0].equals("closed"))
                && parts[1].matches("[0-9]{1,6}")
                && (parts[2].equals("hot") || parts[2].equals("spread"));
        int size = known ? Integer.parseInt(parts[1]) : 0;
        if (size < 1 || size > MAX_SIZE) throw new IllegalArgumentException("not a load: " + text + FORM);
        return new LedgerPoint(parts[0].equals("open") ? Kind.OPEN : Kind.CLOSED, size, parts[2].equals("hot"));
    }
}
