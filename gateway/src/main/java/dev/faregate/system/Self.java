package dev.faregate.system;

import java.nio.file.Path;
import java.time.Instant;

/// What this process is and stays.
///
/// @param version of the program
/// @param node the id of this node
/// @param data its folder
/// @param place where its database is: a file, or host, port and name; never who we are there
public record Self(String version, String node, Path data, String place, Instant startedAt) {}
