"""What the source does not say: which of its names mean the same model, and which entries we leave out and why."""

# Provider keys of the source -> our slugs. Absent: routers whose price depends on where they route (huggingface),
# and the Vertex list of Claude models, which repeats the Vertex list.
PROVIDERS = {
    "openai": "openai", "anthropic": "anthropic", "google": "google-ai-studio", "google-vertex": "google-vertex",
    "amazon-bedrock": "amazon-bedrock", "azure": "azure", "mistral": "mistral", "groq": "groq", "deepseek": "deepseek",
    "xai": "xai", "cohere": "cohere", "togetherai": "together", "fireworks-ai": "fireworks", "deepinfra": "deepinfra",
    "cerebras": "cerebras", "perplexity": "perplexity", "alibaba": "alibaba", "moonshotai": "moonshotai", "minimax": "minimax",
    "zai": "z-ai", "nvidia": "nvidia", "novita-ai": "novita", "nebius": "nebius", "openrouter": "openrouter",
    "inception": "inception", "scaleway": "scaleway", "ovhcloud": "ovhcloud", "baseten": "baseten",
}

# The provider that made the model, by author: its endpoint comes first and its names become aliases.
FIRST_PARTY = {
    "openai": "openai", "anthropic": "anthropic", "google": "google-ai-studio", "mistralai": "mistral", "deepseek": "deepseek",
    "x-ai": "xai", "cohere": "cohere", "qwen": "alibaba", "moonshotai": "moonshotai", "minimax": "minimax", "z-ai": "z-ai",
    "inception": "inception", "nvidia": "nvidia", "amazon": "amazon-bedrock", "perplexity": "perplexity",
}

# Authors as the hosts spell them -> as we do.
AUTHORS = {
    "meta": "meta-llama", "zai-org": "z-ai", "zai": "z-ai", "deepseek-ai": "deepseek", "minimaxai": "minimax", "moonshot": "moonshotai",
    "mistral": "mistralai", "xiaomimimo": "xiaomi", "stepfun-ai": "stepfun", "liquidai": "liquid", "xai": "x-ai",
    "primeintellect": "prime-intellect",
}

# A model's author when the host gives a bare name, by its beginning.
BARE = [
    ("claude", "anthropic"), ("gpt", "openai"), ("o1", "openai"), ("o3", "openai"), ("o4", "openai"), ("codex", "openai"),
    ("text-embedding", "openai"), ("gemini", "google"), ("gemma", "google"), ("llama", "meta-llama"), ("meta-llama", "meta-llama"),
    ("deepseek", "deepseek"), ("grok", "x-ai"), ("qwen", "qwen"), ("qwq", "qwen"), ("qvq", "qwen"), ("kimi", "moonshotai"),
    ("minimax", "minimax"), ("zai-glm", "z-ai"), ("glm", "z-ai"), ("phi", "microsoft"), ("cohere", "cohere"), ("command", "cohere"),
    ("mistral", "mistralai"), ("ministral", "mistralai"), ("codestral", "mistralai"), ("devstral", "mistralai"),
    ("magistral", "mistralai"), ("pixtral", "mistralai"), ("voxtral", "mistralai"), ("open-mi", "mistralai"),
    ("sonar", "perplexity"), ("mercury", "inception"), ("c4ai", "cohere"), ("north", "cohere"),
]

