#!/usr/bin/env python3
"""Makes the shipped catalogue from a dated models.dev extract. See README.md beside this file."""

import collections
import datetime
import json
import pathlib
import re
import sys
from decimal import Decimal

from names import (ALIASES, ASKED_AS, AUTHORS, BARE, EDITIONS, FIRST_PARTY, INCOMPLETE, LATEST, NOT_CHAT, PROVIDERS, SAME, SLUGS, WRONG)

HERE = pathlib.Path(__file__).resolve().parent
TARGET = HERE.parents[1] / "gateway/src/main/resources/catalogue/catalogue.json"

# The vocabulary of `supported_parameters`, in the order in which we write it.
VOCABULARY = """temperature top_p top_k min_p top_a frequency_penalty presence_penalty repetition_penalty max_tokens
max_completion_tokens logit_bias logprobs top_logprobs prediction seed response_format structured_outputs stop tools tool_choice
parallel_tool_calls include_reasoning reasoning reasoning_effort web_search_options verbosity""".split()

PRICE_KEYS = "prompt completion input_cache_read input_cache_write input_cache_write_1h audio overrides".split()
MODALITIES = {"text": "text", "image": "image", "pdf": "file", "audio": "audio", "video": "video"}
ECHO = {
    "id": "faregate/echo", "canonical_slug": "faregate/echo", "aliases": [], "name": "Faregate: Echo (built in)", "created": 1795219200,
    "knowledge_cutoff": None, "context_length": 131072, "input_modalities": ["text"], "output_modalities": ["text"], "tokenizer": "Other",
    "description": "Built into Faregate: repeats the last message. For trying things out without any provider; it is not a language model.",
    "free": True, "supported_parameters": ["max_tokens", "stop"], "endpoints": [{"provider": "faregate", "upstream_model": "echo", "max_completion_tokens": 16384}],
}


def price(usd_per_million):
    """A price as a plain decimal text; 15 significant digits wipe out the noise of binary floating point. None for 0."""
    value = Decimal(f"{float(usd_per_million):.15g}")
    if value < 0:
        raise ValueError(f"negative price {usd_per_million}")
    text = format(value, "f")
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return None if value == 0 else text


def prices(cost):
    """The source's costs under the contract's names; None where a figure is missing or cannot be right."""
    def of(figures):
        names = {"prompt": "input", "completion": "output", "input_cache_read": "cache_read", "input_cache_write": "cache_write", "audio": "input_audio"}
        found = {ours: price(figures[theirs]) for ours, theirs in names.items() if figures.get(theirs)}
        if figures.get("cached_input"):
            found.setdefault("input_cache_read", price(figures["cached_input"]))
        if figures.get("cached_write"):
            found.setdefault("input_cache_write", price(figures["cached_write"]))
        # Below the prompt price it is the storage on top, not the price of a written token.
        if "input_cache_write" in found and Decimal(found["input_cache_write"]) < Decimal(found.get("prompt", "0")):
            del found["input_cache_write"]
        # Above it, the figure belongs elsewhere.
        if Decimal(found.get("input_cache_read") or 0) > Decimal(found.get("prompt") or 0):
            del found["input_cache_read"]
        return {key: value for key, value in found.items() if value}

    result = of(cost)
    tiers = []
    for tier in sorted(cost.get("tiers", []), key=lambda t: t["tier"]["size"]):
        if tier["tier"].get("type", "context") != "context":
            return None
        figures = of(tier)
        if any(result.get(key) != value for key, value in figures.items()):
            tiers.append({"min_prompt_tokens": tier["tier"]["size"], **figures})
    if tiers:
        result["overrides"] = tiers
    return result


def with_long_cache(pricing):
    """Anthropic bills a cache write that lives an hour at twice the prompt price (a write of five minutes at 1.25 times)."""
    tiers = pricing.pop("overrides", None)
    for figures in [pricing, *(tiers or [])]:
        if "prompt" in figures and "input_cache_write" in figures:
            figures["input_cache_write_1h"] = price(2 * Decimal(figures["prompt"]))
    if tiers:
        pricing["overrides"] = tiers


