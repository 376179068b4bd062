package dev.faregate.identity;

/// What a person is in an organization (design section 7).
public enum Role {
    OWNER("owner"),
    ADMIN("admin"),
    MEMBER("member"),
    BILLING("billing"),
    VIEWER("viewer");

    private final String word;

    Role(String word) {
        this.word = word;
    }

    /// The word in the database.
    public String word() {
        return word;
    }

    /// The contract knows two roles: who manages the organization, and everybody else.
    public String wireName() {
        return managesOrganization() ? "org:admin" : "org:member";
    }

    /// What it is in a workspace, where nothing else gives a stronger role.
    public WorkspaceRole inWorkspaces() {
        return managesOrganization() ? WorkspaceRole.ADMIN : WorkspaceRole.MEMBER;
    }

    public boolean managesOrganization() {
        return this == OWNER || this == ADMIN;
    }

    /// Makes and ends keys of its own; who manages the organization does so with all keys.
    public boolean usesKeys() {
        return managesOrganization() || this == MEMBER;
    }

    /// Sees what everybody of the organization does; others see what is their own.
    public boolean seesEverything() {
        return this != MEMBER;
    }

    /// Grants and corrects credits.
    public boolean managesMoney() {
        return managesOrganization() || this == BILLING;
    }

    /// The role of that word in the database.
    public static Role ofWord(String word) {
        for (Role role : values()) {
            if (role.word.equals(word)) {
                return role;
            }
        }
        throw new IllegalArgumentException("no such role: " + word);
    }
}