# (provider of the source, its model id) -> our model id, where rules would get it wrong.
SAME = {
    ("openai", "gpt-5-chat-latest"): "openai/gpt-5-chat",
    ("openai", "gpt-5.1-chat-latest"): "openai/gpt-5.1-chat",
    ("openai", "gpt-5.2-chat-latest"): "openai/gpt-5.2-chat",
    ("openai", "gpt-5.3-chat-latest"): "openai/gpt-5.3-chat",
    ("anthropic", "claude-opus-4-0"): "anthropic/claude-opus-4",
    ("anthropic", "claude-sonnet-4-0"): "anthropic/claude-sonnet-4",
    ("xai", "grok-4.20-0309-reasoning"): "x-ai/grok-4.20",
    ("xai", "grok-4.20-0309-non-reasoning"): "x-ai/grok-4.20-non-reasoning",
    ("xai", "grok-4.20-multi-agent-0309"): "x-ai/grok-4.20-multi-agent",
    ("azure", "grok-4-20-reasoning"): "x-ai/grok-4.20",
    ("azure", "grok-4-20-non-reasoning"): "x-ai/grok-4.20-non-reasoning",
    ("azure", "grok-4-1-fast-reasoning"): "x-ai/grok-4.1-fast",
    ("azure", "grok-4-1-fast-non-reasoning"): "x-ai/grok-4.1-fast-non-reasoning",
    ("azure", "grok-4-fast-reasoning"): "x-ai/grok-4-fast",
    ("azure", "mistral-medium-2505"): "mistralai/mistral-medium-3",
    ("azure", "deepseek-v3-0324"): "deepseek/deepseek-chat-v3-0324",
    ("azure", "deepseek-v3.1"): "deepseek/deepseek-chat-v3.1",
    ("azure", "cohere-command-a"): "cohere/command-a",
    ("azure", "mistral-small-2503"): "mistralai/mistral-small-3.1-24b-instruct",
    ("mistral", "mistral-medium-2505"): "mistralai/mistral-medium-3",
    ("mistral", "mistral-medium-2508"): "mistralai/mistral-medium-3.1",
    ("mistral", "mistral-medium-latest"): "mistralai/mistral-medium-3.1",
    ("mistral", "mistral-medium-2604"): "mistralai/mistral-medium-3-5",
    ("mistral", "mistral-small-2506"): "mistralai/mistral-small-3.2-24b-instruct",
    ("mistral", "mistral-small-latest"): "mistralai/mistral-small-2603",
    ("mistral", "mistral-large-latest"): "mistralai/mistral-large-2512",
    ("mistral", "codestral-latest"): "mistralai/codestral-2508",
    ("mistral", "magistral-medium-latest"): "mistralai/magistral-medium",
    ("mistral", "pixtral-large-latest"): "mistralai/pixtral-large-2411",
    ("mistral", "open-mixtral-8x22b"): "mistralai/mixtral-8x22b-instruct",
    ("scaleway", "mistral-medium-3.5-128b"): "mistralai/mistral-medium-3-5",
    ("scaleway", "pixtral-12b-2409"): "mistralai/pixtral-12b",
    ("ovhcloud", "mistral-nemo-instruct-2407"): "mistralai/mistral-nemo",
    ("cohere", "command-a-03-2025"): "cohere/command-a",
    ("alibaba", "qwen3-coder-480b-a35b-instruct"): "qwen/qwen3-coder",
    ("moonshotai", "kimi-k2-0711-preview"): "moonshotai/kimi-k2",
    ("moonshotai", "kimi-k2-0905-preview"): "moonshotai/kimi-k2-0905",
    ("moonshotai", "kimi-k2-turbo-preview"): "moonshotai/kimi-k2-turbo",
    ("groq", "llama-3.1-8b-instant"): "meta-llama/llama-3.1-8b-instruct",
    ("groq", "llama-3.3-70b-versatile"): "meta-llama/llama-3.3-70b-instruct",
    ("togetherai", "Qwen/Qwen3-235B-A22B-Instruct-2507-tput"): "qwen/qwen3-235b-a22b-2507",
    ("togetherai", "meta-llama/Meta-Llama-3-8B-Instruct-Lite"): "meta-llama/llama-3-8b-instruct",
    ("togetherai", "deepcogito/cogito-v2-1-671b"): "deepcogito/cogito-v2.1-671b",
    ("deepinfra", "Qwen/Qwen3-Coder-480B-A35B-Instruct-Turbo"): "qwen/qwen3-coder",
    ("novita-ai", "deepseek/deepseek-v3-0324"): "deepseek/deepseek-chat-v3-0324",
    ("novita-ai", "deepseek/deepseek-v3.1"): "deepseek/deepseek-chat-v3.1",
    ("novita-ai", "minimaxai/minimax-m1-80k"): "minimax/minimax-m1",
    ("novita-ai", "sao10K/l3-8b-lunaris"): "sao10k/l3-lunaris-8b",
    ("novita-ai", "sao10K/l31-70b-euryale-v2.2"): "sao10k/l3.1-euryale-70b",
    ("nebius", "nvidia/Nemotron-3-Nano-Omni"): "nvidia/nemotron-3-nano-omni-30b-a3b-reasoning",
    ("baseten", "nvidia/Nemotron-120B-A12B"): "nvidia/nemotron-3-super-120b-a12b",
    ("amazon-bedrock", "amazon.nova-2-lite-v1:0"): "amazon/nova-2-lite-v1",
    ("amazon-bedrock", "amazon.nova-lite-v1:0"): "amazon/nova-lite-v1",
    ("amazon-bedrock", "amazon.nova-micro-v1:0"): "amazon/nova-micro-v1",
    ("amazon-bedrock", "amazon.nova-pro-v1:0"): "amazon/nova-pro-v1",
    ("amazon-bedrock", "mistral.mistral-large-3-675b-instruct"): "mistralai/mistral-large-2512",
    ("amazon-bedrock", "mistral.ministral-3-14b-instruct"): "mistralai/ministral-14b-2512",
    ("amazon-bedrock", "mistral.ministral-3-3b-instruct"): "mistralai/ministral-3b-2512",
    ("amazon-bedrock", "mistral.ministral-3-8b-instruct"): "mistralai/ministral-8b-2512",
    ("amazon-bedrock", "mistral.pixtral-large-2502-v1:0"): "mistralai/pixtral-large-2411",
    ("amazon-bedrock", "mistral.devstral-2-123b"): "mistralai/devstral-2512",
    ("amazon-bedrock", "mistral.magistral-small-2509"): "mistralai/magistral-small-2509",
    ("amazon-bedrock", "nvidia.nemotron-nano-3-30b"): "nvidia/nemotron-3-nano-30b-a3b",
    ("amazon-bedrock", "nvidia.nemotron-super-3-120b"): "nvidia/nemotron-3-super-120b-a12b",
    ("amazon-bedrock", "nvidia.nemotron-nano-12b-v2"): "nvidia/nemotron-nano-12b-v2-vl",
    ("amazon-bedrock", "qwen.qwen3-coder-480b-a35b-v1:0"): "qwen/qwen3-coder",
    ("amazon-bedrock", "qwen.qwen3-235b-a22b-2507-v1:0"): "qwen/qwen3-235b-a22b-2507",
    ("amazon-bedrock", "qwen.qwen3-next-80b-a3b"): "qwen/qwen3-next-80b-a3b-instruct",
    ("amazon-bedrock", "qwen.qwen3-vl-235b-a22b"): "qwen/qwen3-vl-235b-a22b-instruct",
    ("amazon-bedrock", "deepseek.v3-v1:0"): "deepseek/deepseek-chat-v3.1",
    ("amazon-bedrock", "deepseek.v3.2"): "deepseek/deepseek-v3.2",
    ("amazon-bedrock", "deepseek.r1-v1:0"): "deepseek/deepseek-r1",
    ("amazon-bedrock", "us.deepseek.r1-v1:0"): "deepseek/deepseek-r1",
    ("amazon-bedrock", "writer.palmyra-x4-v1:0"): "writer/palmyra-x4",
    ("amazon-bedrock", "writer.palmyra-x5-v1:0"): "writer/palmyra-x5",
    ("google-vertex", "deepseek-ai/deepseek-v3.1-maas"): "deepseek/deepseek-chat-v3.1",
    ("fireworks-ai", "accounts/fireworks/models/qwen3p7-plus"): "qwen/qwen3.7-plus",
}

