"""Every operation that docs/compatibility.md calls implemented, called by OpenRouter's own Python SDK, which checks each answer field
by field. The calls are data: ../operations.json."""

import json
import os
import pathlib
import re
import time
from importlib.metadata import version

from openrouter import OpenRouter

from checks import BASE, EMBEDDINGS_MODEL, IMAGES_MODEL, KEY, MANAGEMENT_KEY, MODEL, RERANK_MODEL, TRANSCRIPTION_MODEL, check, equal, expect, finish, skip

WHO = f"openrouter {version('openrouter')} (PyPI)"
HERE = pathlib.Path(__file__).resolve().parent.parent
OPERATIONS = json.loads((HERE / "operations.json").read_text())
TABLE = dict(re.findall(r"^\| `([A-Z]+ [^`]+)` \| \w+ \| (implemented|refused)", (HERE.parent / "docs" / "compatibility.md").read_text(), re.M))
AUTHOR, _, SLUG = MODEL.partition("/")
IMAGES_AUTHOR, _, IMAGES_SLUG = IMAGES_MODEL.partition("/")
kept = {"images_author": IMAGES_AUTHOR, "images_slug": IMAGES_SLUG, "model": MODEL, "embeddings": EMBEDDINGS_MODEL, "rerank": RERANK_MODEL, "images": IMAGES_MODEL, "transcription": TRANSCRIPTION_MODEL, "scim_group": os.environ.get("FAREGATE_SCIM_GROUP") or "", "author": AUTHOR, "slug": SLUG, "unique": f"conformance-py-{int(time.time())}"}
# What Python keeps for itself.
RENAMED = {"type": "type_"}


def snake(name):
    return re.sub(r"([a-z0-9])([A-Z])|([A-Z])(?=[A-Z][a-z])", lambda m: (m[1] + "_" + m[2]) if m[1] else m[3] + "_", name).lower()


def filled(value):
    if isinstance(value, str) and value.startswith("$"):
        return kept.get(value[1:], value)
    if isinstance(value, list):
        return [filled(item) for item in value]
    if isinstance(value, dict):
        return {name: filled(inner) for name, inner in value.items()}
    return value


def call(operation):
    key = MANAGEMENT_KEY if operation.get("key") == "management" else KEY
    # retry_config=None: otherwise every 5xx is repeated for up to an hour.
    with OpenRouter(api_key=key, server_url=BASE, retry_config=None, timeout_ms=15_000) as client:
        group, name = (snake(part) for part in operation["call"].split("."))
        arguments = {**filled(operation.get("with", {})), **filled(operation.get("body", {}))}
        arguments = {RENAMED.get(field, field): value for field, value in arguments.items()}
        if operation.get("security"):
            arguments["security"] = {"bearer": key}
        return getattr(getattr(client, group), name)(**arguments)


def patiently(operation):
    """A generation of a free model is recorded behind its answer."""
    until = time.monotonic() + 5
    while True:
        try:
            return call(operation)
        except Exception as e:
            if not operation.get("patient") or getattr(e, "status_code", 0) != 404 or time.monotonic() > until:
                raise
            time.sleep(0.1)


def at(value, path):
    for name in path.split("."):
        value = getattr(value, name)
    return value


def run(operation):
    """True when the server does not offer it and does not claim to."""
    try:
        answer = patiently(operation)
    except Exception as e:
        status = getattr(e, "status_code", 0)
        if status == 404 and "is not offered by this server yet" in f"{e} {getattr(e, 'body', '')}" and TABLE.get(operation["operation"]) != "implemented":
            return True
        if status and status == operation.get("fails"):
            return False
        raise
    expect(not operation.get("fails"), f"expected status {operation.get('fails')}, got an answer")
    for name, path in operation.get("keep", {}).items():
        kept[name] = at(answer, path)
    return False


for operation in OPERATIONS:
    what = f"{WHO}: {operation['operation']}"
    if not operation["call"]:
        print(f"ok   operations: {what}: not called, {operation['why']}", flush=True)
        continue
    if operation.get("needs") and not kept[operation["needs"]]:
        skip(what, f"no model for {operation['needs']} is named")
        continue
    check("operations", what, lambda: skip(what, "not offered yet"))(lambda: run(operation))


@check("operations", f"{WHO}: every implemented operation has its call")
def _():
    called = {operation["operation"] for operation in OPERATIONS}
    equal([name for name, state in TABLE.items() if state == "implemented" and name not in called], [], "without a call")


finish()
