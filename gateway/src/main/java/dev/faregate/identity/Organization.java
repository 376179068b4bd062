package dev.faregate.identity;

import java.time.Instant;

/// Who pays. Postpaid: the balance is reported and only limits and budgets cap; prepaid: the balance is a
/// cap of its own (design D13).
public record Organization(String id, String slug, String name, Billing billing, Instant createdAt) {
    /// Characters of a name.
    public static final int MAX_NAME = 200;

    /// When the money is due.
    public enum Billing {
        POSTPAID("postpaid"),
        PREPAID("prepaid");

        private final String word;

        Billing(String word) {
            this.word = word;
        }

        /// The word in the database.
        public String word() {
            return word;
        }

        static Billing ofWord(String word) {
            return switch (word) {
                case "postpaid" -> POSTPAID;
                case "prepaid" -> PREPAID;
                default -> throw new IllegalArgumentException("no such billing: " + word);
            };
        }
    }
}
