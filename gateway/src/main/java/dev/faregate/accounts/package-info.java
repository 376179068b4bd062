/// People: how they come to have an account, how they prove who they are, and what they are in an organization.
@NullMarked
package dev.faregate.accounts;

import org.jspecify.annotations.NullMarked;
