"""What openai-python 0.28.1 puts on the wire and reads back, sent by hand: holds where that package does not install.
Standard library only."""

import json

from checks import KEY, MANAGEMENT_KEY, MODEL, WRONG_KEY, check, equal, expect, finish, hello, http_call

HEADERS = {
    "Accept": "*/*",
    "Accept-Encoding": "gzip, deflate",
    "User-Agent": "OpenAI/v1 PythonBindings/0.28.1",
    "X-OpenAI-Client-User-Agent": json.dumps({"bindings_version": "0.28.1", "lang": "python", "publisher": "openai"}),
    "OpenAI-Organization": "org-example",
}


def ask(key=KEY, path="/v1/chat/completions", **more):
    return http_call("POST", path, key, {"model": MODEL, "messages": hello(), **more}, HEADERS)


@check("S12", "legacy wire: the request 0.28.1 sends")
def _():
    status, headers, body = ask()
    equal(status, 200, f"status with {body!r}")
    expect("content-encoding" not in headers, "0.28.1 asks for gzip, but an answer this small should come plain")
    result = json.loads(body)
    equal(result["choices"][0]["message"]["role"], "assistant", "role")
    expect("error" not in result, "a success must have no key 'error'")


@check("S14", "legacy wire: //chat/completions")
def _():
    equal(ask(path="/v1//chat/completions")[0], 200, "status")


@check("S12", "legacy wire: an unknown request field does not fail a request")
def _():
    status, _, body = ask(some_future_field=1)
    equal(status, 200, f"status with {body!r}")


@check("S25", "legacy wire: data lines only, no key 'error' in any chunk, [DONE] last")
def _():
    status, headers, body = ask(stream=True)
    equal(status, 200, "status")
    expect(headers["content-type"].startswith("text/event-stream"), headers["content-type"])
    data = [line for line in body.decode().splitlines() if line and not line.startswith(":")]
    expect(all(line.startswith("data:") for line in data), "a line that is neither comment nor data")
    equal(data[-1].removeprefix("data:").strip(), "[DONE]", "last line")
    for line in data[:-1]:
        chunk = json.loads(line.removeprefix("data:"))
        expect("error" not in chunk, "0.28.1 tests for the key, not its value")
        expect(chunk["choices"], "a chunk without choices breaks choices[0]")


@check("S57", "legacy wire: every failure has an object in 'error' and is never a 409")
def _():
    cases = ((WRONG_KEY, {}, 401), (MANAGEMENT_KEY, {}, 403), (KEY, {"model": "nobody/no-such-model"}, 400), (KEY, {"messages": "x"}, 400))
    for key, more, expected in cases:
        status, _, body = ask(key, **more)
        equal(status, expected, f"status with {body!r}")
        error = json.loads(body)["error"]
        expect(isinstance(error, dict) and isinstance(error["message"], str), f"error is {error!r}")
        expect(isinstance(error["code"], int), f"code is {error['code']!r}")


finish()
