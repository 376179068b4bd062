package dev.faregate.system;

/// Something that is not in order: what it is, what to do next, and the page of the handbook that says more.
public record Trouble(Level level, String what, String next, String address) {}
