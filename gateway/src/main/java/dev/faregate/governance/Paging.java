package dev.faregate.governance;

import dev.faregate.pages.Visit;
import java.util.Map;

/// The part of a list that a page shows. The address names it: `?offset=25`.
record Paging(String path, int offset) {
    /// Records on a page.
    static final int SIZE = 25;

    private static final int MOST_PASSED_OVER = 1_000_000;

    static Paging of(Visit visit, String path) {
        Integer asked = visit.query().findWhole("offset", 0, MOST_PASSED_OVER);
        return new Paging(path, asked == null ? 0 : asked);
    }

    /// Puts what `pager.jte` wants to know: how many there are, and where the others are.
    void into(Map<String, Object> values, int shown, int total) {
        int next = offset + shown;
        values.put("total", total);
        values.put("earlier", offset == 0 ? "" : address(Math.max(0, offset - SIZE)));
        values.put("later", next < total ? address(next) : "");
    }

    private String address(int at) {
        return at == 0 ? path : path + "?offset=" + at;
    }
}
