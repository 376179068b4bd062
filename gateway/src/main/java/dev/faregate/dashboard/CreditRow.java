package dev.faregate.dashboard;

import dev.faregate.credits.CreditEntries;

/// An entry of credit as a page shows it: what kind it is, and who made it in words.
public record CreditRow(CreditEntries.Entry entry, String kind, String by) {}
