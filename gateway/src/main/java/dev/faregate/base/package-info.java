/// What everything stands on: money, ids, JSON, secrets and the errors a client may see. Imports nothing
/// of ours.
@NullMarked
package dev.faregate.base;

import org.jspecify.annotations.NullMarked;
