package dev.faregate.server;

import dev.faregate.credits.GroupLedger;
import dev.faregate.credits.HopelessHolds;
import dev.faregate.credits.NodeWatch;
import dev.faregate.credits.RestoreGate;
import dev.faregate.credits.Spool;
import dev.faregate.http.EdgeServer;
import dev.faregate.observability.Broadcast;
import dev.faregate.storage.DiskReserve;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.binder.jvm.JvmGcMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.util.function.ToDoubleFunction;

/// What this node tells Prometheus. Parts that count for themselves are read when somebody asks.
public final class Metrics {
    private final PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);

    @SuppressWarnings("resource") // lives as long as the process
    public Metrics() {
        new JvmMemoryMetrics().bindTo(registry);
        new JvmGcMetrics().bindTo(registry);
        new ProcessorMetrics().bindTo(registry);
    }

    public PrometheusMeterRegistry registry() {
        return registry;
    }

    /// Shows what the listener and the ledger count.
    public void watch(EdgeServer edge, GroupLedger ledger) {
        gauge("faregate.edge.connections", edge, e -> e.stats().connections());
        gauge("faregate.edge.requests.open", edge, e -> e.stats().openRequests());
        gauge("faregate.edge.body.bytes", edge, e -> e.stats().bufferedBytes());
        counter("faregate.edge.requests", edge, e -> e.stats().requests());
        counter("faregate.edge.overloaded", edge, e -> e.stats().overloaded());
        counter("faregate.edge.clients.gone", edge, e -> e.stats().gone());
        counter("faregate.edge.incidents", edge, e -> e.stats().bugs());
        counter("faregate.ledger.batches", ledger, l -> l.stats().batches());
        counter("faregate.ledger.holds", ledger, l -> l.stats().holds());
        counter("faregate.ledger.settles", ledger, l -> l.stats().settles());
        counter("faregate.ledger.orphans", ledger, l -> l.stats().orphans());
        counter("faregate.ledger.recovered", ledger, l -> l.stats().recovered());
        counter("faregate.ledger.unheld", ledger, l -> l.stats().unheld());
        counter("faregate.ledger.quarantined", ledger, l -> l.stats().quarantined());
        gauge("faregate.ledger.holds.waiting", ledger, l -> l.stats().waitingHolds());
        gauge("faregate.ledger.settles.waiting", ledger, l -> l.stats().waitingSettles());
    }

    /// Shows what waits on this node's disk.
    public void watch(Spool spool, DiskReserve reserve) {
        gauge("faregate.spool.bytes", spool, Spool::bytes);
        gauge("faregate.spool.admits", spool, s -> s.admits() ? 1 : 0);
        gauge("faregate.disk.full", reserve, r -> r.isSpent() ? 1 : 0);
    }

    /// Shows whether the service is closed by a restore.
    public void watch(RestoreGate gate) {
        gauge("faregate.restore.closed", gate, g -> g.isClosed() ? 1 : 0);
        gauge("faregate.restore.epoch", gate, RestoreGate::epoch);
    }

    /// Shows how many holds never reached the database.
    public void watch(HopelessHolds holds) {
        counter("faregate.ledger.holds.hopeless", holds, HopelessHolds::refused);
    }

    /// Shows what became of the traces that destinations were to get.
    public void watch(Broadcast broadcast) {
        counter("faregate.broadcast.delivered", broadcast, Broadcast::delivered);
        counter("faregate.broadcast.dropped", broadcast, Broadcast::dropped);
        counter("faregate.broadcast.retried", broadcast, Broadcast::retried);
    }

    /// Shows what this node did about others and about itself: holds of dead nodes that it charged, and holds
    /// of its own that nobody knew.
    public void watch(NodeWatch nodes) {
        counter("faregate.nodes.orphans", nodes, NodeWatch::charged);
        counter("faregate.nodes.voided", nodes, NodeWatch::voided);
    }

    private <T> void gauge(String name, T of, ToDoubleFunction<T> value) {
        Gauge.builder(name, of, value).register(registry);
    }

    private <T> void counter(String name, T of, ToDoubleFunction<T> value) {
        FunctionCounter.builder(name, of, value).register(registry);
    }
}
