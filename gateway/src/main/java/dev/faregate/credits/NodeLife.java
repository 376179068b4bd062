package dev.faregate.credits;

import java.time.Instant;

/// A node on a shared database, as the database knows it.
///
/// @param seenAt its last sign of life
/// @param silent whether that is so long ago that it is taken for dead
/// @param holds how many requests it has money set aside for
/// @param self whether it is the one that asks
public record NodeLife(String id, Instant startedAt, Instant seenAt, boolean silent, long holds, boolean self) {}
