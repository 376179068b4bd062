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

    public boolean managesOrganization() {
        return this == OWNER || this == ADMIN;
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
