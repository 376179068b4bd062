"""openai-python 0.28: pages 000 and 002. The pages' `messages=[...]` is a placeholder that no JSON can hold; ours has text."""

import openai

from checks import BASE, ECHO, HOST, KEY, MANAGEMENT_KEY, MODEL, WRONG_KEY, check, equal, expect, fails, finish, generation, hello, sample_model

WHO = f"openai {openai.version.VERSION} (PyPI, legacy)"


@check("S12", f"{WHO}: page 000")
def _():
    openai.api_base = f"{HOST}/v1"
    openai.api_key = KEY

    response = openai.ChatCompletion.create(
        model=sample_model("gpt-4o"),
        messages=hello(),
        request_timeout=15,
    )

    reply = response.choices[0].message
    equal(reply.role, "assistant", "role")
    expect(reply.content, "empty content")


@check("S14", f"{WHO}: a trailing slash in api_base")
def _():
    openai.api_base = f"{HOST}/v1/"
    try:
        expect(openai.ChatCompletion.create(model=MODEL, messages=hello(), request_timeout=15).choices[0].message, "no message")
    finally:
        openai.api_base = f"{HOST}/v1"


@check("S19", f"{WHO}: page 002, headers are recorded")
def _():
    openai.api_base = BASE
    openai.api_key = KEY

    response = openai.ChatCompletion.create(
        model=sample_model("openai/gpt-4o"),
        messages=hello(),
        headers={
            "HTTP-Referer": "https://legacy.example.com",  # Optional. Site URL for rankings.
            "X-Title": "Legacy Example",  # Optional. Site title for rankings.
        },
        request_timeout=15,
    )

    expect(response.choices[0].message.content, "empty content")
    record = generation(response.id)
    expect((record["http_referer"] or "").startswith("https://legacy.example.com"), f"http_referer {record['http_referer']!r}")
    expect(isinstance(record["app_id"], int), f"app_id {record['app_id']!r}")


@check("S12 S25", f"{WHO}: a stream, chunk by chunk, each with choices[0]")
def _():
    texts = []
    for chunk in openai.ChatCompletion.create(model=MODEL, messages=hello(), stream=True, request_timeout=15):
        texts.append(chunk["choices"][0]["delta"].get("content") or "")
    expect(len([t for t in texts if t]) > 1, "the text came in one piece")
    if ECHO:
        whole = openai.ChatCompletion.create(model=MODEL, messages=hello(), request_timeout=15)
        equal("".join(texts), whole.choices[0].message.content, "streamed text")


@check("S27", f"{WHO}: Model.list")
def _():
    expect(any(m["id"] == MODEL for m in openai.Model.list()["data"]), f"{MODEL} is not listed")


@check("S57", f"{WHO}: a wrong key is an AuthenticationError")
def _():
    e = fails(
        openai.error.AuthenticationError,
        lambda: openai.ChatCompletion.create(model=MODEL, messages=hello(), api_key=WRONG_KEY, request_timeout=15),
    )
    equal(e.http_status, 401, "status")


@check("S26", f"{WHO}: an unknown model is an InvalidRequestError with a readable text")
def _():
    e = fails(
        openai.error.InvalidRequestError,
        lambda: openai.ChatCompletion.create(model="nobody/no-such-model", messages=hello(), request_timeout=15),
    )
    expect("no-such-model" in str(e), str(e))


@check("S35", f"{WHO}: a management key is a PermissionError")
def _():
    fails(
        openai.error.PermissionError,
        lambda: openai.ChatCompletion.create(model=MODEL, messages=hello(), api_key=MANAGEMENT_KEY, request_timeout=15),
    )


finish()
