package dev.faregate.inference;

import dev.faregate.apps.AppAttribution;
import dev.faregate.base.ApiError;
import dev.faregate.base.ApiException;
import dev.faregate.base.Ids;
import dev.faregate.base.OffLoop;
import dev.faregate.base.Usd;
import dev.faregate.byok.Credential;
import dev.faregate.chat.AnswerCodec;
import dev.faregate.chat.AnswerIdentity;
import dev.faregate.chat.ChatRequest;
import dev.faregate.chat.RequestKind;
import dev.faregate.chat.TokenUsage;
import dev.faregate.credits.Claim;
import dev.faregate.credits.Hold;
import dev.faregate.credits.HoldRequest;
import dev.faregate.credits.HoldResult;
import dev.faregate.credits.SettleResult;
import dev.faregate.credits.Shortage;
import dev.faregate.guardrails.Policy;
import dev.faregate.guardrails.Screened;
import dev.faregate.http.Authenticator;
import dev.faregate.http.Exchange;
import dev.faregate.keys.Caller;
import dev.faregate.keys.Unaffordable;
import dev.faregate.providers.Outgoing;
import dev.faregate.providers.Provider;
import dev.faregate.providers.ProviderCall;
import dev.faregate.providers.UpstreamFailure;
import dev.faregate.providers.UpstreamListener;
import dev.faregate.recorder.Flight;
import dev.faregate.routing.Candidate;
import dev.faregate.routing.Plan;
import dev.faregate.usage.Generation;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.util.AsciiString;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One request, a chat or any other kind, on the event loop of its client's connection, from the plan to the
/// last byte. Every field is touched on that loop only; the two asynchronous points, hold and settle, complete
/// back on it.
///
/// What must always hold: nothing is sent upstream before the hold is durable; every hold is settled or
/// voided exactly once, whatever happens; the last byte leaves after the charge is durable; once a byte
/// of an answer has left, no other endpoint is tried.
///
/// Long because the state machine is one class on purpose: every transition can be read in one place.
final class Relay {
    /// Where a request stands.
    enum State {
        PLANNING,
        HOLDING,
        OPENING,
        RELAYING,
        SETTLING,
        DONE
    }

    private static final Logger LOG = LoggerFactory.getLogger(Relay.class);
    static final CharSequence GENERATION_HEADER = AsciiString.cached("X-Generation-Id");
    private static final CharSequence UNAFFORDABLE_HEADER = AsciiString.cached("X-Faregate-Unaffordable");

    /// How often the caller is reloaded and the plan made anew because the key's rules changed meanwhile.
    private static final int MAX_REPLANS = 3;

    private final Inference.Parts parts;
    private final PaymentErrors payments;
    private final PromptCount prompts;
    private final Affordability affordability;
    private final Exchange exchange;
    private final Screened screened;
    private final ChatRequest request;
    private final UUID id = Ids.nextFast();
    private final String generation = "gen-" + id;
    private final GenerationDraft draft;
    private final Flight flight;
    private final Reporting reporting;
    private final Runnable onDone;
    private final List<UpstreamErrors.Failure> failures = new ArrayList<>(0);

    private final String keyId;
    private Caller caller;
    private List<String> guardrailNotes;
    private boolean cut;
    private State state = State.PLANNING;
    private List<Candidate> candidates = List.of();
    private int next;
    private int replans;
    private boolean settled;
    private boolean paused;
    private long unclampedLimit;
    private Usd billedByFailed = Usd.ZERO;
    private @Nullable Candidate candidate;
    private @Nullable Hold hold;
    private @Nullable ProviderCall call;
    private @Nullable Delivery delivery;
    private @Nullable ApiError firstRefusal;
    private @Nullable Candidate lastFailed;
    private @Nullable Generation ended;

    /// `onDone` runs once, when the request is over and settled.
    Relay(
            Inference.Parts parts,
            PaymentErrors payments,
            PromptCount prompts,
            Exchange exchange,
            Caller caller,
            AppAttribution app,
            Screened screened,
            Reporting reporting,
            Runnable onDone) {
        this.reporting = reporting;
        this.parts = parts;
        this.payments = payments;
        this.prompts = prompts;
        this.exchange = exchange;
        this.caller = caller;
        this.keyId = caller.keyId();
        this.screened = screened;
        this.request = screened.request();
        this.guardrailNotes = screened.notes();
        this.onDone = onDone;
        this.flight = parts.recorder().flight(id);
        this.affordability = new Affordability(
                payments, prompts, request, mayClamp(), parts.settings().leastClampedTokens());
        this.draft = new GenerationDraft(
                id, exchange.head(), request.facts(), parts.clock().instant(), app, parts.apps());
    }

