package dev.faregate.chat;

/// What an answer says about itself in our name: the generation's id, the model that served, the
/// provider's display name, and when it was made (Unix seconds).
public record AnswerIdentity(String generation, String model, String provider, long created) {}
