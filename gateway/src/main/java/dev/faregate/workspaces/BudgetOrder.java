package dev.faregate.workspaces;

import dev.faregate.base.Usd;
import dev.faregate.credits.Window;
import dev.faregate.http.BodyFields;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/// The windows of workspace budgets, and that their limits strictly decrease as the window narrows (contract
/// 3.6): a budget that a wider one makes unreachable says something else than it does. Pure.
final class BudgetOrder {
    /// From narrow to wide; the order of lists.
    static final List<Window> WINDOWS = List.of(Window.DAILY, Window.WEEKLY, Window.MONTHLY, Window.TOTAL);

    private static final String LIFETIME = "lifetime";

    private BudgetOrder() {}

    /// The window of a path's `{interval}`.
    static Optional<Window> find(String interval) {
        return WINDOWS.stream().filter(window -> word(window).equals(interval)).findFirst();
    }

    static String word(Window window) {
        return window == Window.TOTAL ? LIFETIME : window.name().toLowerCase(Locale.ROOT);
    }

    /// Throws a 400 when a budget of `cap` does not fit between those there are; one of the same window is
    /// replaced and does not count.
    static void check(Window window, Usd cap, Map<Window, Usd> others) {
        int place = WINDOWS.indexOf(window);
        others.forEach((other, limit) -> {
            int otherPlace = WINDOWS.indexOf(other);
            boolean fits =
                    otherPlace == place || (otherPlace > place ? cap.compareTo(limit) < 0 : cap.compareTo(limit) > 0);
            if (!fits) {
                throw BodyFields.wrong(
                        "limit_usd",
                        "must be " + (otherPlace > place ? "less" : "more") + " than the " + word(other)
                                + " budget of " + limit + ": budget limits strictly decrease as the interval narrows "
                                + "(lifetime > monthly > weekly > daily)");
            }
        });
    }
}
