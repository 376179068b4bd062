package dev.faregate.testkit;

/// One header line; the name is kept as it was written or read.
public record Header(String name, String value) {}