# What the provider itself calls a model, where the source has another name: Amazon Bedrock serves these by an inference profile only
# (Amazon Bedrock User Guide, "Supported Regions and models for inference profiles"), or numbers their versions.
ASKED_AS = {
    ("amazon-bedrock", "amazon.nova-2-lite-v1:0"): "global.amazon.nova-2-lite-v1:0",
    ("amazon-bedrock", "anthropic.claude-opus-4-1-20250805-v1:0"): "us.anthropic.claude-opus-4-1-20250805-v1:0",
    ("amazon-bedrock", "deepseek.r1-v1:0"): "us.deepseek.r1-v1:0",
    ("amazon-bedrock", "meta.llama3-1-70b-instruct-v1:0"): "us.meta.llama3-1-70b-instruct-v1:0",
    ("amazon-bedrock", "meta.llama3-1-8b-instruct-v1:0"): "us.meta.llama3-1-8b-instruct-v1:0",
    ("amazon-bedrock", "meta.llama3-3-70b-instruct-v1:0"): "us.meta.llama3-3-70b-instruct-v1:0",
    ("amazon-bedrock", "meta.llama4-maverick-17b-instruct-v1:0"): "us.meta.llama4-maverick-17b-instruct-v1:0",
    ("amazon-bedrock", "meta.llama4-scout-17b-instruct-v1:0"): "us.meta.llama4-scout-17b-instruct-v1:0",
    ("amazon-bedrock", "mistral.pixtral-large-2502-v1:0"): "us.mistral.pixtral-large-2502-v1:0",
    ("amazon-bedrock", "writer.palmyra-x4-v1:0"): "us.writer.palmyra-x4-v1:0",
    ("amazon-bedrock", "writer.palmyra-x5-v1:0"): "us.writer.palmyra-x5-v1:0",
    ("amazon-bedrock", "openai.gpt-oss-120b"): "openai.gpt-oss-120b-1:0",
    ("amazon-bedrock", "openai.gpt-oss-20b"): "openai.gpt-oss-20b-1:0",
}