    /// Plans and asks for the hold. An `ApiException` thrown here becomes the answer.
    void start() {
        plan();
        exchange.onGone(this::clientGone);
        parts.running().add(this);
        try {
            hold();
        } catch (RuntimeException e) {
            parts.running().remove(this);
            throw e;
        }
    }

    /// Whose request this is; safe on any thread.
    String keyId() {
        return keyId;
    }

    /// Ends the request because its key was closed; safe on any thread.
    void revoke(ApiError why) {
        exchange.loop().execute(() -> guarded(() -> cut(why)));
    }

    /// Nobody waits for the answer any more.
    private boolean gone() {
        return exchange.isGone() || cut;
    }

    /// Without a limit of its own a request takes what is affordable; with one, only if that is wanted: by
    /// this request, else by its key, else by its workspace.
    private boolean mayClamp() {
        if (request.facts().maxTokens() == 0) {
            return true;
        }
        Unaffordable asked = Unaffordable.find(exchange.head().header(UNAFFORDABLE_HEADER));
        return asked == null ? caller.clampsUnaffordable() : asked == Unaffordable.CLAMP;
    }

    private void plan() {
        Policy policy = parts.guardrails().policy(caller);
        Plan plan = GuardedPlan.of(parts, policy, caller, request);
        guardrailNotes = GuardedPlan.notes(policy, plan, screened);
        candidates = plan.candidates();
        next = 0;
    }

    // ---- holding ----------------------------------------------------------------------------------------------

    private void hold() {
        Candidate first = candidates.get(next++);
        affordability.next();
        unclampedLimit = first.outputLimit();
        take(first);
        if (first.free()) {
            if (!parts.keys().remembers(caller)) {
                // No hold will look at the key's gates, and its rules changed since it was authenticated.
                stale();
                return;
            }
            if (caller.overdrawn()) {
                throw new ApiException(payments.overdrawn());
            }
            if (first.own() == null) {
                parts.freeTier().admit(caller);
            }
            // Free models hold nothing (rulings, section 2); their charge of 0 is written when they end.
            prepare(first);
            open();
            return;
        }
        prepare(first);
        ask(first);
    }

    private Tariff tariff(Candidate chosen) {
        return Tariff.of(chosen, caller, parts.own().feeMillionths());
    }

    private void take(Candidate chosen) {
        candidate = chosen;
        draft.candidate(chosen);
    }

    private void ask(Candidate chosen) {
        state = State.HOLDING;
        parts.ledger().hold(holdRequest(chosen), exchange.loop(), result -> guarded(() -> held(result)));
    }

    private HoldRequest holdRequest(Candidate chosen) {
        return new HoldRequest(
                id,
                Claims.of(caller, tariff(chosen), chosen.ceiling(), billedByFailed),
                caller.policySeq(),
                chosen.endpoint().prices().version().value(),
                draft.context(caller));
    }

    /// A bug of ours must not leave money held: whatever happens in here, the request is ended and the
    /// hold given back.
    private void guarded(Runnable step) {
        try {
            step.run();
        } catch (ApiException e) {
            refuse(e.error());
        } catch (RuntimeException e) {
            LOG.error("{}: incident {}", generation, id, e);
            if (state != State.SETTLING && state != State.DONE) {
                refuse(new ApiError.Internal(id.toString()));
            } else if (state == State.SETTLING && !settled) {
                chargeInFull();
            }
        }
    }

    private void held(HoldResult result) {
        switch (result) {
            case HoldResult.Held(Hold held) -> {
                hold = held;
                flight.held();
                if (gone()) {
                    voided();
                } else {
                    open();
                }
            }
            case HoldResult.Insufficient(List<Shortage> shortages) -> insufficient(shortages);
            case HoldResult.Closed(boolean expired) -> closed(expired);
            case HoldResult.Stale() -> stale();
            case HoldResult.Unavailable(String why) -> {
                LOG.warn("no hold for {}: {}", generation, why);
                refuse(new ApiError.Unavailable("Service temporarily unavailable", 2));
            }
        }
    }

