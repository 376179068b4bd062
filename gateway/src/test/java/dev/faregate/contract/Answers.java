package dev.faregate.contract;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What every answer of every flow test must be: as the contract has it, and as our own document has it.
public final class Answers {
    private static final int SHOWN = 2_000;

    private static volatile @Nullable OwnApi own;

    private Answers() {}

    public static boolean knowsOwn() {
        return own != null;
    }

    /// Tells of our own document, as the first server of this JVM gives it; it is the same for all.
    public static void learnOwn(byte[] json) {
        own = new OwnApi(json);
    }

    /// Throws `AssertionError` when something is not as documented.
    public static void check(Answer answer) {
        List<String> problems = new ArrayList<>(Contract.get().problems(answer));
        OwnApi known = own;
        if (known != null) {
            problems.addAll(known.problems(answer));
        }
        if (!problems.isEmpty()) {
            String body = answer.body();
            throw new AssertionError("not as documented: " + answer.method() + " " + answer.path() + " -> "
                    + answer.status() + "\n  "
                    + String.join("\n  ", problems.stream().distinct().toList()) + "\n  "
                    + body.substring(0, Math.min(body.length(), SHOWN)));
        }
    }
}
