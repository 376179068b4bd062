package dev.faregate.models;

import java.util.function.UnaryOperator;

/// The current snapshot. Readers take it once per request and see one consistent catalogue; writers (a
/// reloaded file, a provider added in the dashboard) replace it whole, one after the other. Safe between
/// threads.
public final class Catalogues {
    private final Object writing = new Object();
    private volatile Catalogue current;

    public Catalogues(Catalogue first) {
        this.current = first;
    }

    public Catalogue snapshot() {
        return current;
    }

    /// Replaces the snapshot by what `change` makes of it, and returns the new one; when `change` throws,
    /// the old one stays. No two changes run at once, so none is lost.
    public Catalogue update(UnaryOperator<Catalogue> change) {
        synchronized (writing) {
            Catalogue next = change.apply(current);
            current = next;
            return next;
        }
    }
}
