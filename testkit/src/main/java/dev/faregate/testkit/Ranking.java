package dev.faregate.testkit;

/// The ranking that a rerank request is answered with: always the same, the last document before
/// all others.
///
/// @param documents that were sent
/// @param results that are wanted, at most
public record Ranking(int documents, int results) {
    /// The value of `results`, as it is sent: without documents, as Cohere has it.
    public String json() {
        StringBuilder json = new StringBuilder("[");
        for (int place = 0; place < Math.min(documents, results); place++) {
            json.append(place == 0 ? "" : ",\n ")
                    .append("{\"index\": ")
                    .append(documents - 1 - place)
                    .append(", \"relevance_score\": ")
                    .append(score(place))
                    .append('}');
        }
        return json.append(']').toString();
    }

    /// Of the result at that place, counted from 0, as it is sent.
    public static String score(int place) {
        return place % 3 == 2 ? (9 + place) + ".50E-" + (4 + place) : "0." + (9_999 - place);
    }
}
