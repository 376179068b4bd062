package dev.faregate.byok;

/// A secret as it may be stored: base64 of the ciphertext, and the id of the master key that opens it.
public record Sealed(String keyId, String text) {}
