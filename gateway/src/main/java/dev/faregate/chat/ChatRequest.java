package dev.faregate.chat;

import dev.faregate.base.Json;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/// A request to a model, of whatever [RequestKind], as a view over the bytes that came in: what the router has to
/// know is read out, everything else, unknown fields included, stays where it stands and goes upstream untouched (see
/// [RequestSplice]).
///
/// Not safe to share between threads; valid as long as the bytes are.
public final class ChatRequest {
    private static final long UNKNOWN = -1;

    /// One top-level member: its name, and where its key and its value stand in the body.
    record Member(String name, int keyStart, int valueStart, int valueEnd) {}

    /// What a request asks for, as far as the router cares. `messages` are those of a chat, the
    /// inputs that are to be embedded, the documents that are to be ranked, the one prompt of
    /// images, or the one recording that is to be transcribed. `usageWanted` is
    /// `stream_options.include_usage`; `maxTokens` is the smaller of `max_tokens` and
    /// `max_completion_tokens`, or 0 when neither was sent. `choices` is what is generated and
    /// billed: the larger of `n` and `best_of`. `preset` is the field of that name; `presetId` tells
    /// which preset was laid under the request, after that was done.
    public record Facts(
            RequestKind kind,
            @Nullable String model,
            List<String> fallbackModels,
            boolean stream,
            boolean usageWanted,
            long maxTokens,
            int choices,
            int messages,
            boolean media,
            int tools,
            @Nullable String user,
            @Nullable String sessionId,
            ProviderPreferences preferences,
            Extras extras,
            @Nullable String preset,
            @Nullable String presetId) {
        public Facts {
            fallbackModels = List.copyOf(fallbackModels);
        }

        private Facts with(
                @Nullable String newModel, ProviderPreferences newPreferences, @Nullable String newPresetId) {
            return new Facts(
                    kind,
                    newModel,
                    fallbackModels,
                    stream,
                    usageWanted,
                    maxTokens,
                    choices,
                    messages,
                    media,
                    tools,
                    user,
                    sessionId,
                    newPreferences,
                    extras,
                    preset,
                    newPresetId);
        }
    }

    /// What can be billed beside the text of the messages and the answer.
    ///
    /// @param images parts that are one image each; `imageBytes` is their size in the body
    /// @param otherMedia audio, video, files, or anything whose size in tokens cannot be told
    /// @param audioOutput the answer may be spoken
    /// @param predictionBytes of `prediction`: what is not used of it is billed as output
    /// @param searches that tools run by the provider can make: their `max_uses`, forced where
    /// absent
    /// @param pluginSearches that plugins can make at a provider that is a router itself
    /// @param tokenIds that stand in the place of text; `tokenIdBytes` is their size in the body
    /// @param repeatedBytes that a provider reads again: of a query, which it reads with each
    /// document
    /// @param searchUnits that a ranking can be billed as; 0 for all else
    /// @param partialImages that may come before the one that is asked for
    public record Extras(
            int images,
            long imageBytes,
            boolean otherMedia,
            boolean audioOutput,
            long predictionBytes,
            int searches,
            int pluginSearches,
            int tokenIds,
            long tokenIdBytes,
            long repeatedBytes,
            int searchUnits,
            int partialImages) {
        public static final Extras NONE = new Extras(0, 0, false, false, 0, 0, 0, 0, 0, 0, 0, 0);
    }

    /// Text to be written into the body where it goes upstream, in the place of the bytes `[from, to)`.
    record Edit(int from, int to, byte[] text) {}

    /// What may have to differ inside of members, each in the order of the body.
    ///
    /// @param tools bounds on the uses of tools
    /// @param developers another name for the roles `developer`
    record Edits(List<Edit> tools, List<Edit> developers) {
        static final Edits NONE = new Edits(List.of(), List.of());

        Edits {
            tools = List.copyOf(tools);
            developers = List.copyOf(developers);
        }
    }

    final byte[] body;
    private final int from;
    private final int bytes;
    private final Edits edits;
    private long folded = UNKNOWN;
    private final List<Member> members;
    private final Facts facts;

    ChatRequest(byte[] body, int from, int to, List<Member> members, Edits edits, Facts facts) {
        this.body = body;
        this.from = from;
        this.bytes = to - from;
        this.edits = edits;
        this.members = List.copyOf(members);
        this.facts = facts;
    }

    public Facts facts() {
        return facts;
    }