# Several spellings of one slug after normalising -> the one we use.
SLUGS = {
    "llama-4-maverick-17b-128e-instruct": "llama-4-maverick", "llama-4-scout-17b-16e-instruct": "llama-4-scout",
    "llama4-maverick-17b-instruct": "llama-4-maverick", "llama4-scout-17b-instruct": "llama-4-scout",
    "qwen3-235b-a22b-instruct-2507": "qwen3-235b-a22b-2507", "qwen3-coder-480b-a35b-instruct": "qwen3-coder",
    "kimi-k2-instruct": "kimi-k2", "kimi-k2-instruct-0905": "kimi-k2-0905",
    "mistral-small-3.2-24b-instruct-2506": "mistral-small-3.2-24b-instruct",
    "qwen2.5-7b-instruct": "qwen-2.5-7b-instruct", "qwen2.5-72b-instruct": "qwen-2.5-72b-instruct",
    "qwen2-5-7b-instruct": "qwen-2.5-7b-instruct", "qwen2-5-72b-instruct": "qwen-2.5-72b-instruct",
    "qwen2-5-14b-instruct": "qwen-2.5-14b-instruct", "qwen2-5-32b-instruct": "qwen-2.5-32b-instruct",
    "qwen2-5-vl-72b-instruct": "qwen2.5-vl-72b-instruct", "qwen2-5-vl-7b-instruct": "qwen2.5-vl-7b-instruct",
    "qwen3-coder-30b-a3b": "qwen3-coder-30b-a3b-instruct", "gpt-oss-120b-1": "gpt-oss-120b", "gpt-oss-20b-1": "gpt-oss-20b",
    "cohere-embed-v-4-0": "embed-v4.0", "lfm2-24b-a2b": "lfm-2-24b-a2b", "gpt-5-chat-latest": "gpt-5-chat",
}

# Aliases for the newest of a family, as OpenRouter has them.
LATEST = {
    "~anthropic/claude-fable-latest": "anthropic/claude-fable-5", "~anthropic/claude-haiku-latest": "anthropic/claude-haiku-4.5",
    "~anthropic/claude-opus-latest": "anthropic/claude-opus-4.8", "~anthropic/claude-sonnet-latest": "anthropic/claude-sonnet-5",
    "~google/gemini-flash-latest": "google/gemini-3.5-flash", "~google/gemini-pro-latest": "google/gemini-3.1-pro-preview",
    "~moonshotai/kimi-latest": "moonshotai/kimi-k2.6", "~openai/gpt-latest": "openai/gpt-5.5",
    "~openai/gpt-mini-latest": "openai/gpt-5.4-mini",
}

