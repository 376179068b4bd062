package dev.faregate.inference;

import dev.faregate.base.ApiError;
import dev.faregate.base.ApiException;
import dev.faregate.credits.Books;
import dev.faregate.identity.OrganizationStore;
import dev.faregate.keys.Caller;
import dev.faregate.keys.FreeAllowance;
import dev.faregate.storage.Database;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.TimeUnit;
import java.util.function.IntSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// How many requests to free models a prepaid organization may make, all its keys together (contract
/// 3.2; design D13). Requests of a day are counted in the database; this node reads that every few
/// seconds while somebody asks, and adds what it let in since. Requests of a minute are counted here,
/// each node its share. Both are soft. Safe to share between threads; never blocks.
public final class FreeTier {
    static final int REQUESTS_PER_MINUTE = 20;

    private static final Logger LOG = LoggerFactory.getLogger(FreeTier.class);
    private static final Duration READ_EVERY = Duration.ofSeconds(5);

    private final Database database;
    private final Books books;
    private final OrganizationStore organizations;
    private final IntSupplier nodes;
    private final InstantSource clock;
    private final ConcurrentMap<String, Account> accounts = new ConcurrentHashMap<>();

    public FreeTier(
            Database database, Books books, OrganizationStore organizations, IntSupplier nodes, InstantSource clock) {
        this.database = database;
        this.books = books;
        this.organizations = organizations;
        this.nodes = nodes;
        this.clock = clock;
    }

    /// Lets a request to a free model in, or throws a 429.
    void admit(Caller caller) {
        if (caller.prepaid()) {
            accounts.computeIfAbsent(caller.organizationId(), Account::new).admit(clock.instant());
        }
    }

    /// One for each prepaid organization that asked.
    private final class Account {
        private final String organization;
        private @Nullable FreeAllowance known;
        private boolean reading;
        private long letInSince;
        private long minute;
        private int inMinute;

        Account(String organization) {
            this.organization = organization;
        }

        synchronized void admit(Instant now) {
            FreeAllowance read = known;
            if (!reading && (read == null || read.readAt().plus(READ_EVERY).isBefore(now))) {
                reading = true;
                Thread.ofVirtual().name("free-tier").start(this::read);
            }
            long current = Math.floorDiv(now.toEpochMilli(), TimeUnit.MINUTES.toMillis(1));
            if (current != minute) {
                minute = current;
                inMinute = 0;
            }
            if (inMinute >= Math.max(1, REQUESTS_PER_MINUTE / Math.max(1, nodes.getAsInt()))) {
                throw refused(
                        "Rate limit exceeded: free-models-per-min.",
                        REQUESTS_PER_MINUTE,
                        now,
                        Instant.ofEpochMilli((minute + 1) * TimeUnit.MINUTES.toMillis(1)));
            }
            boolean today = read != null && day(read.readAt()).equals(day(now));
            if (read != null && (today ? read.used() : 0) + letInSince >= read.limit()) {
                throw refused(
                        "Rate limit exceeded: free-models-per-day. Add 10 credits to unlock 1000 free model requests "
                                + "per day",
                        read.limit(),
                        now,
                        day(now).plusDays(1).atStartOfDay().toInstant(ZoneOffset.UTC));
            }
            inMinute++;
            letInSince++;
        }

        private void read() {
            FreeAllowance fresh = null;
            try {
                fresh = database.read(tx -> FreeAllowance.of(
                        tx, books, organizations.find(tx, organization).orElseThrow()));
            } catch (RuntimeException e) {
                LOG.debug("the free requests of {} cannot be read now", organization, e);
            }
            took(fresh);
        }

        private synchronized void took(@Nullable FreeAllowance fresh) {
            reading = false;
            if (fresh != null) {
                known = fresh;
                letInSince = 0;
            }
        }
    }

    private static LocalDate day(Instant instant) {
        return LocalDate.ofInstant(instant, ZoneOffset.UTC);
    }

    private static ApiException refused(String message, long limit, Instant now, Instant reset) {
        long seconds = Math.max(1, Duration.between(now, reset).plusMillis(999).toSeconds());
        return new ApiException(
                new ApiError.RateLimited(message, limit, reset.toEpochMilli(), Math.toIntExact(seconds)));
    }
}
