package dev.faregate.chat;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// A chat request as a view over the bytes that came in: what the router has to know is read out,
/// everything else, unknown fields included, stays where it stands and goes upstream untouched (see
/// [RequestSplice]).
///
/// Not safe to share between threads; valid as long as the bytes are.
public final class ChatRequest {
    /// One top-level member: its name, and where its key and its value stand in the body.
    record Member(String name, int keyStart, int valueStart, int valueEnd) {}

    /// What a request asks for, as far as the router cares. `usageWanted` is
    /// `stream_options.include_usage`; `maxTokens` is the smaller of `max_tokens` and
    /// `max_completion_tokens`, or 0 when neither was sent.
    public record Facts(
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
            ProviderPreferences preferences) {
        public Facts {
            fallbackModels = List.copyOf(fallbackModels);
        }
    }

    final byte[] body;
    private final int bytes;
    private final List<Member> members;
    private final Facts facts;

    ChatRequest(byte[] body, int bytes, List<Member> members, Facts facts) {
        this.body = body;
        this.bytes = bytes;
        this.members = List.copyOf(members);
        this.facts = facts;
    }

    public Facts facts() {
        return facts;
    }

    /// Size of the body in bytes. JSON escapes only make text longer, so no text in it has more UTF-8
    /// bytes than this.
    public int bytes() {
        return bytes;
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