    /// Asks again for less where [Affordability] finds a way, else goes on to a candidate that may be
    /// cheaper, else refuses with the words for the first one.
    private void insufficient(List<Shortage> shortages) {
        Candidate chosen = current();
        switch (affordability.decide(chosen, tariff(chosen), shortages)) {
            case Affordability.Step.Ask(Candidate cheaper) -> {
                take(cheaper);
                ask(cheaper);
            }
            case Affordability.Step.Count() -> count(chosen, shortages);
            case Affordability.Step.Refuse(ApiError error) -> unaffordable(error);
        }
    }

    private void unaffordable(ApiError error) {
        if (firstRefusal == null) {
            firstRefusal = error;
        }
        releaseCall();
        if (next < candidates.size() && !gone()) {
            hold();
        } else {
            refuse(firstRefusal);
        }
    }

    /// Has the prompt counted off the loop, and asks again for what it then can cost.
    private void count(Candidate chosen, List<Shortage> shortages) {
        if (gone()) {
            voided();
            return;
        }
        offLoop(() -> prompts.counted(chosen, request), counted -> {
            affordability.counted();
            if (counted.ceiling().compareTo(chosen.ceiling()) < 0) {
                take(counted);
                ask(counted);
            } else {
                insufficient(shortages);
            }
        });
    }

    /// Computes on a virtual thread, with the request's bytes kept, and goes on with the result on the loop.
    private <T> void offLoop(Supplier<T> work, Consumer<T> then) {
        ByteBuf body = gone() ? Unpooled.EMPTY_BUFFER : exchange.body().retain();
        OffLoop.run(exchange.loop(), work, outcome -> {
            body.release();
            guarded(() -> then.accept(outcome.get()));
        });
    }

    private void closed(boolean expired) {
        parts.keys().forget(caller.keyId());
        refuse(
                expired
                        ? new ApiError.Unauthenticated("expired", "This API key has expired.")
                        : new ApiError.Unauthenticated("disabled", "This API key is disabled or deleted."));
    }

    private void stale() {
        releaseCall();
        if (replans++ == MAX_REPLANS) {
            refuse(new ApiError.Unavailable("The rules of this key keep changing; try again", 1));
            return;
        }
        state = State.PLANNING;
        Thread.startVirtualThread(() -> {
            try {
                Authenticator.Answer fresh = parts.keys().reload(caller);
                exchange.loop().execute(() -> reloaded(fresh));
            } catch (RuntimeException e) {
                LOG.error("the key of {} cannot be reloaded", generation, e);
                exchange.loop().execute(() -> refuse(new ApiError.Unavailable("Service temporarily unavailable", 2)));
            }
        });
    }

    private void reloaded(Authenticator.Answer answer) {
        switch (answer) {
            case Authenticator.Answer.Known(Caller fresh) -> replan(fresh);
            case Authenticator.Answer.Refused(ApiError error) -> refuse(error);
            case Authenticator.Answer.Known _, Authenticator.Answer.None _, Authenticator.Answer.Unsure _ ->
                throw new IllegalStateException("a reloaded key is known or refused");
        }
    }

    private void replan(Caller fresh) {
        caller = fresh;
        if (gone()) {
            voided();
            return;
        }
        try {
            plan();
            hold();
        } catch (ApiException e) {
            refuse(e.error());
        }
    }

    // ---- opening ----------------------------------------------------------------------------------------------

    private void prepare(Candidate chosen) {
        Provider provider = parts.own()
                .provider(chosen, parts.providers())
                .orElseThrow(() -> new ApiException(new ApiError.NoEndpoints(
                        "No endpoints found for " + chosen.model().id() + ".",
                        chosen.model().id(),
                        List.of(),
                        java.util.Map.of())));
        Attempt attempt = new Attempt(chosen);
        call = provider.prepare(exchange.loop(), attempt);
        attempt.call = call;
    }

    /// Sends the request upstream. From here on the request is charged unless the provider surely did
    /// nothing.
    private void open() {
        if (gone()) {
            releaseCall();
            finishWithout(null);
            return;
        }
        Candidate chosen = current();
        if (hold != null && !flight.dispatched(FlightTerms.of(chosen, request.facts()))) {
            releaseCall();
            finishWithout(new ApiError.Unavailable("Service temporarily unavailable", 2));
            return;
        }
        state = State.OPENING;
        paused = false;
        delivery = newDelivery(chosen);
        draft.dispatched(System.nanoTime());
        java.util.Objects.requireNonNull(call)
                .send(new Outgoing(
                        request,
                        Outgoing.source(request, exchange.body()),
                        chosen.endpoint(),
                        chosen.outputLimit(),
                        draft.upstreamUser(caller)));
    }