    /// This request, with what applies where it says nothing: the model when it names none, the order of
    /// endpoints when neither it nor its model's variant asks for one.
    public ChatRequest withDefaults(@Nullable String model, ProviderPreferences.@Nullable Sort sort) {
        boolean unnamed =
                model != null && facts.model() == null && facts.fallbackModels().isEmpty();
        if (!unnamed && sort == null) {
            return this;
        }
        return with(
                facts.with(unnamed ? model : facts.model(), facts.preferences().withUsualSort(sort), facts.presetId()));
    }

    /// This request, which the preset of that id was laid under.
    public ChatRequest withPreset(String id) {
        return with(facts.with(facts.model(), facts.preferences(), id));
    }

    private ChatRequest with(Facts changed) {
        return new ChatRequest(body, from, from + bytes, members, edits, changed);
    }

    /// This request, read from a body in which only texts differ from that of `before`: what a preset and the
    /// defaults of the workspace made of that one stays.
    public ChatRequest insteadOf(ChatRequest before) {
        return with(facts.with(before.facts.model(), before.facts.preferences(), before.facts.presetId()));
    }

    /// Where the body begins in its array.
    public int from() {
        return from;
    }

    /// The array that it is a view over.
    public byte[] array() {
        return body;
    }

    /// Size of the body in bytes. JSON escapes only make text longer, so no text in it has more UTF-8
    /// bytes than this.
    public int bytes() {
        return bytes;
    }

    /// As [#bytes], for a tokenizer that folds text first (NFC or NFKC): the most bytes that any such form
    /// of the text has. Exact, unless the body is so large and so exotic that only a bound is affordable
    /// here; [#foldExactly] makes it exact.
    public long foldedBytes() {
        if (folded == UNKNOWN) {
            folded = FoldedLength.quick(body, from, from + bytes);
        }
        return folded;
    }

    /// Makes [#foldedBytes] exact, whatever it takes: not for an event loop.
    public void foldExactly() {
        folded = FoldedLength.exact(body, from, from + bytes);
    }

    /// False only when no part of the prompt asks to be cached for an hour.
    public boolean mayCacheForAnHour() {
        for (int i = from + 3; i < from + bytes; i++) {
            // `"1h"` as it is, or something written with escapes that may hide it.
            boolean hour = body[i] == '"' && body[i - 1] == 'h' && body[i - 2] == '1' && body[i - 3] == '"';
            if (hour || (body[i] == 'u' && body[i - 1] == '\\')) {
                return true;
            }
        }
        return false;
    }

    /// Hands every text of the body to `each`, decoded, keys included; returns how many bytes the numbers
    /// and words beside them have. Reads the body again.
    public long texts(Consumer<String> each) {
        return RequestTexts.read(body, from, from + bytes, each);
    }

    Edits edits() {
        return edits;
    }

    List<Member> members() {
        return members;
    }

    /// Whether a top-level member of that name was sent, and not as null.
    public boolean has(String name) {
        for (Member member : members) {
            if (member.name().equals(name)) {
                return body[member.valueStart()] != 'n';
            }
        }
        return false;
    }

    /// The JSON text of a top-level member; null when it was not sent, or is longer than `most` bytes.
    public byte @Nullable [] valueOf(String name, int most) {
        for (Member member : members) {
            if (member.name().equals(name) && member.valueEnd() - member.valueStart() <= most) {
                return Arrays.copyOfRange(body, member.valueStart(), member.valueEnd());
            }
        }
        return null;
    }

    /// The whole body as a tree, for where it has to be said in another way. Throws `ApiException` with a 400 for what
    /// only a strict reader refuses, such as a key that is given twice. Not for an event loop if the body is
    /// large.
    public ObjectNode tree() {
        return (ObjectNode) Json.read(body, from, bytes);
    }

    /// A copy of the JSON of a top-level member as it was sent, at most `maxBytes` of it; null when it was not sent.
    public byte @Nullable [] copy(String name, int maxBytes) {
        for (Member member : members) {
            if (member.name().equals(name)) {
                int to = (int) Math.min(member.valueEnd(), (long) member.valueStart() + maxBytes);
                return Arrays.copyOfRange(body, member.valueStart(), to);
            }
        }
        return null;
    }

    /// The names of the top-level members, in the order sent.
    public List<String> names() {
        return members.stream().map(Member::name).toList();
    }

    /// The text of the last user message, for the built-in echo model; empty when it has none. Reads the
    /// body again.
    public String lastUserText() {
        for (Member member : members) {
            if (member.name().equals("messages")) {
                return LastUserText.read(body, member.valueStart(), member.valueEnd());
            }
            if (member.name().equals("prompt")) {
                return new JsonCursor()
                        .reset(body, member.valueStart(), member.valueEnd())
                        .readString();
            }
        }
        return "";
    }
}
