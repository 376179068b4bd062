/// What all pages stand on: templates, assets, the session's cookie, the token against forged forms, and
/// the headers that keep a page to itself.
@NullMarked
package dev.faregate.pages;

import org.jspecify.annotations.NullMarked;