def slug_of(text):
    """A host's spelling of a model's name, without what says how it is hosted."""
    slug = text.lower().split("/")[-1].replace("_", ".")
    slug = re.sub(r"(?<=\d)p(?=\d)", ".", slug) if text.startswith("accounts/") else slug
    slug = re.sub(r"^(global|us)\.", "", slug)
    slug = re.sub(r"^(anthropic|amazon|meta|google|minimax|mistral|moonshot|moonshotai|nvidia|openai|qwen|xai|zai|deepseek)\.", "", slug)
    slug = re.sub(r"@.*$", "", slug)
    slug = re.sub(r"(-v\d+)?:\d+$", "", slug)
    slug = re.sub(r"^zai-glm", "glm", slug)
    slug = re.sub(r"^(cohere-(?=command)|meta-(?=llama)|nvidia-(?=nemotron))", "", slug)
    slug = re.sub(r"-(maas|fp8|tput)$", "", slug)
    slug = re.sub(r"-turbo$", "", slug) if re.search(r"(llama|qwen).*-turbo$", slug) and "qwen-turbo" != slug else slug
    slug = re.sub(r"^llama-?(\d)[-.](\d)-", r"llama-\1.\2-", slug)
    slug = re.sub(r"^(claude-.*?)-20\d{6}(-v\d)?$", r"\1", slug)
    slug = re.sub(r"^(claude-.*)-v\d$", r"\1", slug)
    slug = re.sub(r"^(claude-\w+)-(\d)-(\d)$", r"\1-\2.\3", slug)
    slug = re.sub(r"^claude-(\d)-(\d)-(\w+)$", r"claude-\1.\2-\3", slug)
    return SLUGS.get(slug, slug)


def author_of(source, name, slug):
    if source == "amazon-bedrock":
        vendor = re.sub(r"^(global|us)\.", "", name).split(".")[0]
        return AUTHORS.get(vendor, vendor)
    if "/" in name and not name.startswith("accounts/"):
        author = name.split("/")[0].lower()
        return AUTHORS.get(author, author)
    for beginning, author in BARE:
        if slug.startswith(beginning) or name.lower().startswith(beginning):
            return author
    return None


def id_of(source, name):
    if source == "openrouter":
        return name
    if (source, name) in SAME:
        return SAME[(source, name)]
    slug = slug_of(name)
    author = author_of(source, name, slug)
    return f"{author}/{slug}" if author else None


def left_out(source, name, facts):
    """Why an entry is not taken, or None."""
    if (source, name) in WRONG:
        return WRONG[(source, name)]
    if facts.get("status") == "deprecated":
        return "deprecated"
    if name.startswith(("openrouter/", "~")):
        return "a router or an alias"
    if re.search(NOT_CHAT, name.lower()):
        return "not a chat model"
    if re.search(EDITIONS, name) and not name.startswith("anthropic/"):
        return "an edition of another entry"
    for where, what, reason in INCOMPLETE:
        if re.fullmatch(where, f"{source}/{name}") and re.fullmatch(what, name):
            return reason
    if facts["modalities"].get("output", ["text"]) != ["text"] or "text" not in facts["modalities"].get("input", []):
        return "other modalities than text out"
    if source == "azure" and name.startswith("claude"):
        return "served in Anthropic's format under another base URL"
    if source == "azure" and facts["release_date"] < "2024-05" and not name.startswith("gpt-4-turbo"):
        return "retired"
    cost = facts.get("cost") or {}
    if "reasoning" in cost and cost["reasoning"] != cost.get("output"):
        return "thinking has a price of its own for the whole answer"
    return None