    private Delivery newDelivery(Candidate chosen) {
        AnswerIdentity identity = new AnswerIdentity(
                generation,
                chosen.model().id(),
                chosen.endpoint().provider().name(),
                draft.created().getEpochSecond());
        AnswerCodec answer = AnswerCodec.of(request, identity);
        if (!chosen.free() && parts.tokenizer().knows(chosen.model())) {
            answer.keepText();
        }
        draft.opened(parts.content(), caller, request, answer);
        Delivery known = delivery;
        return known == null
                ? new Delivery(exchange, headers(), answer, parts.settings(), request.facts())
                : known.restarted(answer);
    }

    private HttpHeaders headers() {
        HttpHeaders headers = new DefaultHttpHeaders();
        headers.set(GENERATION_HEADER, generation);
        Hold held = hold;
        if (held != null && held.tightest() != null) {
            headers.set(BudgetHeader.NAME, BudgetHeader.value(held.tightest()));
        }
        if (!guardrailNotes.isEmpty()) {
            headers.set(GuardedPlan.HEADER, GuardedPlan.header(guardrailNotes));
        }
        Clamped lowered = clamped();
        if (lowered != null) {
            headers.set(Clamped.HEADER, lowered.header());
        }
        return headers;
    }

    /// How far the output limit was lowered, or null.
    private @Nullable Clamped clamped() {
        Candidate chosen = candidate;
        return chosen == null || chosen.free() || chosen.outputLimit() >= unclampedLimit
                ? null
                : new Clamped(unclampedLimit, chosen.outputLimit());
    }

    /// One attempt at one endpoint; what it hears after another attempt took over is ignored.
    private final class Attempt implements UpstreamListener {
        private final Candidate of;
        private @Nullable ProviderCall call;
        private int status;
        private @Nullable String retryAfter;

        Attempt(Candidate of) {
            this.of = of;
        }

        private boolean current() {
            return call == Relay.this.call && (state == State.OPENING || state == State.RELAYING);
        }

        @Override
        public void onHead(int answered, HttpHeaders headers) {
            if (!current()) {
                return;
            }
            status = answered;
            retryAfter = headers.get("Retry-After");
            delivery().head(answered, headers);
            draft.answered(System.nanoTime());
        }

        @Override
        public void onBody(ByteBuf bytes) {
            if (!current()) {
                bytes.release();
                return;
            }
            switch (delivery().body(bytes)) {
                case MORE -> {}
                case EVENT -> progressed();
                case COMPLETE -> complete();
                case BROKEN -> failed(UpstreamErrors.invalid(delivery().problem()));
                case UPSTREAM_ERROR -> failed(UpstreamErrors.inBand(delivery().problem()));
            }
        }

        private void progressed() {
            java.util.Objects.requireNonNull(call).progress();
            if (state == State.OPENING && delivery().hasContent()) {
                state = State.RELAYING;
                draft.firstByte(System.nanoTime());
            }
            boolean pause = !exchange.isWritable() && !gone();
            flight.delivered(delivery().answer().deliveredBytes(), pause);
            if (pause) {
                paused = true;
                call.pause();
            }
        }

        @Override
        public void onReadComplete() {
            if (current()) {
                delivery().flush();
            }
        }

        @Override
        public void onEnd() {
            if (!current()) {
                return;
            }
            if (status >= 300) {
                failed(UpstreamErrors.of(status, delivery().errorBody(), retryAfter));
                return;
            }
            switch (delivery().end()) {
                case COMPLETE -> complete();
                case UPSTREAM_ERROR -> failed(UpstreamErrors.inBand(delivery().problem()));
                case MORE, EVENT, BROKEN ->
                    failed(UpstreamErrors.invalid(delivery().problem()));
            }
        }

        @Override
        public void onFailure(UpstreamFailure failure) {
            if (current()) {
                LOG.info(
                        "{}: attempt at {} failed: {}",
                        generation,
                        of.endpoint().tag(),
                        failure);
                failed(UpstreamErrors.of(failure));
            }
        }
    }

    private Delivery delivery() {
        return java.util.Objects.requireNonNull(delivery);
    }

