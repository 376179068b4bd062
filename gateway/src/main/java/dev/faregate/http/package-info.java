/// The edge: listener, framing guard, router, requests, responses, event streams and the error renderer.
@NullMarked
package dev.faregate.http;

import org.jspecify.annotations.NullMarked;
