package dev.faregate;

import dev.faregate.accounts.AccountParts;
import dev.faregate.accounts.Departures;
import dev.faregate.accounts.SecurityParts;
import dev.faregate.accounts.SignUp;
import dev.faregate.accounts.SsoParts;
import dev.faregate.apps.AppStore;
import dev.faregate.apps.Apps;
import dev.faregate.backup.Restore;
import dev.faregate.base.Program;
import dev.faregate.base.Secret;
import dev.faregate.chat.RequestKind;
import dev.faregate.credits.CreditEntries;
import dev.faregate.credits.GrantExpiry;
import dev.faregate.credits.GroupLedger;
import dev.faregate.credits.HopelessHolds;
import dev.faregate.credits.JooqBooks;
import dev.faregate.credits.JooqLimits;
import dev.faregate.credits.LedgerSettings;
import dev.faregate.credits.NodeWatch;
import dev.faregate.credits.RestoreGate;
import dev.faregate.credits.Safeguards;
import dev.faregate.credits.Spool;
import dev.faregate.dashboard.DashboardParts;
import dev.faregate.dashboard.ModelsPage;
import dev.faregate.dashboard.PlaygroundPage;
import dev.faregate.governance.GovernanceParts;
import dev.faregate.guardrails.GuardrailParts;
import dev.faregate.http.EdgeServer;
import dev.faregate.http.EdgeStats;
import dev.faregate.http.EdgeTls;
import dev.faregate.http.Route;
import dev.faregate.identity.Actor;
import dev.faregate.identity.AuditLog;
import dev.faregate.identity.MemberStore;
import dev.faregate.identity.OrganizationStore;
import dev.faregate.identity.Sessions;
import dev.faregate.identity.Writes;
import dev.faregate.inference.BoundWatch;
import dev.faregate.inference.FreeTier;
import dev.faregate.inference.Inference;
import dev.faregate.inference.InferenceMetrics;
import dev.faregate.inference.InferenceSettings;
import dev.faregate.inference.KeyAdmission;
import dev.faregate.inference.RequestHandler;
import dev.faregate.inference.RequestIntake;
import dev.faregate.inference.Revocation;
import dev.faregate.inference.RunningRequests;
import dev.faregate.inference.SkinHandler;
import dev.faregate.inference.TokenCountHandler;
import dev.faregate.insight.InsightParts;
import dev.faregate.keys.Bootstrap;
import dev.faregate.keys.Exposures;
import dev.faregate.keys.KeyAuthenticator;
import dev.faregate.keys.KeyDirectory;
import dev.faregate.keys.KeyHandler;
import dev.faregate.keys.KeyListHandler;
import dev.faregate.keys.KeyStore;
import dev.faregate.keys.Keys;
import dev.faregate.keys.KeysHandler;
import dev.faregate.keys.ManagedKeys;
import dev.faregate.keys.PlaygroundKeys;
import dev.faregate.leaks.LeakParts;
import dev.faregate.models.CatalogueReader;
import dev.faregate.models.Catalogues;
import dev.faregate.models.ModelsHandler;
import dev.faregate.models.Tokenizer;
import dev.faregate.oauth.OauthParts;
import dev.faregate.oauth.RegistrationParts;
import dev.faregate.pages.Pages;
import dev.faregate.presets.ManagedPresets;
import dev.faregate.presets.Presets;
import dev.faregate.providers.EgressGuard;
import dev.faregate.providers.Outbound;
import dev.faregate.providers.Providers;
import dev.faregate.providers.ServiceAccounts;
import dev.faregate.providers.UpstreamClient;
import dev.faregate.providers.UpstreamSettings;
import dev.faregate.recorder.Lives;
import dev.faregate.recorder.Steps;
import dev.faregate.routing.BoundMemory;
import dev.faregate.routing.EndpointHealth;
import dev.faregate.routing.EndpointMeasurements;
import dev.faregate.routing.RoutePlanner;
import dev.faregate.server.AppParts;
import dev.faregate.server.BackupJob;
import dev.faregate.server.ClosedService;
import dev.faregate.server.Config;
import dev.faregate.server.ConfigFile;
import dev.faregate.server.ControlSocket;
import dev.faregate.server.DataFolder;
import dev.faregate.server.FirstStart;
import dev.faregate.server.HealthHandler;
import dev.faregate.server.Metrics;
import dev.faregate.server.MetricsHandler;
import dev.faregate.server.NodeIdentity;
import dev.faregate.server.Operations;
import dev.faregate.server.ProviderSetup;
import dev.faregate.server.Reconciliation;
import dev.faregate.server.Routes;
import dev.faregate.server.SpacesParts;
import dev.faregate.server.Verification;
import dev.faregate.skins.CompletionsSkin;
import dev.faregate.skins.MessagesSkin;
import dev.faregate.skins.ResponsesSkin;
import dev.faregate.storage.ChangeFeed;
import dev.faregate.storage.Database;
import dev.faregate.storage.DatabaseClock;
import dev.faregate.storage.Databases;
import dev.faregate.storage.DiskReserve;
import dev.faregate.storage.FolderLock;
import dev.faregate.storage.Inspection;
import dev.faregate.storage.PostgresDatabase;
import dev.faregate.storage.PostgresUrl;
import dev.faregate.storage.SqliteDatabase;
import dev.faregate.system.LastRuns;
import dev.faregate.system.Readiness;
import dev.faregate.system.Self;
import dev.faregate.system.SystemParts;
import dev.faregate.usage.CreditEntriesHandler;
import dev.faregate.usage.CreditsHandler;
import dev.faregate.usage.GenerationHandler;
import dev.faregate.usage.GenerationRow;
import dev.faregate.usage.GenerationStore;
import dev.faregate.usage.ManagedCredits;
import dev.faregate.usage.OrphanCorrections;
import dev.faregate.usage.OrphanGenerations;
import dev.faregate.usage.SpendWatch;
import dev.faregate.usage.UsageParts;
import dev.faregate.watch.WatchParts;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.IntSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The composition root: every long-lived object of a running server is made here once, in order, with
/// `new`. Closing it undoes that in reverse.
///
/// Long because what exists, and in which order, is to be read in one place.
public final class Faregate implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Faregate.class);

    private final Config config;
    private final Database database;
    private final Spool spool;
    private final HealthHandler health;
    private final EdgeServer edge;
    private final EdgeServer admin;
    private final @Nullable FirstStart firstStart;

    /// What is closed at the end, last made first.
    private final Deque<AutoCloseable> made = new ArrayDeque<>();

    private final CountDownLatch closed = new CountDownLatch(1);

    /// Starts a server and returns once it answers. Throws with a sentence for the operator when it
    /// cannot.
    public static Faregate start(Config config) {
        return start(config, InstantSource.system());
    }

    /// The same with another clock than the machine's.
    public static Faregate start(Config config, InstantSource clock) {
        return new Faregate(config, clock, Steps.UNWATCHED);
    }

    /// The same; `steps` hears of each step of each paid request, so that a test can end the process there.
    public static Faregate start(Config config, Steps steps) {
        return new Faregate(config, InstantSource.system(), steps);
    }

    private Faregate(Config config, InstantSource clock, Steps steps) {
        this.config = config;
        Instant startedAt = clock.instant();
        LastRuns runs = new LastRuns();
        try {
            DataFolder.prepare(config.data());
            Metrics metrics = new Metrics();

            if (config.databaseUrl() != null) {
                // SQLite takes the lock by itself; this node's folder is its own with PostgreSQL too.
                opened(FolderLock.take(config.data()));
            } else {
                Restore.requireFinished(config.data());
            }
            this.database = opened(Databases.open(
                    config.data(),
                    config.databaseUrl() == null ? null : config.databaseUrl().reveal()));
            NodeIdentity node = NodeIdentity.in(config.data());
            JooqLimits limits = new JooqLimits();
            JooqBooks books = new JooqBooks();
            OrganizationStore organizations = new OrganizationStore();
            KeyStore keyStore = new KeyStore();
            DatabaseClock shared = database instanceof PostgresDatabase ? new DatabaseClock(database) : null;
            KeyDirectory directory = new KeyDirectory(database, keyStore, limits, shared == null ? clock : shared);
            Keys keys = new Keys(database, limits, keyStore, directory);
            Optional<Bootstrap.FirstStart> first = new Bootstrap(database, limits, organizations, keys)
                    .run(config.bootstrap().key(), config.bootstrap().managementKey());
            first.ifPresent(
                    made -> firstStart(made, config.listener().port(), null).keep(config.data()));

            NodeWatch watch = database instanceof PostgresDatabase postgres
                    ? opened(new NodeWatch(
                            postgres,
                            node.node(),
                            node.boot(),
                            config.silentAfter(),
                            new OrphanGenerations(),
                            config.data()))
                    : null;
            RestoreGate gate = RestoreGate.of(database);
            LedgerSettings ledgerSettings = PartSettings.ledger(config);
            DiskReserve reserve =
                    opened(DiskReserve.in(config.data(), config.durability().reserveBytes()));
            this.spool = opened(Spool.open(config.data(), config.durability().spoolBytes(), reserve));
            // A slot is taken until the database has the charge, which may be after the request is over.
            int slots = config.limits().requests() + ledgerSettings.holdQueue();
            Lives lives = Lives.begin(database, config.data(), node.node(), node.boot(), slots, steps);
            GroupLedger ledger = opened(GroupLedger.start(
                    database,
                    ledgerSettings,
                    node.node(),
                    node.boot(),
                    GenerationRow.table(),
                    new OrphanGenerations(),
                    new Safeguards(spool, lives, reserve)));
            if (new OrphanCorrections(database, ledger, lives).lower(lives.recorded())) {
                lives.forgetFormer();
            }

            if (watch != null && shared != null) {
                watch.start(ledger, shared);
                metrics.watch(watch);
            }
            UpstreamClient client = opened(new UpstreamClient(
                    UpstreamSettings.trusting(config.authorities()), new EgressGuard(config.egressAllowedHosts())));
            Outbound outbound = opened(new Outbound(client));
            ServiceAccounts serviceAccounts = new ServiceAccounts(outbound, config.egressAllowedHosts(), clock);
            ProviderSetup setup = new ProviderSetup(CatalogueReader.shipped(), client, serviceAccounts);
            ProviderSetup.Result described = setup.make(config);
            Catalogues catalogues = new Catalogues(described.catalogue());
            Providers providers = new Providers();
            providers.replace(described.providers());
            Writes writes = new Writes(new AuditLog());
            Integrations integrations = opened(new Integrations(
                    config, database, organizations, client, outbound, serviceAccounts, catalogues, writes, clock));

            GuardrailParts guardrails = opened(new GuardrailParts(
                    database,
                    limits,
                    keyStore,
                    organizations,
                    new MemberStore(),
                    catalogues,
                    writes,
                    PartSettings.reader(config),
                    clock,
                    metrics.registry()));

            RunningRequests running = new RunningRequests();
            directory.onClosed(running::cut);
            Presets presets = new Presets(database);
            ChangeFeed feed = database instanceof PostgresDatabase postgres
                    ? opened(ChangeFeed.start(
                            postgres,
                            ChangeFeed.Listener.of(List.of(
                                    new Revocation(directory, running),
                                    gate,
                                    presets,
                                    integrations.listener(),
                                    guardrails.guardrails()))))
                    : null;
            guardrails.guardrails().everything();
            // What changed before the feed began was told to nobody.
            gate.look();
            if (feed != null) {
                presets.trustOnlyWhile(feed::isFresh);
                directory.trustOnlyWhile(feed::isFresh, config.freeWhenCutOff());
            }

            HopelessHolds hopeless = new HopelessHolds(ledger, database::writes);
            EndpointHealth endpointHealth = new EndpointHealth();
            BoundMemory boundMemory = new BoundMemory();
            Tokenizer tokenizer = new Tokenizer();
            tokenizer.warm();
            InferenceSettings settings = PartSettings.inference(config);
            AppStore appStore = new AppStore();
            Apps apps = new Apps(database, appStore);
            IntSupplier nodes = watch == null ? () -> 1 : watch::live;
            KeyAdmission admission = new KeyAdmission(settings.maxRequestsPerKey(), nodes, clock);
            UsageParts usage = opened(UsageParts.start(database, organizations, catalogues, config.usage(), clock));
            usage.bindTo(metrics.registry());
            EndpointMeasurements measurements = new EndpointMeasurements(System::nanoTime, usage.weekly()::of);
            Inference inference = new Inference(new Inference.Parts(
                    catalogues,
                    providers,
                    new RoutePlanner(endpointHealth, measurements, boundMemory, config.defaultModel()),
                    endpointHealth,
                    measurements,
                    guardrails.guardrails(),
                    hopeless,
                    lives.recorder(),
                    directory,
                    running,
                    apps,
                    usage.content(),
                    new InferenceMetrics(metrics.registry()),
                    new BoundWatch(metrics.registry(), boundMemory),
                    tokenizer,
                    clock,
                    settings,
                    admission,
                    new FreeTier(database, books, organizations, nodes, clock),
                    this::publicUrl,
                    integrations.ownKeys(),
                    integrations.broadcast()));

            ManagedKeys managedKeys = new ManagedKeys(
                    database, limits, keyStore, keys, directory, organizations, new MemberStore(), writes);
            CreditEntries entries = new CreditEntries(books, limits);
            ManagedCredits managedCredits =
                    new ManagedCredits(database, books, limits, entries, organizations, directory, writes);
            opened(GrantExpiry.start(database, entries, organization -> directory.changed(organization, false)));
            this.health = new HealthHandler(() -> Readiness.of(database, ledger, spool, reserve, gate));
            Pages pages = new Pages(new Sessions(database), this::publicUrl, config.isReachedByHttps());
            OauthParts oauth = new OauthParts(
                    database,
                    organizations,
                    appStore,
                    keys,
                    new AuditLog(),
                    pages,
                    config.legacyPkce(),
                    new RegistrationParts.Options(writes, outbound, config.clientRegistration(), clock));
            KeysHandler keysHandler = new KeysHandler(managedKeys);
            SecurityParts security = SecurityParts.make(database, pages, integrations.sealer());
            Departures departures = new Departures(keyStore, keys, guardrails.managedAssignments());
            SsoParts sso = SsoParts.make(
                    database,
                    pages,
                    integrations.sealer(),
                    security,
                    departures,
                    outbound,
                    config.egressAllowedHosts());
            AccountParts accounts = opened(AccountParts.start(
                    new AccountParts.Lent(
                            database,
                            pages,
                            security,
                            organizations,
                            limits,
                            keyStore,
                            keys,
                            departures,
                            keysHandler,
                            writes,
                            integrations.sealer(),
                            catalogues),
                    config.accounts(),
                    () -> sso.links(security)));
            opened(SpendWatch.start(database, config.spendAlerts(), accounts.spendMails()))
                    .bindTo(metrics.registry());
            LeakParts leaks = new LeakParts(
                    keys,
                    new Exposures(database, keys, directory, new AuditLog(), accounts.exposureMails()),
                    config.leaks(),
                    outbound,
                    clock);
            RequestIntake intake = new RequestIntake(inference, apps, presets, PartSettings.reader(config), admission);
            ManagedPresets managedPresets =
                    new ManagedPresets(database, organizations, writes, presets, PartSettings.reader(config));
            Routes.Handlers handlers = new Routes.Handlers(
                    new RequestHandler(intake, RequestKind.CHAT),
                    new RequestHandler(intake, RequestKind.EMBEDDINGS),
                    new RequestHandler(intake, RequestKind.RERANK),
                    new RequestHandler(intake, RequestKind.IMAGES),
                    new RequestHandler(intake, RequestKind.TRANSCRIPTIONS),
                    new SkinHandler(intake, new MessagesSkin()),
                    new TokenCountHandler(intake, new MessagesSkin()),
                    new SkinHandler(
                            intake, new ResponsesSkin(clock, config.limits().fileParts())),
                    new SkinHandler(intake, new CompletionsSkin()),
                    new ModelsHandler(
                            catalogues,
                            measurements,
                            clock,
                            guardrails.guardrails()::rule,
                            principal -> principal instanceof Actor actor && actor.seesOnlyUsableModels(),
                            config.publicUrl()),
                    new KeyHandler(
                            database,
                            limits,
                            books,
                            organizations,
                            (_, key) -> guardrails.guardrails().dataRegions(key)),
                    keysHandler,
                    new KeyListHandler(database, limits, keyStore, organizations),
                    new CreditsHandler(managedCredits),
                    new CreditEntriesHandler(database, entries, managedCredits),
                    new GenerationHandler(database, new GenerationStore(), writes),
                    oauth,
                    SpacesParts.make(
                            database,
                            limits,
                            directory,
                            organizations,
                            writes,
                            managedPresets,
                            List.of(
                                    integrations.providerKeys(),
                                    integrations.managedDestinations(),
                                    guardrails.handler(),
                                    sso.groups())),
                    sso.groupMappings(),
                    integrations.byok(),
                    integrations.byokTest(),
                    integrations.destinations(),
                    guardrails.handler(),
                    guardrails.assignments(),
                    usage,
                    leaks,
                    health);
            ConfigFile file = opened(new ConfigFile(config, next -> {
                SignUp signUp = next.accounts().signUp();
                ProviderSetup.Result changed = setup.make(next);
                // Providers first: a model that appears in the catalogue must find its provider.
                providers.replace(changed.providers());
                catalogues.update(_ -> changed.catalogue());
                accounts.admit(signUp);
            }));
            DashboardParts dashboard = new DashboardParts(
                    database,
                    limits,
                    managedKeys,
                    managedCredits,
                    pages.sessions(),
                    this::publicUrl,
                    clock,
                    new ModelsPage(catalogues, measurements, this::publicUrl, clock, config.modelsPublic()),
                    new PlaygroundPage(
                            new PlaygroundKeys(
                                    database,
                                    limits,
                                    keyStore,
                                    keys,
                                    directory,
                                    new MemberStore(),
                                    writes,
                                    config.playgroundLimit()),
                            catalogues,
                            config.defaultModel(),
                            this::publicUrl,
                            clock));
            List<Route> routes = new ArrayList<>(Routes.api(handlers, config.modelsPublic()));
            routes.addAll(Routes.oauth(oauth));
            routes.addAll(Routes.pages(new Routes.PageHandlers(
                    pages,
                    oauth,
                    AppParts.make(database, limits, keys, usage.board(), writes),
                    dashboard,
                    new InsightParts(
                            new InsightParts.Lent(
                                    database,
                                    limits,
                                    usage.report(),
                                    managedCredits,
                                    endpointHealth,
                                    gate,
                                    this::publicUrl),
                            clock),
                    new GovernanceParts(
                            database,
                            limits,
                            guardrails,
                            integrations.providerKeys(),
                            integrations.byokTest(),
                            managedPresets,
                            integrations.managedDestinations(),
                            catalogues,
                            clock),
                    new WatchParts(database, this::publicUrl, clock),
                    new SystemParts(
                            new SystemParts.Lent(
                                    self(config, node, startedAt),
                                    database,
                                    ledger,
                                    spool,
                                    reserve,
                                    gate,
                                    watch,
                                    endpointHealth,
                                    catalogues,
                                    runs,
                                    health::readiness,
                                    this::edgeStats,
                                    () -> file.described(catalogues.snapshot())),
                            clock),
                    security,
                    sso,
                    accounts)));
            EdgeTls tls = config.tls()
                    .map(files -> opened(EdgeTls.start(files.certificate(), files.key())))
                    .orElse(null);
            this.edge = opened(EdgeServer.start(
                    PartSettings.edge(config, tls),
                    ClosedService.guard(routes, gate),
                    new KeyAuthenticator(directory, config.blockKeysInBrowsers()),
                    Routes.notThere(pages)));
            this.admin = opened(EdgeServer.start(
                    PartSettings.admin(config), Routes.admin(health, new MetricsHandler(metrics.registry()))));
            metrics.watch(edge, ledger);
            metrics.watch(spool, reserve);
            metrics.watch(gate);
            metrics.watch(hopeless);
            metrics.watch(integrations.broadcast());

            ControlSocket control = ControlSocket.open(
                    config.data(),
                    Map.of(
                            "verify",
                            _ -> verified(node.boot(), runs, clock),
                            BackupJob.NAME,
                            asked -> BackupJob.run(database, runs, asked),
                            Reconciliation.NAME,
                            asked -> reconciled(asked, node.boot(), directory, gate),
                            Operations.NAME,
                            Operations.on(database, directory, this::publicUrl)::run));
            if (control != null) {
                opened(control);
            }

            file.start();
            this.firstStart = first.map(made -> firstStart(
                            made,
                            edge.port(),
                            accounts.setupLinks()
                                    .setup(made.home().organization().id())))
                    .orElse(null);
            health.accepting(true);
            if (gate.isClosed()) {
                LOG.warn(
                        "Restored from a backup: requests that spend are answered 503 until `./faregate ledger reconcile` has run");
            }
            LOG.info(
                    "Listening on {}:{}, {} models usable",
                    config.listener().host(),
                    edge.port(),
                    catalogues.snapshot().usable().size());
        } catch (RuntimeException e) {
            closeMade();
            throw e;
        }
    }

    private <T extends AutoCloseable> T opened(T resource) {
        made.push(resource);
        return resource;
    }

    private static Self self(Config config, NodeIdentity node, Instant startedAt) {
        Secret url = config.databaseUrl();
        String place = url == null
                ? config.data().resolve(SqliteDatabase.FILE).toString()
                : PostgresUrl.parse(url.reveal()).place();
        return new Self(Program.version(), node.node(), config.data(), place, startedAt);
    }

    /// Of the public listener; the routes that it has are made before it.
    private EdgeStats edgeStats() {
        return edge.stats();
    }

    /// What `./faregate verify` asks for while we have the database. Only on SQLite are we alone on it.
    private byte[] verified(String boot, LastRuns runs, InstantSource clock) {
        try (Inspection store = Inspection.of(database)) {
            Verification found = Verification.run(store, database.kind() == Database.Kind.SQLITE ? boot : null);
            runs.verified(clock.instant(), found.findings());
            return found.toJson();
        }
    }

    /// What `./faregate ledger reconcile` asks for while we have the database.
    private byte[] reconciled(String asked, String boot, KeyDirectory directory, RestoreGate gate) {
        String alone = database.kind() == Database.Kind.SQLITE ? boot : null;
        byte[] answer =
                new Reconciliation(database, alone, organization -> directory.changed(organization, false)).run(asked);
        gate.look();
        return answer;
    }

    private FirstStart firstStart(Bootstrap.FirstStart made, int port, @Nullable Secret setupLink) {
        return new FirstStart(
                url(port),
                setupLink,
                config.bootstrap().key() == null ? made.inference().text() : null,
                config.bootstrap().managementKey() == null ? made.management().text() : null);
    }

    /// What the first start of an empty store has to say, once.
    public Optional<FirstStart> firstStart() {
        return Optional.ofNullable(firstStart);
    }

    /// The address to open or to paste, `http://host:port`.
    public String url() {
        return url(edge.port());
    }

    private String url(int port) {
        return FirstStart.url(config.tls().isPresent(), config.listener().host(), port);
    }

    /// Where people reach this server: what the operator says, else what it listens on.
    private String publicUrl() {
        return config.publicUrl().isEmpty() ? url() : config.publicUrl();
    }

    public int port() {
        return edge.port();
    }

    /// The store, for whoever wants to look behind the API: tests and commands on a running server.
    public Database database() {
        return database;
    }

    public int adminPort() {
        return admin.port();
    }

    /// Stops in the order that loses nothing: readiness fails, the balancer gets its time, no new
    /// requests, running ones finish, the ledger is flushed. Returns false when some had to be cut.
    public boolean drain() {
        health.accepting(false);
        pause(config.timeouts().balancer());
        return finish();
    }

    /// Why this process can keep no money safe any more and has to end, or null: the disk failed under a
    /// commit or under the spool. Nothing priced is admitted from then on.
    public @Nullable String failure() {
        String failed = database.failure();
        return failed != null ? failed : spool.failure();
    }

    /// Stops after a [#failure]: running requests finish, and what they owe goes where it still can.
    public void drainAfterFailure() {
        health.accepting(false);
        finish();
    }

    private boolean finish() {
        boolean finished = edge.drain();
        close();
        return finished;
    }

    /// Waits for balancers to notice; cut short by [#close].
    private void pause(Duration time) {
        try {
            closed.await(time.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /// Ends everything now; what was held and not settled is recovered at the next start.
    @Override
    public void close() {
        health.accepting(false);
        closed.countDown();
        closeMade();
    }

    private void closeMade() {
        while (!made.isEmpty()) {
            AutoCloseable last = made.pop();
            try {
                last.close();
            } catch (Exception e) {
                LOG.error("closing {} failed", last.getClass().getSimpleName(), e);
            }
        }
    }
}
