package dev.faregate.recorder;

/// What a request that is about to be sent can cost, so that what it used can be priced without the
/// catalogue it was planned with. Money in whole units: nano-dollars for the prompt, pico-dollars for each
/// token of the answer.
///
/// @param promptNanos the most that the prompt and the fees can cost
/// @param promptTokens the most that the prompt can count as
/// @param picosPerToken the dearest token of an answer
/// @param mostTokens the longest answer, all choices together; 0 is no limit
/// @param countable hanging up stops the bill, and every billed token passes through us
public record Terms(
        long promptNanos,
        long promptTokens,
        long picosPerToken,
        long mostTokens,
        boolean countable,
        String priceVersion) {}
