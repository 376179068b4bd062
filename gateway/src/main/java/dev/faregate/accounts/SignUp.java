package dev.faregate.accounts;

/// Who may come to have an account: a setting of the operator.
public enum SignUp {
    /// Everybody whose mail reaches them; with an organization of their own, prepaid, with nothing in it.
    OPEN,
    /// Whoever an organization invited.
    INVITATION,
    /// Nobody new. People who have an account can still be invited to organizations.
    CLOSED
}