def completed(entries):
    """The source leaves out of an entry what equals the same model elsewhere: takes it from there, the model's maker first."""
    known = next((f["limit"] for _, _, f in entries if f["limit"].get("context")), None)
    if known is None:
        return []
    return [(source, name, {**facts, "limit": {**known, **facts["limit"]} if "context" not in facts["limit"] else facts["limit"]})
            for source, name, facts in entries]


def parameters(author, facts):
    """What a model takes, from the source's flags and what its author's API is known to refuse."""
    reasoner = author == "openai" and facts.get("temperature") is False
    found = {"max_tokens"}
    if facts.get("temperature", True):
        found |= {"temperature", "top_p"}
    if author == "openai":
        found |= {"max_completion_tokens", "seed"}
        if not reasoner:
            found |= {"stop", "frequency_penalty", "presence_penalty", "logit_bias", "logprobs", "top_logprobs"}
    else:
        found |= {"stop"}
    if author in ("anthropic", "google"):
        found |= {"top_k"}
    if author == "google":
        found |= {"seed", "frequency_penalty", "presence_penalty"}
    if author not in ("openai", "anthropic", "google", "amazon"):
        found |= {"seed", "frequency_penalty", "presence_penalty"}
    if facts.get("tool_call"):
        found |= {"tools", "tool_choice"}
        if author in ("openai", "anthropic", "mistralai", "x-ai"):
            found |= {"parallel_tool_calls"}
    if facts.get("structured_output"):
        found |= {"response_format", "structured_outputs"}
    if facts.get("reasoning"):
        found |= {"reasoning", "include_reasoning"}
        if author in ("openai", "x-ai", "google"):
            found |= {"reasoning_effort"}
    return [word for word in VOCABULARY if word in found]


def at_anthropic(name, found):
    """What a model takes at Anthropic's own API, which the source does not know: schemas from 4.1 on, an effort (`verbosity`) from Opus 4.5
    on, and none of the sampling parameters where it takes no temperature."""
    version = re.match(r"claude-(?:opus|sonnet|haiku|fable|mythos)-(\d)(?:-(\d)(?!\d))?", name)
    number = (int(version[1]), int(version[2] or 0)) if version else (0, 0)
    found = set(found)
    if number >= (4, 1):
        found |= {"response_format", "structured_outputs"}
    if number >= (4, 6) or name.startswith("claude-opus-4-5"):
        found |= {"verbosity"}
    if "temperature" not in found:
        found -= {"top_k"}
    return [word for word in VOCABULARY if word in found]


def tokenizer(model_id):
    author, slug = model_id.split("/", 1)
    by_slug = [("llama-4", "Llama4"), ("llama-3", "Llama3"), ("gemma", "Gemma"), ("gemini", "Gemini"), ("claude", "Claude"), ("deepseek", "DeepSeek"),
               ("qwen3", "Qwen3"), ("qwen", "Qwen"), ("qwq", "Qwen"), ("qvq", "Qwen"), ("grok", "Grok"), ("nova", "Nova"), ("l3", "Llama3")]
    by_author = {"openai": "GPT", "mistralai": "Mistral", "cohere": "Cohere"}
    if author in by_author:
        return by_author[author]
    return next((name for beginning, name in by_slug if slug.startswith(beginning)), "Other")


def dated(text):
    """`2024`, `2024-05` or `2024-05-13` as a whole day, or None."""
    if not text:
        return None
    parts = (text.split("-") + ["01", "01"])[:3]
    return datetime.date(*map(int, parts))


