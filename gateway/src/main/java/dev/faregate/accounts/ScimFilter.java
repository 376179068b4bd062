package dev.faregate.accounts;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// The filters that directories use (RFC 7644 section 3.4.2.2): `attribute eq value`, several joined by `and`. Others
/// are refused by the word that the RFC has for it. Pure.
final class ScimFilter {
    private static final int MAX_LENGTH = 2_000;
    private static final int MAX_TERMS = 5;

    /// `urn:ietf:params:scim:schemas:core:2.0:User:userName`, `emails[type eq "work"].value` and `userName` are all
    /// attributes; the value is a JSON string, or a word.
    private static final Pattern TERM = Pattern.compile(
            "\\s*(?:urn:[a-zA-Z0-9.:]+:)?([a-zA-Z.$]+)(\\[[^\\]\"]*(?:\"[^\"]*\")?\\])?((?:\\.[a-zA-Z]+)?)\\s+(?i:eq)\\s+"
                    + "(?:\"((?:[^\"\\\\]|\\\\.)*)\"|(true|false))\\s*");

    private static final Pattern AND = Pattern.compile("(?i)and\\s");

    /// `attribute` is lower case, without schema and without what stands in brackets.
    record Term(String attribute, String value) {}

    private ScimFilter() {}

    /// The terms that must all hold; none for no filter.
    static List<Term> parse(@Nullable String filter) {
        if (filter == null || filter.isBlank()) {
            return List.of();
        }
        List<Term> terms = new ArrayList<>();
        if (filter.length() > MAX_LENGTH) {
            throw refused();
        }
        Matcher term = TERM.matcher(filter);
        int at = 0;
        while (true) {
            term.region(at, filter.length());
            if (!term.lookingAt() || terms.size() == MAX_TERMS) {
                throw refused();
            }
            String quoted = term.group(4);
            terms.add(new Term(
                    (term.group(1) + term.group(3)).toLowerCase(Locale.ROOT),
                    quoted == null ? term.group(5) : quoted.replaceAll("\\\\(.)", "$1")));
            at = term.end();
            if (at == filter.length()) {
                return terms;
            }
            Matcher and = AND.matcher(filter).region(at, filter.length());
            if (!and.lookingAt()) {
                throw refused();
            }
            at = and.end();
        }
    }

    private static ScimProblem refused() {
        return ScimProblem.wrong("invalidFilter", "Filters are of the form: attribute eq \"value\", joined by and.");
    }
}