    private Candidate current() {
        return java.util.Objects.requireNonNull(candidate);
    }

    // ---- failing ----------------------------------------------------------------------------------------------

    private void failed(UpstreamErrors.Failure failed) {
        Candidate chosen = current();
        long now = System.nanoTime();
        Credential own = chosen.own();
        lastFailed = chosen;
        UpstreamErrors.Failure failure = own == null ? failed : failed.onOwnKey(own);
        draft.failedAttempt(failure.status(), now);
        // What happens to one caller's own key says nothing about the endpoint.
        if (own == null && failure.endpointIsDown()) {
            parts.health().failed(chosen.model(), chosen.endpoint(), now);
            parts.measurements().failed(chosen.model(), chosen.endpoint(), now);
        } else if (own == null && failure.limitsRate()) {
            parts.health().limited(chosen.model(), chosen.endpoint(), Duration.ofSeconds(failure.retryAfter()), now);
        }
        failures.add(failure);
        releaseCall();
        houseCost(chosen);
        if (delivery().hasContent()) {
            brokenOff(failure);
        } else if (gone()) {
            finishWithout(null);
        } else if (!fallBack(chosen, failure)) {
            finishWithout(failure.error(chosen, own, draft.earlierErrors()));
        }
    }

    /// A failed attempt that a provider bills all the same is not the caller's to pay; but what was billed
    /// so far and the next attempt must fit the hold together, so that nothing real passes a cap.
    private void houseCost(Candidate failed) {
        TokenUsage reported = delivery().answer().usage();
        if (reported != null
                && !failed.free()
                && failed.own() == null
                && !delivery().hasContent()) {
            Usd most = hold == null ? Usd.ZERO : hold.ceiling();
            Usd billed = Bill.cost(failed, reported, most).total();
            billedByFailed = billedByFailed.plus(billed);
            parts.bounds().overrun(billed.nanos());
        }
    }

    /// Tries the next candidate that may do better; false when none is left.
    private boolean fallBack(Candidate failed, UpstreamErrors.Failure failure) {
        while (next < candidates.size()) {
            Candidate other = candidates.get(next++);
            boolean another = !other.model().id().equals(failed.model().id());
            if (failure.sameModel() || another) {
                parts.metrics().fellBack();
                unclampedLimit = other.outputLimit();
                take(other);
                attempt(other);
                return true;
            }
        }
        return false;
    }

    private void attempt(Candidate other) {
        try {
            prepare(other);
        } catch (ApiException e) {
            finishWithout(e.error());
            return;
        }
        Hold held = hold;
        if (held == null && !other.free()) {
            ask(other);
            return;
        }
        List<Claim> more = held == null || other.free()
                ? List.of()
                : Claims.missing(held, tariff(other), other.ceiling(), billedByFailed);
        if (held == null || more.isEmpty()) {
            open();
        } else {
            state = State.HOLDING;
            extend(held, more, other, result -> extended(other, result));
        }
    }

    private void extend(Hold held, List<Claim> more, Candidate chosen, Consumer<HoldResult> then) {
        HoldRequest extension = new HoldRequest(
                id,
                more,
                caller.policySeq(),
                chosen.endpoint().prices().version().value(),
                null);
        parts.ledger().extend(held, extension, exchange.loop(), result -> guarded(() -> then.accept(result)));
    }

    private void extended(Candidate other, HoldResult result) {
        if (result instanceof HoldResult.Held(Hold larger)) {
            hold = larger;
            open();
            return;
        }
        // Not affordable, or the key was closed meanwhile: this candidate is skipped.
        releaseCall();
        UpstreamErrors.Failure last = failures.getLast();
        if (gone() || !fallBack(other, last)) {
            // What is told and recorded is the attempt that was made, not the one that was not.
            Candidate tried = java.util.Objects.requireNonNull(lastFailed);
            take(tried);
            finishWithout(last.error(tried, tried.own(), draft.earlierErrors()));
        }
    }

    // ---- ending -----------------------------------------------------------------------------------------------

    /// The answer is whole: charge it, and only then let its last byte go.
    private void complete() {
        Candidate chosen = current();
        long now = System.nanoTime();
        releaseFinishedCall();
        bill(bill -> {
            if (chosen.own() == null) {
                parts.health()
                        .succeeded(
                                chosen.model(),
                                chosen.endpoint(),
                                draft.endpointLatency(now),
                                draft.generationTime(now),
                                bill.usage().completion());
                measure(chosen, now);
            }
            settle(
                    bill,
                    draft.complete(caller, bill, delivery().answer(), now),
                    () -> delivery().finish(bill.usageJson(request.facts().kind(), clamped())));
            parts.metrics().completed();
        });
    }

