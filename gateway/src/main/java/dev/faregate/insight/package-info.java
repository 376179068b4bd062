/// Pages that tell how an organization stands: what was used over time, and what needs a look now.
@NullMarked
package dev.faregate.insight;

import org.jspecify.annotations.NullMarked;