# Other first-party names of a model that the source does not list.
ALIASES = {
    "openai/gpt-4o-mini": ["openai/gpt-4o-mini-2024-07-18"], "openai/gpt-4.1": ["openai/gpt-4.1-2025-04-14"],
    "openai/gpt-4.1-mini": ["openai/gpt-4.1-mini-2025-04-14"], "openai/gpt-4.1-nano": ["openai/gpt-4.1-nano-2025-04-14"],
    "openai/gpt-4": ["openai/gpt-4-0613"], "openai/gpt-4-turbo": ["openai/gpt-4-turbo-2024-04-09"],
    "openai/gpt-3.5-turbo": ["openai/gpt-3.5-turbo-0125"], "openai/o3": ["openai/o3-2025-04-16"],
    "openai/o4-mini": ["openai/o4-mini-2025-04-16"], "openai/o3-mini": ["openai/o3-mini-2025-01-31"],
    "openai/o1": ["openai/o1-2024-12-17"], "openai/gpt-5": ["openai/gpt-5-2025-08-07"],
    "openai/gpt-5-mini": ["openai/gpt-5-mini-2025-08-07"], "openai/gpt-5-nano": ["openai/gpt-5-nano-2025-08-07"],
}

# Left out because the source's figures are not the whole price. A price that leaves something out would let a limit leak,
# so an operator who wants one of these states it in faregate.yaml.
INCOMPLETE = [
    (r"perplexity/.*", r".*", "a fee per request that depends on the search context"),
    (r".*", r".*search-preview.*|.*deep-research.*|.*sonar.*|.*-search$", "searches are billed on top"),
    (r"alibaba/.*", r"qwen3-max|qwen3-coder-(plus|flash)|qwen-(flash|plus|turbo)|qwen3-vl-plus", "tiers by prompt length are missing"),
    (r"openrouter/.*", r"openai/gpt-4o-mini-2024-07-18", "an alias of openai/gpt-4o-mini"),
]

# Left out for what they are.
NOT_CHAT = (r"(guard|safety|safeguard|embed-vl|whisper|-tts|-asr|ocr|orpheus|rerank|relace-|morph/|-mt-|livetranslate|realtime|lyria|"
            r"-image|gliner|riva|content-safety|autoglm|compound|model-router|switchpoint/|gpt-3.5-turbo-instruct|character-ja|translate)")

# Faster or regional editions of a model at one host: dearer, and not a model of their own.
EDITIONS = r"(^accounts/fireworks/routers/|-fast$|^(au|eu|jp|us)\.|^pearl-ai/)"

# The source's newest state of some hosts' names is another model than OpenRouter's of the same name, or plainly wrong.
WRONG = {
    ("openrouter", "deepseek/deepseek-chat"): "DeepSeek itself serves V4 under this name",
    ("azure", "gpt-4-turbo-vision"): "retired",
    ("azure", "gpt-4"): "carries the price of the 32k edition",
    ("nvidia", "deepseek-ai/deepseek-v4-flash"): "a trial service, its price is copied from DeepSeek's",
    ("nvidia", "deepseek-ai/deepseek-v4-pro"): "a trial service, its price is copied from DeepSeek's",
    ("mistral", "ministral-3b-latest"): "the name moved to another model",
    ("mistral", "ministral-8b-latest"): "the name moved to another model",
    ("mistral", "open-mistral-7b"): "retired",
    ("mistral", "open-mixtral-8x7b"): "retired",
    ("novita-ai", "deepseek/deepseek-r1-turbo"): "an edition of R1",
    ("novita-ai", "deepseek/deepseek-v3-turbo"): "an edition of V3",
    ("google", "gemini-flash-latest"): "a name that moves",
    ("google", "gemini-flash-lite-latest"): "a name that moves",
    ("google-vertex", "gemini-flash-latest"): "a name that moves",
    ("google-vertex", "gemini-flash-lite-latest"): "a name that moves",
    ("google-vertex", "gemini-embedding-001"): "embeds in a format of its own, which is not spoken",
    ("inception", "mercury-edit-2"): "an edit model with its own API",
}
