"""What every Python suite shares: where the server is, how a check is named, run and printed. Standard library only."""

import http.client
import json
import os
import sys
import time
import urllib.parse

TIMEOUT_S = 15


def _need(name):
    value = os.environ.get(name)
    if not value:
        sys.exit(f"{name} is not set; conformance/README.md lists the settings")
    return value


HOST = _need("FAREGATE_URL").rstrip("/")
BASE = f"{HOST}/api/v1"
KEY = _need("FAREGATE_API_KEY")
MANAGEMENT_KEY = _need("FAREGATE_MANAGEMENT_KEY")
MODEL = os.environ.get("FAREGATE_MODEL") or "faregate/echo"
# A model that makes vectors; without one the checks of embeddings are SKIPPED.
EMBEDDINGS_MODEL = os.environ.get("FAREGATE_EMBEDDINGS_MODEL") or ""
# A model that ranks; without one the check of rankings is SKIPPED.
RERANK_MODEL = os.environ.get("FAREGATE_RERANK_MODEL") or ""
# A model that makes images; without one the checks of images are SKIPPED.
IMAGES_MODEL = os.environ.get("FAREGATE_IMAGES_MODEL") or ""
# A model that transcribes; without one the checks of transcripts are SKIPPED.
TRANSCRIPTION_MODEL = os.environ.get("FAREGATE_TRANSCRIPTION_MODEL") or ""
PRICED_MODEL = os.environ.get("FAREGATE_PRICED_MODEL") or ""
ECHO = MODEL == "faregate/echo"
# A key nobody has, in the shape of page 004's example: `sk-` and 24 characters.
WRONG_KEY = "sk-" + "x" * 24

_failed = 0


def skip(what, why):
    """Says that a check could not be made."""
    print(f"SKIPPED {what}: {why}", flush=True)


def check(rows, what, skipped=None):
    """Decorator: runs the function at once and prints its one line. Where it answers True there was nothing to check, and `skipped`
    prints that."""

    def run(function):
        global _failed
        try:
            if function() is True and skipped:
                skipped()
            else:
                print(f"ok   {rows}: {what}", flush=True)
        except Exception as e:  # a check may die in any way; each is one FAIL line
            _failed += 1
            words = " ".join(f"{type(e).__name__} {e}".split())[:900]
            print(f"FAIL {rows}: {what}: {words}", flush=True)
        return function

    return run


def finish():
    """The process ends non-zero when a check failed."""
    sys.exit(1 if _failed else 0)


def expect(condition, words):
    """Like assert, but not removed by python -O."""
    if not condition:
        raise AssertionError(words)


def equal(actual, expected, what=""):
    expect(actual == expected, f"{what} is {actual!r}, expected {expected!r}")


def fails(kind, call):
    """Asserts that `call` raises `kind`, and returns the error."""
    try:
        call()
    except kind as e:
        return e
    raise AssertionError(f"expected {kind.__name__}, got success")


def http_call(method, path, key=KEY, body=None, headers=None):
    """One plain request to a path of the host: (status, headers in lower case, bytes)."""
    target = urllib.parse.urlsplit(HOST)
    kind = http.client.HTTPSConnection if target.scheme == "https" else http.client.HTTPConnection
    connection = kind(target.hostname, target.port, timeout=TIMEOUT_S)
    try:
        sent = dict(headers or {})
        if key:
            sent.setdefault("Authorization", f"Bearer {key}")
        data = None
        if body is not None:
            data = json.dumps(body).encode()
            sent.setdefault("Content-Type", "application/json")
        connection.request(method, target.path + path, data, sent)
        reply = connection.getresponse()
        return reply.status, {k.lower(): v for k, v in reply.getheaders()}, reply.read()
    finally:
        connection.close()


def generation(id):
    """A generation's record; written behind the answer for free models, so it is asked for until it is there."""
    until = time.monotonic() + 5
    while True:
        status, _, body = http_call("GET", "/api/v1/generation?id=" + urllib.parse.quote(id))
        if status == 200:
            return json.loads(body)["data"]
        expect(status == 404 and time.monotonic() < until, f"GET /generation answered {status} {body!r}")
        time.sleep(0.1)


_served = None


def sample_model(named):
    """The model a page's sample names, when the server has it; else our test model, bare where the page's is bare."""
    global _served
    if _served is None:
        _served = [m["id"] for m in json.loads(http_call("GET", "/api/v1/models")[2])["data"]]
    bare = "/" not in named
    if any(id == named or (bare and id.endswith("/" + named)) for id in _served):
        return named
    return MODEL.split("/", 1)[1] if bare else MODEL


def hello():
    return [{"role": "user", "content": "Hello, one two three!"}]
