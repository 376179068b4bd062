package dev.faregate.guardrails;

import dev.faregate.base.ApiError;
import dev.faregate.base.ApiException;
import dev.faregate.chat.ChatRequest;
import dev.faregate.chat.PromptTexts;
import dev.faregate.chat.RequestReader;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Looks into the texts of one request with the content filters of a policy. What a filter blocks ends the request,
/// whatever else was found; overlapping finds are redacted as one. Not shared between threads; takes milliseconds
/// for large requests, so it is not for event loops.
final class Screening implements PromptTexts.Reader {
    /// A request is looked into for so long; what is not read by then does not pass.
    static final Duration LIMIT = Duration.ofSeconds(5);

    private record Span(int from, int to, String placeholder) {}

    private final Policy policy;
    private final Set<ContentFilter> seen = Collections.newSetFromMap(new IdentityHashMap<>());
    private final List<String> notes = new ArrayList<>();
    private final long deadlineNanos;

    private Screening(Policy policy, Duration limit) {
        this.policy = policy;
        this.deadlineNanos = System.nanoTime() + limit.toNanos();
    }

    /// Throws `ApiException` 403 when a filter blocks the request.
    static Screened screen(Policy policy, ChatRequest request, RequestReader.Limits limits, Duration limit) {
        Screening screening = new Screening(policy, limit);
        if (request.facts().extras().tokenIds() > 0) {
            screening.illegible();
        }
        byte[] changed = PromptTexts.rewrite(request, screening);
        if (changed == null) {
            return new Screened(request, screening.notes);
        }
        ChatRequest left = RequestReader.of(request.facts().kind(), limits).read(changed, 0, changed.length);
        left.foldExactly();
        return new Screened(left.insteadOf(request), screening.notes);
    }

    /// What the filters make of one text of a user.
    static Trial tried(Policy policy, String text, Duration limit) {
        Screening screening = new Screening(policy, limit);
        try {
            String left = screening.replaced(text, true);
            return new Trial(left == null ? text : left, null, screening.notes);
        } catch (ApiException e) {
            if (e.error() instanceof ApiError.Forbidden refusal) {
                return new Trial(null, refusal.message(), screening.notes);
            }
            throw e;
        }
    }

    @Override
    public @Nullable String replaced(String text, boolean user) {
        List<Span> spans = new ArrayList<>(0);
        for (ContentFilter filter : policy.filters()) {
            if (filter.looksInto(user)) {
                look(filter, text, spans);
            }
        }
        return spans.isEmpty() ? null : redacted(text, spans);
    }

    private void look(ContentFilter filter, String text, List<Span> spans) {
        boolean trial = filter.guardrail().dryRun();
        boolean redacts = filter.action() == FilterAction.REDACT && !trial;
        if (!redacts && seen.contains(filter)) {
            return;
        }
        boolean[] found = new boolean[1];
        Detector.Found taken = (from, to) -> {
            found[0] = true;
            if (redacts) {
                spans.add(new Span(from, to, filter.placeholder()));
            }
            return redacts;
        };
        try {
            filter.detector().find(text, taken, deadlineNanos);
        } catch (LinearPattern.TooMuchWork e) {
            if (!trial) {
                throw tooMuch(filter);
            }
            if (seen.add(filter)) {
                notes.add("would_block=" + filter.name());
            }
        }
        if (found[0] && seen.add(filter)) {
            note(filter, trial);
        }
    }

    /// Token ids are text that cannot be read here. Fails closed where a filter would block or redact.
    private void illegible() {
        for (ContentFilter filter : policy.filters()) {
            if (!filter.looksInto(true) || filter.action() == FilterAction.FLAG) {
                continue;
            }
            if (!filter.guardrail().dryRun()) {
                Map<String, Object> metadata = Policy.guardrail(filter.guardrail());
                metadata.put("patterns", List.of(filter.name()));
                throw new ApiException(new ApiError.Forbidden(
                        "Request blocked: 'input' is token ids, which the content filter "
                                + Policy.shortened(filter.name()) + " cannot look into. Send it as text.",
                        "content_filter_illegible",
                        metadata));
            }
            if (seen.add(filter)) {
                notes.add("would_block=" + filter.name());
            }
        }
    }

    private void note(ContentFilter filter, boolean trial) {
        policy.hits().count(filter.guardrail(), filter.name(), filter.action().word());
        if (filter.action() == FilterAction.BLOCK && !trial) {
            throw blocked(filter);
        }
        notes.add((trial ? "would_" : "") + filter.action().word() + "=" + filter.name());
    }

    private static ApiException blocked(ContentFilter filter) {
        Map<String, Object> metadata = Policy.guardrail(filter.guardrail());
        metadata.put("patterns", List.of(filter.name()));
        return new ApiException(new ApiError.Forbidden(
                "Request blocked by content filter: " + Policy.shortened(label(filter)), "content_filter", metadata));
    }

    private static String label(ContentFilter filter) {
        return filter.placeholder().equals("[REDACTED]") ? filter.name() : filter.placeholder();
    }

    /// Fails closed: what could not be looked into does not pass.
    private static ApiException tooMuch(ContentFilter filter) {
        Map<String, Object> metadata = Policy.guardrail(filter.guardrail());
        metadata.put("patterns", List.of(filter.name()));
        return new ApiException(new ApiError.Forbidden(
                "Request blocked: its texts take too long to look into for the content filter "
                        + Policy.shortened(filter.name())
                        + ". Send less text, or ask your org admin for a simpler pattern.",
                "content_filter_limit",
                metadata));
    }

    /// Overlapping spans become one, under the name of the one that begins first.
    private static String redacted(String text, List<Span> spans) {
        spans.sort(Comparator.comparingInt(Span::from).thenComparing(Span::to, Comparator.reverseOrder()));
        StringBuilder out = new StringBuilder(text.length());
        int at = 0;
        int i = 0;
        while (i < spans.size()) {
            Span first = spans.get(i);
            int to = first.to();
            while (i < spans.size() && spans.get(i).from() < to) {
                to = Math.max(to, spans.get(i++).to());
            }
            out.append(text, at, first.from()).append(first.placeholder());
            at = to;
        }
        return out.append(text, at, text.length()).toString();
    }
}