    private void measure(Candidate chosen, long now) {
        if (request.facts().kind() == RequestKind.CHAT && request.facts().stream()) {
            // A client that reads slowly says nothing of the endpoint's speed.
            TokenUsage usage = paused ? null : delivery().answer().usage();
            parts.measurements()
                    .streamed(
                            chosen.model(),
                            chosen.endpoint(),
                            draft.sentNanos(),
                            draft.firstTokenNanos(now),
                            now,
                            usage);
        } else {
            parts.measurements().answered(chosen.model(), chosen.endpoint(), now);
        }
    }

    /// Makes the bill of what was delivered and goes on with it: from the reported usage, else by counting
    /// off the loop, else by bytes.
    private void bill(Consumer<Bill> then) {
        state = State.SETTLING;
        Candidate chosen = current();
        AnswerCodec answer = delivery().answer();
        TokenUsage reported = Bill.reported(chosen, answer);
        String text = answer.keptText();
        if (reported != null) {
            parts.bounds().reported(chosen, reported);
            cover(Bill.exact(chosen, reported, hold, tariff(chosen)), chosen, then);
        } else if (text == null) {
            cover(Bill.bounded(chosen, answer, hold, request.bytes(), tariff(chosen)), chosen, then);
        } else {
            long notKept = answer.bytesNotKept();
            // The body of a request whose client is gone is not there any more to be counted.
            ChatRequest readable = gone() ? null : request;
            offLoop(
                    () -> prompts.estimated(chosen, readable, text, notKept),
                    usage -> cover(
                            Bill.estimated(chosen, usage.prompt(), usage.completion(), hold, tariff(chosen)),
                            chosen,
                            then));
        }
    }

    /// A bill beyond its hold gets one try to have the hold raised, if it can be true; what does not fit the
    /// house pays (ledger 2.2).
    private void cover(Bill bill, Candidate chosen, Consumer<Bill> then) {
        Hold held = hold;
        if (held == null || bill.overrun().isZero() || !chosen.possible(bill.usage())) {
            then.accept(bill);
            return;
        }
        extend(held, Claims.missing(held, bill.tariff(), bill.cost().total(), Usd.ZERO), chosen, result -> {
            Bill covered = bill;
            if (result instanceof HoldResult.Held(Hold larger)) {
                hold = larger;
                covered = bill.coveredBy(larger);
            }
            then.accept(covered);
        });
    }

    /// Part of the answer is out, and the rest will not come: charge what is known, and say so in the
    /// stream. A broken answer never looks finished.
    private void brokenOff(UpstreamErrors.Failure failure) {
        Candidate chosen = current();
        long now = System.nanoTime();
        ApiError error = failure.error(chosen, chosen.own(), List.of());
        bill(bill -> {
            settle(
                    bill,
                    draft.cut(caller, bill, delivery().answer(), error, now),
                    () -> delivery().failInStream(error));
            parts.metrics().failed();
        });
    }

    /// The client hung up. Where the provider stops billing when we hang up too, we do; elsewhere the
    /// answer is read to its end, because it is billed to its end, and its usage is charged.
    private void clientGone() {
        switch (state) {
            case PLANNING, HOLDING, SETTLING, DONE -> {}
            case OPENING, RELAYING -> {
                draft.cancelled();
                ProviderCall running = call;
                if (running == null) {
                    return;
                }
                boolean stops = request.facts().kind() == RequestKind.CHAT
                        && request.facts().stream()
                        && current().endpoint().provider().stopsBillingOnCancel();
                if (stops) {
                    releaseCall();
                    cancelled();
                } else {
                    running.resume();
                }
            }
        }
    }

    /// The key was closed: the client hears so at once, and all else is as if it had hung up.
    private void cut(ApiError why) {
        if (cut || state == State.SETTLING || state == State.DONE) {
            return;
        }
        answerError(why);
        cut = true;
        Delivery begun = delivery;
        if (begun != null) {
            begun.mute();
        }
        parts.metrics().revoked();
        clientGone();
    }

    private void cancelled() {
        long now = System.nanoTime();
        bill(bill -> {
            settle(bill, draft.cut(caller, bill, delivery().answer(), null, now), () -> {});
            parts.metrics().cancelled();
        });
    }

