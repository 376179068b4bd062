/// The pages that govern: what keys may ask for, and who changed what. There is no SQL here and no rule: what
/// is asked and written is read by the classes that the API calls too.
@NullMarked
package dev.faregate.governance;

import org.jspecify.annotations.NullMarked;
