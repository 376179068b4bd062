package dev.faregate.credits;

/// Something in the books that cannot be, found by an audit.
///
/// @param rule the invariant that is broken, by its name in docs/guarantees.md
/// @param row which row, by its key
/// @param text the same as one sentence for a person
public record Discrepancy(String rule, String row, String expected, String found, String text) {
    public static Discrepancy of(String rule, String row, String what, String expected, String found) {
        return new Discrepancy(
                rule, row, expected, found, row + ": " + what + " should be " + expected + " but is " + found + ".");
    }
}
