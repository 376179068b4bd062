package dev.faregate.providers;

import dev.faregate.base.Secret;
import org.jspecify.annotations.Nullable;

/// How a request to Amazon shows whose it is.
public sealed interface AwsCredential {
    /// An API key of Bedrock, sent as a bearer token.
    record ApiKey(Secret key) implements AwsCredential {}

    /// Access keys, with which each request is signed; those of a session come with its token.
    record AccessKeys(Secret id, Secret secret, @Nullable Secret session) implements AwsCredential {}
}
