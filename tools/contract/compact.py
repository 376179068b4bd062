#!/usr/bin/env python3
"""Makes the test resources contract/official.json.gz and contract/sdk.json.gz from the two OpenAPI files of the contract.

    python3 tools/contract/compact.py openrouter.openapi.yaml openrouter-sdk-1.3.19.derived.openapi.json \
        gateway/src/test/resources/contract

What is kept is what a test can compare: operations with their parameters, request schemas and answers by status and
content type, and the schemas these reach. Descriptions and examples are left out. The result is the same for the same
input, byte for byte. Needs PyYAML."""

import gzip
import json
import sys
from pathlib import Path

VERBS = ("get", "post", "put", "patch", "delete")
PROSE = {"description", "example", "examples", "title", "summary", "externalDocs", "deprecated", "default"}
# What only generators read.
TOOLS = ("x-", "discriminator", "xml")
REF = "#/components/schemas/"


def schema(node):
    """A schema without prose. Its maps of names (properties, definitions) are kept whole: a property may be called title."""
    if isinstance(node, list):
        return [schema(item) for item in node]
    if not isinstance(node, dict):
        return node
    kept = {}
    for key, value in node.items():
        if key == "properties":
            kept[key] = {name: schema(inner) for name, inner in value.items()}
        elif key in ("required", "enum", "const"):
            kept[key] = value
        elif key not in PROSE and not key.startswith(TOOLS):
            kept[key] = schema(value)
    return kept


def answers(document, operation):
    found = {}
    for status, answer in operation["responses"].items():
        if "$ref" in answer:
            answer = document["components"]["responses"][answer["$ref"].rsplit("/", 1)[1]]
        kinds = {}
        for kind, content in answer.get("content", {}).items():
            kinds[kind] = event(document, schema(content.get("schema", {}))) if kind == "text/event-stream" else schema(content.get("schema", {}))
        found[str(status)] = kinds
    return found


def event(document, whole):
    """The schema of what stands behind `data:`; the files describe an event as an object with that field."""
    inner = whole
    if "$ref" in inner:
        inner = schema(document["components"]["schemas"][inner["$ref"].removeprefix(REF)])
    return inner.get("properties", {}).get("data", whole)


def operations(document):
    found = {}
    for path, methods in sorted(document["paths"].items()):
        for verb in VERBS:
            if verb not in methods:
                continue
            operation = methods[verb]
            parameters = methods.get("parameters", []) + operation.get("parameters", [])
            body = operation.get("requestBody", {}).get("content", {})
            found[f"{verb.upper()} {path}"] = {
                "id": operation["operationId"],
                "function": operation.get("x-sdk-function"),
                "open": operation.get("security") == [],
                "parameters": [
                    {"name": p["name"], "in": p["in"], "required": p.get("required", False), "schema": schema(p.get("schema", {}))}
                    for p in parameters
                    if "$ref" not in p
                ],
                "request": schema(next(iter(body.values()))["schema"]) if body else None,
                "answers": answers(document, operation),
            }
    return found


def names(node):
    if isinstance(node, dict):
        for key, value in node.items():
            if key == "$ref" and isinstance(value, str):
                yield value.removeprefix(REF)
            else:
                yield from names(value)
    elif isinstance(node, list):
        for item in node:
            yield from names(item)


def compact(document, source):
    found = operations(document)
    schemas, todo = {}, sorted(set(names(found)))
    while todo:
        name = todo.pop()
        if name not in schemas:
            schemas[name] = schema(document["components"]["schemas"][name])
            todo.extend(names(schemas[name]))
    return {"source": source, "operations": found, "components": {"schemas": dict(sorted(schemas.items()))}}


def write(folder, name, whole):
    data = json.dumps(whole, separators=(",", ":"), ensure_ascii=False).encode()
    packed = gzip.compress(data, 9, mtime=0)
    (folder / f"{name}.json.gz").write_bytes(packed)
    print(f"{name}: {len(whole['operations'])} operations, {len(whole['components']['schemas'])} schemas, {len(data)} -> {len(packed)} bytes")


def main():
    import yaml

    official, sdk, folder = sys.argv[1], sys.argv[2], Path(sys.argv[3])
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    write(folder, "official", compact(yaml.load(Path(official).read_text(), Loader=loader), "official OpenAPI file of 2026-08-22"))
    write(folder, "sdk", compact(json.loads(Path(sdk).read_text()), "@openrouter/sdk 1.3.19, 2026-09-23"))


main()