def endpoint(source, model_id, name, facts):
    author = model_id.split("/")[0]
    pricing = prices(facts.get("cost") or {})
    embeds = "embed" in name
    free = source == "openrouter" and name.endswith(":free")
    if not free and (pricing is None or "prompt" not in pricing or not (embeds or "completion" in pricing)):
        return None
    result = {"provider": PROVIDERS[source], "upstream_model": ASKED_AS.get((source, name), name), "context_length": facts["limit"]["context"]}
    if facts["limit"].get("output") and not embeds:
        result["max_completion_tokens"] = min(facts["limit"]["output"], facts["limit"]["context"])
    if facts["limit"].get("input"):
        result["max_prompt_tokens"] = facts["limit"]["input"]
    if re.search(r"fp8", name.lower()):
        result["quantization"] = "fp8"
    result["supported_parameters"] = [] if embeds else parameters(author, facts)
    if source == "anthropic":
        result["supported_parameters"] = at_anthropic(name, result["supported_parameters"])
    if not free:
        if author == "anthropic":
            with_long_cache(pricing)
        result["pricing"] = pricing
    return result


def with_makers_tiers(endpoints, first):
    """OpenRouter passes the maker's prices on, tiers included, and the source leaves the tiers out of its entries. Where the base price
    differs we cannot know the tiers, so the endpoint is not used beyond the first of them."""
    maker, resold = endpoints.get(first), endpoints.get("openrouter")
    tiers = maker and maker.get("pricing", {}).get("overrides")
    if not tiers or not resold or "pricing" not in resold or "overrides" in resold["pricing"]:
        return
    if all(resold["pricing"][k] == maker["pricing"][k] for k in ("prompt", "completion")):
        resold["pricing"] = {**maker["pricing"], **resold["pricing"], "overrides": tiers}
    else:
        resold["context_length"] = min(resold["context_length"], tiers[0]["min_prompt_tokens"])


def audio_known(model_id, endpoints):
    """Audio is offered only where its price is known: stated by a host, or the same as text (Gemini Pro)."""
    stated = [Decimal(e["pricing"]["audio"]) for e in endpoints if "audio" in e.get("pricing", {})]
    if not stated:
        return bool(re.match(r"google/gemini-[\d.]+-pro", model_id))
    for e in endpoints:
        if "pricing" in e:
            e["pricing"] = {"audio": price(max(stated)), **e["pricing"]}
            e["pricing"] = {k: e["pricing"][k] for k in PRICE_KEYS if k in e["pricing"]}
    return True


def display(name):
    return " ".join(re.sub(r"^[\w. ]+: | \((latest|free)\)\s*$", "", name.split("/")[-1]).split())


def categories(model_id):
    return ["programming"] if re.search(r"cod(e|er|ex)|devstral|grok-build", model_id.split("/")[1]) else []


def canonical(model_id, day, taken):
    """The immutable name: the id and its date, before any variant suffix, unless the id has a date or the name is taken."""
    base, _, variant = model_id.partition(":")
    if day is None or re.search(r"\d{4}", base.split("/")[1].split("-")[-1]) or re.search(r"20\d\d", base):
        return model_id
    name = f"{base}-{day:%Y%m%d}" + (f":{variant}" if variant else "")
    return model_id if name in taken else name


