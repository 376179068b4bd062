package dev.faregate.models;

import java.util.List;

/// The words that models are described with (contract 2.3, "supported_parameters vocabulary" and
/// "modalities"; the categories are the enum of `GET /models`).
public final class Vocabulary {
    public static final List<String> PARAMETERS = List.of(
            "temperature",
            "top_p",
            "top_k",
            "min_p",
            "top_a",
            "frequency_penalty",
            "presence_penalty",
            "repetition_penalty",
            "max_tokens",
            "max_completion_tokens",
            "logit_bias",
            "logprobs",
            "top_logprobs",
            "prediction",
            "seed",
            "response_format",
            "structured_outputs",
            "stop",
            "tools",
            "tool_choice",
            "parallel_tool_calls",
            "include_reasoning",
            "reasoning",
            "reasoning_effort",
            "web_search_options",
            "verbosity");

    /// What models that make images are described with (contract 2.1, `POST /images`); `stream`
    /// says that partial images come as they are made.
    public static final List<String> IMAGE_PARAMETERS = List.of(
            "n",
            "resolution",
            "aspect_ratio",
            "quality",
            "background",
            "output_format",
            "output_compression",
            "seed",
            "input_references",
            "stream");

    public static final List<String> INPUT_MODALITIES = List.of("text", "image", "file", "audio", "video");

    public static final List<String> OUTPUT_MODALITIES =
            List.of("text", "image", "embeddings", "audio", "video", "rerank", "speech", "transcription");

    public static final List<String> CATEGORIES = List.of(
            "programming",
            "roleplay",
            "marketing",
            "marketing/seo",
            "technology",
            "science",
            "translation",
            "legal",
            "finance",
            "health",
            "trivia",
            "academia");

    public static final List<String> QUANTIZATIONS =
            List.of("int4", "int8", "fp4", "mxfp4", "nvfp4", "fp6", "fp8", "mxfp8", "fp16", "bf16", "fp32", "unknown");

    /// What an operator's own model is taken to understand when nothing is said: what every
    /// OpenAI-compatible server does.
    static final List<String> PLAIN_PARAMETERS = List.of(
            "temperature",
            "top_p",
            "frequency_penalty",
            "presence_penalty",
            "max_tokens",
            "seed",
            "response_format",
            "stop",
            "tools",
            "tool_choice");

    /// The same of a model that makes images.
    static final List<String> PLAIN_IMAGE_PARAMETERS = List.of("n", "resolution", "aspect_ratio");

    /// The same of a model that transcribes: `response_format` says that it tells timestamps and how
    /// long the audio was.
    static final List<String> PLAIN_TRANSCRIPTION_PARAMETERS = List.of("temperature", "response_format");

    private Vocabulary() {}
}
