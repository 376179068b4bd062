package dev.faregate.models;

import com.knuddels.jtokkit.Encodings;
import com.knuddels.jtokkit.api.Encoding;
import com.knuddels.jtokkit.api.EncodingRegistry;
import com.knuddels.jtokkit.api.EncodingType;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Counts tokens as a model's own tokenizer does, for the vocabularies of OpenAI. The bound by bytes comes
/// first and is free; this one is asked only where that does not fit, or where a provider reports no usage.
///
/// Counting takes a millisecond per few kilobytes: never on an event loop. Safe to share between threads.
public final class Tokenizer {
    /// Longer texts are not counted: half a second of one processor.
    public static final int MAX_CHARACTERS = 4 << 20;

    /// So long a count waits for another one to finish.
    private static final long WAIT_MS = 500;

    private static final Logger LOG = LoggerFactory.getLogger(Tokenizer.class);
    private static final String AUTHOR = "openai/";

    /// By the beginning of the model's slug; the first that fits counts. A model that nobody has put here
    /// is bounded by its bytes.
    private record Family(String beginsWith, EncodingType vocabulary) {}

    private static final List<Family> FAMILIES = List.of(
            new Family("gpt-4o", EncodingType.O200K_BASE),
            new Family("gpt-4.1", EncodingType.O200K_BASE),
            new Family("gpt-5", EncodingType.O200K_BASE),
            new Family("gpt-oss", EncodingType.O200K_BASE),
            new Family("chatgpt-4o", EncodingType.O200K_BASE),
            new Family("o1", EncodingType.O200K_BASE),
            new Family("o3", EncodingType.O200K_BASE),
            new Family("o4", EncodingType.O200K_BASE),
            new Family("gpt-4", EncodingType.CL100K_BASE),
            new Family("gpt-3.5", EncodingType.CL100K_BASE),
            new Family("text-embedding-", EncodingType.CL100K_BASE));

    /// Of the whole process: a vocabulary takes a second to load and never changes.
    private static final EncodingRegistry REGISTRY = Encodings.newLazyEncodingRegistry();

    private final ConcurrentMap<EncodingType, Encoding> ready = new ConcurrentHashMap<>();

    /// Counting is nothing but computing: not more at once than there are processors to spare.
    private final Semaphore atOnce =
            new Semaphore(Math.max(1, Runtime.getRuntime().availableProcessors() / 2));

    /// Loads the vocabularies in the background, at low priority: each takes about a second. Until then
    /// nothing can be counted.
    public void warm() {
        Thread.ofPlatform()
                .daemon()
                .priority(Thread.MIN_PRIORITY)
                .name("tokenizer-warm-up")
                .start(this::load);
    }

    /// Loads the vocabularies; blocks.
    public void load() {
        for (EncodingType type : List.of(EncodingType.O200K_BASE, EncodingType.CL100K_BASE)) {
            try {
                Encoding encoding = REGISTRY.getEncoding(type);
                encoding.countTokensOrdinary("warm");
                ready.put(type, encoding);
            } catch (RuntimeException e) {
                LOG.error("The token vocabulary {} cannot be loaded; prompts are bounded by their bytes", type, e);
            }
        }
    }

    /// Whether this model's tokens can be counted now.
    public boolean knows(Model model) {
        return encoding(model) != null;
    }

    /// How many tokens the text is, without any that mark messages. Waits a little when others count; empty
    /// when that is too long, or the text is, or the vocabulary is not known.
    public Optional<Count> begin(Model model) {
        Encoding encoding = encoding(model);
        try {
            if (encoding == null || !atOnce.tryAcquire(WAIT_MS, TimeUnit.MILLISECONDS)) {
                return Optional.empty();
            }
            return Optional.of(new Count(encoding));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return Optional.empty();
        }
    }

    /// One count over several texts; closing it lets the next one begin.
    public final class Count implements AutoCloseable {
        private final Encoding encoding;
        private long characters;
        private long tokens;
        private long texts;

        private Count(Encoding encoding) {
            this.encoding = encoding;
        }

        public void add(String text) {
            characters += text.length();
            texts++;
            if (characters <= MAX_CHARACTERS) {
                tokens += encoding.countTokensOrdinary(text);
            }
        }

        /// False when there was too much to count: then [#tokens] is too low.
        public boolean isWhole() {
            return characters <= MAX_CHARACTERS;
        }

        public long tokens() {
            return tokens;
        }

        public long texts() {
            return texts;
        }

        @Override
        public void close() {
            atOnce.release();
        }
    }

    private @Nullable Encoding encoding(Model model) {
        EncodingType type = vocabulary(model);
        return type == null ? null : ready.get(type);
    }

    static @Nullable EncodingType vocabulary(Model model) {
        if (!model.id().startsWith(AUTHOR)) {
            return null;
        }
        String slug = model.id().substring(AUTHOR.length());
        for (Family family : FAMILIES) {
            if (slug.startsWith(family.beginsWith())) {
                return family.vocabulary();
            }
        }
        return null;
    }
}
