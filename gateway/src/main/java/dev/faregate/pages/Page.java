package dev.faregate.pages;

import dev.faregate.http.Response;

/// What answers a page or one of its forms: blocking code on a virtual thread. An `ApiException` becomes a
/// page that says what is wrong; a handler that can say it beside the field catches it itself.
@FunctionalInterface
public interface Page {
    Response handle(Visit visit);
}