def model(model_id, entries, taken):
    """One line of the catalogue from all (source, name, facts) that mean this model; None when no price is known."""
    author = model_id.split("/")[0]
    first = FIRST_PARTY.get(author)
    entries = sorted(entries, key=lambda e: (PROVIDERS[e[0]] != first, list(PROVIDERS).index(e[0])))
    entries = completed([e for e in entries if e[2]["limit"].get("context", 1)])
    endpoints, names = {}, []
    for source, name, facts in entries:
        made = endpoint(source, model_id, name, facts)
        if made is None:
            continue
        if PROVIDERS[source] == first and first != "amazon-bedrock":
            names.append(name.lower().split("/")[-1])
        held = endpoints.get(PROVIDERS[source])
        # A dated name before a moving one: the price belongs to it.
        if held is None or (re.search(r"20\d{6}$|global\.", name) and not re.search(r"20\d{6}$|global\.", held["upstream_model"])):
            endpoints[PROVIDERS[source]] = made
    if not endpoints:
        return None
    with_makers_tiers(endpoints, first)
    listed = next((f for s, n, f in entries if s == "openrouter"), entries[0][2])
    maker = entries[0][2]
    day = dated(listed.get("release_date"))
    cutoff = dated(maker.get("knowledge") or listed.get("knowledge"))
    embeds = "embed" in model_id
    made = list(endpoints.values())
    described = maker if PROVIDERS[entries[0][0]] == first else listed
    inputs = {"text"} if embeds else {MODALITIES[m] for m in described["modalities"]["input"]}
    if "audio" in inputs and not audio_known(model_id, made):
        inputs.discard("audio")
    supported = [word for word in VOCABULARY if any(word in e["supported_parameters"] for e in made)]
    context = made[0]["context_length"]
    for e in made:
        if e["supported_parameters"] == supported:
            del e["supported_parameters"]
        if e["context_length"] == context:
            del e["context_length"]
    aliases = {f"{author}/{n}" for n in names} | {a for a, target in LATEST.items() if target == model_id} | set(ALIASES.get(model_id, []))
    result = {
        "id": model_id, "canonical_slug": canonical(model_id, day, taken), "aliases": sorted(aliases - {model_id}),
        "name": display(listed["name"]) + (" (free)" if model_id.endswith(":free") else ""),
        "created": int(datetime.datetime(day.year, day.month, day.day, tzinfo=datetime.timezone.utc).timestamp()),
        "knowledge_cutoff": cutoff.isoformat() if cutoff else None, "context_length": context,
        "input_modalities": [m for m in ("text", "image", "file", "audio", "video") if m in inputs],
        "output_modalities": ["embeddings" if embeds else "text"], "tokenizer": tokenizer(model_id),
    }
    if model_id.endswith(":free"):
        result["free"] = True
    if categories(model_id):
        result["categories"] = categories(model_id)
    return {**result, "supported_parameters": supported, "endpoints": made}


def main():
    if len(sys.argv) < 2:
        sys.exit("usage: build.py SOURCE.json [TARGET.json]")
    path = pathlib.Path(sys.argv[1])
    target = pathlib.Path(sys.argv[2]) if len(sys.argv) > 2 else TARGET
    source = json.loads(path.read_text())
    as_of = re.search(r"\d{4}-\d{2}-\d{2}", path.name).group()

    found, skipped = collections.defaultdict(list), collections.Counter()
    for provider in source["providers"]:
        if provider["provider"] not in PROVIDERS:
            continue
        for facts in provider["models"]:
            reason = left_out(provider["provider"], facts["id"], facts)
            model_id = None if reason else id_of(provider["provider"], facts["id"])
            if model_id is None:
                skipped[reason or "no author"] += 1
                continue
            found[model_id].append((provider["provider"], facts["id"], facts))

    taken = set(found)
    models = [m for m in (model(i, entries, taken) for i, entries in found.items()) if m]
    ids = {m["id"] for m in models}
    claimed = collections.Counter(a for m in models for a in [*m["aliases"], m["canonical_slug"]] if a != m["id"])
    for m in models:
        m["aliases"] = [a for a in m["aliases"] if a not in ids and claimed[a] == 1]
    models = sorted([*models, ECHO], key=lambda m: m["id"])

    providers = json.loads((HERE / "providers.json").read_text())
    lines = lambda rows: ",\n".join(json.dumps(row, ensure_ascii=False, separators=(", ", ": ")) for row in rows)
    text = (f'{{"as_of": {json.dumps(as_of)},\n"source": {json.dumps("models.dev (MIT), state of " + as_of + "; list prices in USD per million tokens")},\n'
            f'"providers": [\n{lines(providers)}\n],\n"models": [\n{lines(models)}\n]}}\n')
    json.loads(text)
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(text)
    endpoints = sum(len(m["endpoints"]) for m in models)
    print(f"{len(models)} models, {endpoints} endpoints, {len({e['provider'] for m in models for e in m['endpoints']})} providers with models")
    for reason, count in skipped.most_common():
        print(f"  left out {count:4d}: {reason}")


if __name__ == "__main__":
    main()
