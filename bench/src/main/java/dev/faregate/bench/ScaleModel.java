package dev.faregate.bench;

import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.SplittableRandom;
import org.HdrHistogram.Histogram;

/// What several databases would carry if each had some of the organizations: a simulation in virtual time, the same for
/// the
/// same seed.
///
/// A database is one server of batches, as a ledger's connection is: it takes everything that waits, at most
/// [Costs#mostOperations], and is busy for a fixed time and a time for each operation. A request is two operations: a
/// hold, and when the provider has answered a settlement. An organization lives in one database, so no batch ever
/// touches two, and databases know nothing of each other.
final class ScaleModel {
    private static final int MICROS = 1_000_000;
    private static final double WARMUP_SECONDS = 2;

    /// Beyond this there is no steady state to speak of.
    private static final double MOST_LOAD = 0.98;

    private static final int DIGITS = 3;
    private static final long LONGEST_MICROS = 60L * MICROS;

    /// What a database needs for a batch, in microseconds.
    record Costs(double batchMicros, double operationMicros, int mostOperations) {
        /// Which part of its time a database is busy with full batches at so many operations a second.
        double load(double operationsPerSecond) {
            double eachAtBest = batchMicros / mostOperations + operationMicros;
            return operationsPerSecond * eachAtBest / MICROS;
        }
    }

    /// Requests a second of all organizations together; the i-th largest of them has a share in proportion to
    /// `1 / i^skew`. `upstreamMillis`: from an admitted hold to its settlement.
    record Demand(double perSecond, int organizations, double skew, double upstreamMillis) {
        double[] rates() {
            double[] rates = new double[organizations];
            for (int i = 0; i < organizations; i++) rates[i] = Math.pow(i + 1, -skew);
            double all = Arrays.stream(rates).sum();
            for (int i = 0; i < organizations; i++) rates[i] *= perSecond / all;
            return rates;
        }
    }

    /// How an organization gets its database.
    enum Placement {
        /// By a hash of its id: nothing to keep, nothing to balance.
        HASHED {
            @Override
            int[] place(double[] rates, int databases, SplittableRandom random) {
                // A hash is a throw of dice that everybody repeats.
                int[] places = new int[rates.length];
                for (int i = 0; i < places.length; i++) places[i] = random.nextInt(databases);
                return places;
            }
        },
        /// By a directory, where the largest ones were moved to the database with the most room.
        PLACED {
            @Override
            int[] place(double[] rates, int databases, SplittableRandom random) {
                int[] places = new int[rates.length];
                double[] taken = new double[databases];
                for (int i = 0; i < places.length; i++) {
                    int least = 0;
                    for (int d = 1; d < databases; d++) {
                        if (taken[d] < taken[least]) least = d;
                    }
                    places[i] = least;
                    taken[least] += rates[i];
                }
                return places;
            }
        };

        /// The database of each organization; `rates` descend.
        abstract int[] place(double[] rates, int databases, SplittableRandom random);
    }

    /// Waits of holds in milliseconds over all databases, and how busy the busiest is; NaN waits when that one cannot
    /// keep up.
    record Outcome(double holdP50, double holdP99, double busiest, double average) {
        boolean keepsUp() {
            return busiest <= MOST_LOAD;
        }
    }

    private final Costs costs;
    private final long seed;

    ScaleModel(Costs costs, long seed) {
        this.costs = costs;
        this.seed = seed;
    }

    /// `seconds` of virtual time after a warm-up.
    Outcome run(Demand demand, int databases, Placement placement, double seconds) {
        SplittableRandom random = new SplittableRandom(seed);
        double[] rates = demand.rates();
        int[] places = placement.place(rates, databases, random);
        double[] perDatabase = new double[databases];
        for (int i = 0; i < rates.length; i++) perDatabase[places[i]] += rates[i];
        double busiest = 0;
        double sum = 0;
        for (double rate : perDatabase) {
            double load = costs.load(2 * rate);
            busiest = Math.max(busiest, load);
            sum += load;
        }
        if (busiest > MOST_LOAD) return new Outcome(Double.NaN, Double.NaN, busiest, sum / databases);
        Histogram waits = new Histogram(LONGEST_MICROS, DIGITS);
        for (double rate : perDatabase) {
            if (rate > 0) new One(rate, demand.upstreamMillis() * 1_000, random.split()).run(seconds, waits);
        }
        return new Outcome(
                waits.getValueAtPercentile(50) / 1_000.0,
                waits.getValueAtPercentile(99) / 1_000.0,
                busiest,
                sum / databases);
    }

    /// One database; times are microseconds from its beginning.
    private final class One {
        private final double gapMicros;
        private final double upstreamMicros;
        private final SplittableRandom random;

        /// When the provider has answered, in order: batches end in order, and every provider takes as long.
        private final Deque<Double> settlements = new ArrayDeque<>();

        private final Deque<Double> waiting = new ArrayDeque<>();
        private double nextHold;

        One(double perSecond, double upstreamMicros, SplittableRandom random) {
            this.gapMicros = MICROS / perSecond;
            this.upstreamMicros = upstreamMicros;
            this.random = random;
            this.nextHold = gap();
        }

        private double gap() {
            return -Math.log(1 - random.nextDouble()) * gapMicros;
        }

        void run(double seconds, Histogram waits) {
            double from = WARMUP_SECONDS * MICROS;
            double until = from + seconds * MICROS;
            double now = 0;
            while (now < until) {
                while (nextHold <= now) {
                    waiting.add(nextHold);
                    nextHold += gap();
                }
                Double settlement = settlements.peek();
                if (waiting.isEmpty() && (settlement == null || settlement > now)) {
                    now = settlement == null ? nextHold : Math.min(nextHold, settlement);
                    continue;
                }
                now = batch(now, from, waits);
            }
        }

        /// One batch of what waits, settlements first as the ledger does; when it ends.
        private double batch(double now, double from, Histogram waits) {
            int settled = 0;
            while (settled < costs.mostOperations() && !settlements.isEmpty() && settlements.peek() <= now) {
                settlements.remove();
                settled++;
            }
            int holds = Math.min(waiting.size(), costs.mostOperations() - settled);
            double end = now + costs.batchMicros() + costs.operationMicros() * (settled + holds);
            for (int i = 0; i < holds; i++) {
                double arrived = waiting.remove();
                if (arrived >= from) waits.recordValue(Math.min(LONGEST_MICROS, Math.round(end - arrived)));
                settlements.add(end + upstreamMicros);
            }
            return end;
        }
    }
}
