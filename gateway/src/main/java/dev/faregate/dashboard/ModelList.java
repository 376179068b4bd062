package dev.faregate.dashboard;

import java.util.List;
import java.util.Map;

/// A page of models, what was asked for to get it, and what else can be asked for.
///
/// @param filters what the address asks for, by its names
/// @param choices what there is to choose from, by the same names
/// @param count how many models match, in words
/// @param earlier the address of the page before; empty when this is the first, as `later` at the last
/// @param bare whether the built-in model is the only one that this server has
public record ModelList(
        List<ModelFacts> rows,
        Map<String, String> filters,
        Map<String, List<Choice>> choices,
        String count,
        String earlier,
        String later,
        boolean bare) {
    /// One of a list to choose from: the word in the address, and what people read.
    public record Choice(String word, String name) {}
}
