package dev.faregate.inference;

import dev.faregate.chat.TokenUsage;
import dev.faregate.models.Model;
import dev.faregate.models.ModelEndpoint;
import dev.faregate.models.UsageBound;
import dev.faregate.routing.BoundMemory;
import dev.faregate.routing.Candidate;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Watches how near reported usage comes to its bound, for each endpoint (ledger 2.2, "self-check"). The
/// highest ratio of prompt tokens to their bound by bytes is a gauge; above nine tenths it is logged, because
/// text never comes near it; above one it is a breach, counted and learned from. Completions reach their
/// bound, the output limit, all the time: of them only a breach is of interest. Safe to share between
/// threads.
public final class BoundWatch {
    private static final Logger LOG = LoggerFactory.getLogger(BoundWatch.class);
    private static final long PERMILLE = 1_000;
    private static final long ALARM_PERMILLE = 900;

    /// Endpoints told apart; a catalogue has fewer. Ratios of further ones are only logged.
    private static final int MAX_ENDPOINTS = 10_000;

    private final MeterRegistry registry;
    private final BoundMemory memory;
    private final Counter breaches;
    private final Counter overruns;
    private final ConcurrentMap<String, AtomicLong> highest = new ConcurrentHashMap<>();

    public BoundWatch(MeterRegistry registry, BoundMemory memory) {
        this.registry = registry;
        this.memory = memory;
        this.breaches = Counter.builder("faregate.inference.bound.breaches")
                .description("Answers that reported more tokens than their bound; must stay 0")
                .register(registry);
        this.overruns = Counter.builder("faregate.inference.overrun.nanos")
                .description("Nano-dollars of provider bills beyond what callers were charged: the house pays")
                .register(registry);
    }

    /// The provider reported `usage` for an answer that was bounded as `candidate` says.
    void reported(Candidate candidate, TokenUsage usage) {
        if (candidate.free()) {
            return;
        }
        UsageBound bound = candidate.bound();
        long answers = bound.completionTokens() * bound.choices();
        long prompt = permille(usage.prompt(), bound.promptTokens());
        boolean breach = prompt > PERMILLE || usage.completion() > answers;
        // A full context, or a prompt that was counted, is near its bound and no sign of anything.
        boolean telling = !candidate.counted()
                && bound.promptTokens() < candidate.endpoint().contextLength();
        boolean highest = (telling || breach) && highest(candidate).getAndAccumulate(prompt, Math::max) < prompt;
        if (breach || (prompt > ALARM_PERMILLE && highest)) {
            LOG.error(
                    "{} at {} reported {} prompt and {} completion tokens; the bounds are {} and {}",
                    candidate.model().id(),
                    candidate.endpoint().tag(),
                    usage.prompt(),
                    usage.completion(),
                    bound.promptTokens(),
                    answers);
        }
        if (breach) {
            breaches.increment();
            long excess = usage.prompt() - bound.promptTokens();
            if (excess > 0) {
                memory.exceeded(candidate.model(), candidate.endpoint(), excess);
            }
        }
    }

    /// A provider billed `nanos` more than a caller could be charged.
    void overrun(long nanos) {
        overruns.increment(nanos);
    }

    private AtomicLong highest(Candidate candidate) {
        Model model = candidate.model();
        ModelEndpoint endpoint = candidate.endpoint();
        String key = model.id() + "|" + endpoint.tag();
        AtomicLong known = highest.get(key);
        if (known != null || highest.size() >= MAX_ENDPOINTS) {
            return known == null ? new AtomicLong() : known;
        }
        return highest.computeIfAbsent(key, _ -> {
            AtomicLong permille = new AtomicLong();
            Gauge.builder("faregate.inference.bound.permille", permille, AtomicLong::get)
                    .description(
                            "Highest reported prompt of an endpoint in thousandths of its bound; above 1000 is a breach")
                    .tag("model", model.id())
                    .tag("endpoint", endpoint.tag())
                    .register(registry);
            return permille;
        });
    }

    private static long permille(long reported, long bound) {
        if (bound <= 0) {
            return reported == 0 ? 0 : 2 * PERMILLE;
        }
        // Rounded up: a single token too many is a breach.
        return Math.ceilDiv(Math.multiplyExact(reported, PERMILLE), bound);
    }
}
