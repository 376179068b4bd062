package dev.faregate.testkit;

/// How much the ground truth keeps of each request. Sums are always kept.
public enum Recording {
    /// Everything, headers and bodies included. For tests.
    FULL,
    /// Only sums; answers of the same shape are encoded once per connection. For benchmarks.
    SUMS
}