    /// No answer: the hold is given back whole, and the client hears why.
    private void finishWithout(@Nullable ApiError error) {
        Bill bill = Bill.nothing(hold, tariff(current()));
        Runnable then = () -> {
            if (error != null) {
                answerError(error);
            }
        };
        settle(bill, draft.failed(caller, bill, error, System.nanoTime()), then);
        parts.metrics().failed();
    }

    private void answerError(ApiError error) {
        if (cut) {
            return;
        }
        Delivery begun = delivery;
        if (begun != null && begun.started()) {
            begun.failInStream(error);
        } else {
            exchange.respond(error, headers());
        }
    }

    /// A bug of ours in making the bill: something was dispatched, so the hold is charged, whole.
    private void chargeInFull() {
        Candidate chosen = current();
        Bill bill = Bill.estimated(chosen, Long.MAX_VALUE, Long.MAX_VALUE, hold, tariff(chosen));
        ApiError error = new ApiError.Internal(id.toString());
        settle(bill, draft.cut(caller, bill, delivery().answer(), error, System.nanoTime()), () -> answerError(error));
    }

    private void settle(Bill bill, Generation generationRecord, Runnable then) {
        state = State.SETTLING;
        settled = true;
        ended = generationRecord;
        draft.ended(parts.content(), generationRecord);
        if (!bill.overrun().isZero()) {
            LOG.error(
                    "{}: {} reported usage beyond what was held; charged {}, the bill is {}, the house pays the rest",
                    generation,
                    current().endpoint().tag(),
                    bill.charged(),
                    bill.cost().total());
            parts.bounds().overrun(bill.overrun().nanos());
        }
        parts.admission().used(caller, bill.usage());
        bill.recordIn(flight);
        if (bill.held().isEmpty()) {
            record(bill, generationRecord, then);
            return;
        }
        parts.ledger()
                .settle(
                        bill.settlement(id, generationRecord.toRow(), billedByFailed),
                        exchange.loop(),
                        result -> settled(bill, result, then),
                        flight::posted);
    }

    /// Nothing was held, so nothing is owed before the last byte: the record is written behind it, unless the
    /// ledger is so far behind that its queue must not grow.
    private void record(Bill bill, Generation generationRecord, Runnable then) {
        if (parts.ledger().isBehind()) {
            parts.ledger().record(id, generationRecord.toRow(), exchange.loop(), result -> settled(bill, result, then));
            return;
        }
        parts.ledger().record(id, generationRecord.toRow(), Runnable::run, _ -> {});
        then.run();
        done();
    }

    /// The last bytes of an answer leave only when its charge is durable; if it is not, the answer is cut,
    /// because a crash now would give it away.
    private void settled(Bill bill, SettleResult result, Runnable then) {
        flight.settled();
        switch (result) {
            case SettleResult.Settled _ -> then.run();
            case SettleResult.Spooled _ -> {
                LOG.warn("{}: the charge is in the spool, not yet in the database", generation);
                then.run();
            }
            case SettleResult.Pending(String why) -> {
                LOG.error("{}: the charge is not durable: {}", generation, why);
                if (bill.charged().equals(Usd.ZERO)) {
                    then.run();
                } else {
                    answerError(new ApiError.Unavailable("The charge for this answer cannot be stored", 2));
                }
            }
        }
        done();
        flight.ended();
    }

    private void done() {
        state = State.DONE;
        draft.closed(parts.content());
        parts.running().remove(this);
        Delivery begun = delivery;
        if (begun != null) {
            begun.close();
        }
        onDone.run();
        if (ended != null) {
            reporting.ended(caller, ended);
        }
    }

    /// The client left while the hold was being made: nothing was sent, nothing is charged.
    private void voided() {
        releaseCall();
        finishWithout(null);
    }

    /// Nothing was held: only the answer is owed.
    private void refuse(ApiError error) {
        releaseCall();
        Hold held = hold;
        if (held != null) {
            finishWithout(error);
            return;
        }
        parts.metrics().refused();
        answerError(error);
        done();
    }

    private void releaseCall() {
        ProviderCall given = call;
        call = null;
        if (given != null) {
            given.cancel();
        }
    }

    /// Lets a call that delivered everything run to its own end, so that its connection can be used
    /// again.
    private void releaseFinishedCall() {
        call = null;
    }
}
