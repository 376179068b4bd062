package dev.faregate.server;

import dev.faregate.models.Catalogue;
import dev.faregate.system.Configuration;
import java.io.IOException;
import java.nio.file.ClosedWatchServiceException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardWatchEventKinds;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Takes up changes of the configuration file while the server runs. A bad file changes nothing: the old
/// configuration stays and the log says which line is wrong.
///
/// The folder is watched, and besides that the content is compared every second, because watching misses
/// files that are mounted, linked or on a network. Content counts only when it has been the same for
/// [#SETTLED], so a half-written file is not taken up. One thread of its own; `onChange` runs on it.
public final class ConfigFile implements AutoCloseable {
    /// The longest time between two looks.
    static final Duration POLL = Duration.ofSeconds(1);
    /// How long a change must have stood.
    static final Duration SETTLED = Duration.ofMillis(100);

    private static final Duration STOP = Duration.ofSeconds(5);
    private static final Logger LOG = LoggerFactory.getLogger(ConfigFile.class);

    private final Config startup;
    private final Consumer<Config> onChange;
    private final CountDownLatch stopped = new CountDownLatch(1);
    private final Thread thread;
    private @Nullable WatchService watch;

    /// What was last taken up or found wrong; an empty array stands for "no file".
    private byte[] known;
    private byte @Nullable [] pending;
    private long pendingSinceNanos;
    private volatile Config current;
    private volatile State state = new State(null, null, List.of());

    /// What became of the changes since the start.
    ///
    /// @param takenUpAt when one was taken up last, or null
    /// @param problem why the last one was not, or null
    /// @param waiting settings whose change waits for a restart
    private record State(@Nullable Instant takenUpAt, Configuration.@Nullable Problem problem, List<String> waiting) {}

    /// `onChange` gets each new configuration: the settings of the start with the new sections and reloadable
    /// settings. When it throws [ConfigException] the change is refused like a bad line.
    public ConfigFile(Config startup, Consumer<Config> onChange) {
        this.startup = startup;
        this.current = startup;
        this.onChange = onChange;
        this.known = content();
        this.thread = Thread.ofPlatform().daemon().name("config-file").unstarted(this::run);
    }

    /// Begins to watch.
    public void start() {
        Path folder = startup.file().getParent();
        try {
            if (folder != null && Files.isDirectory(folder)) {
                WatchService service = folder.getFileSystem().newWatchService();
                folder.register(
                        service,
                        StandardWatchEventKinds.ENTRY_CREATE,
                        StandardWatchEventKinds.ENTRY_MODIFY,
                        StandardWatchEventKinds.ENTRY_DELETE);
                watch = service;
            }
        } catch (IOException | UnsupportedOperationException e) {
            LOG.debug("Cannot watch {}; looking every second instead: {}", folder, e.toString());
        }
        thread.start();
    }

    /// The configuration in force.
    public Config current() {
        return current;
    }

    /// What is in force and what became of the changes, without a secret. `catalogue` is the one of now.
    public Configuration described(Catalogue catalogue) {
        Config now = current;
        State changes = state;
        return new Configuration(
                now.file(),
                Files.exists(now.file()),
                changes.takenUpAt(),
                changes.problem(),
                changes.waiting(),
                now.warnings(),
                now.changed(),
                ProviderSetup.described(now, catalogue));
    }

    @Override
    public void close() {
        stopped.countDown();
        try {
            if (watch != null) {
                watch.close();
            }
            // A start that failed never came to watch.
            if (thread.getState() != Thread.State.NEW) {
                thread.join(STOP);
            }
        } catch (IOException e) {
            LOG.debug("Closing the watch on the configuration file failed: {}", e.toString());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void run() {
        while (stopped.getCount() > 0) {
            try {
                await(look(System.nanoTime()) ? SETTLED : POLL);
            } catch (InterruptedException | ClosedWatchServiceException e) {
                return;
            } catch (RuntimeException e) {
                LOG.error("Looking at the configuration file failed; the old configuration stays.", e);
            }
        }
    }

    /// Waits for an event or the end of the time, whichever comes first.
    private void await(Duration time) throws InterruptedException {
        WatchService service = watch;
        if (service == null) {
            stopped.await(time.toNanos(), TimeUnit.NANOSECONDS);
            return;
        }
        WatchKey key = service.poll(time.toNanos(), TimeUnit.NANOSECONDS);
        if (key != null) {
            key.pollEvents();
            key.reset();
        }
    }

    /// Looks once; true when a change waits to settle.
    boolean look(long nowNanos) {
        byte[] found = content();
        if (Arrays.equals(found, known)) {
            pending = null;
            return false;
        }
        if (!Arrays.equals(found, pending)) {
            pending = found;
            pendingSinceNanos = nowNanos;
            return true;
        }
        if (nowNanos - pendingSinceNanos < SETTLED.toNanos()) {
            return true;
        }
        known = found;
        pending = null;
        takeUp(found.length == 0);
        return false;
    }

    private void takeUp(boolean gone) {
        if (gone) {
            LOG.warn("The configuration file {} is gone or empty; the old configuration stays.", startup.file());
            refused("The file is gone or empty.");
            return;
        }
        try {
            Config next = Config.load(startup.sources());
            Config merged = startup.reloadedFrom(next);
            onChange.accept(merged);
            Logging.level(merged.log().level());
            current = merged;
            LOG.info("Took up the change of {}.", startup.file());
            List<String> waiting = startup.waitingForRestart(next);
            state = new State(Instant.now(), null, waiting);
            if (!waiting.isEmpty()) {
                LOG.warn("Changed, but only read at the start: {}. Restart the server.", String.join(", ", waiting));
            }
        } catch (ConfigException e) {
            LOG.error("The old configuration stays. {}", e.line());
            refused(e.line());
        }
    }

    private void refused(String line) {
        State before = state;
        state = new State(before.takenUpAt(), new Configuration.Problem(Instant.now(), line), before.waiting());
    }

    private byte[] content() {
        try {
            return Config.content(startup.file());
        } catch (IOException e) {
            return new byte[0];
        }
    }
}
