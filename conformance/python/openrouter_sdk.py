"""OpenRouter's own Python SDK: page 003's `from openrouter import OpenRouter`, and every management call.

The SDK validates each answer; a missing field raises ResponseValidationError."""

import datetime
from importlib.metadata import version

from openrouter import OpenRouter, errors

from checks import BASE, ECHO, KEY, MANAGEMENT_KEY, MODEL, WRONG_KEY, check, equal, expect, fails, finish, generation, hello, sample_model

WHO = f"openrouter {version('openrouter')} (PyPI)"


def client_of(key=KEY, **more):
    # retry_config=None: otherwise every 5xx is repeated for up to an hour.
    return OpenRouter(api_key=key, server_url=BASE, retry_config=None, timeout_ms=15_000, **more)


@check("S24", f"{WHO}: page 003, construct and chat")
def _():
    client = client_of()
    answer = client.chat.send(model=sample_model("openai/gpt-4"), messages=[{"role": "user", "content": "Hello!"}])
    equal(answer.choices[0].message.role, "assistant", "role")
    expect(answer.choices[0].message.content, "empty content")
    expect(answer.usage.total_tokens > 0, "no usage")


@check("S24", f"{WHO}: attribution is recorded")
def _():
    with client_of(http_referer="https://sdk-py.example.com", x_open_router_title="SDK Python Example") as client:
        answer = client.chat.send(model=MODEL, messages=hello())
    record = generation(answer.id)
    expect((record["http_referer"] or "").startswith("https://sdk-py.example.com"), f"http_referer {record['http_referer']!r}")


@check("S24 S25", f"{WHO}: a stream, chunk by chunk")
def _():
    with client_of().chat.send(model=MODEL, messages=hello(), stream=True) as stream:
        chunks = list(stream)
    texts = [c.choices[0].delta.content for c in chunks if c.choices and c.choices[0].delta.content]
    expect(len(texts) > 1, "the text came in one piece")
    equal(sum(1 for c in chunks if c.choices and c.choices[0].finish_reason == "stop"), 1, "chunks with finish_reason stop")
    equal(sum(1 for c in chunks if c.usage), 1, "chunks with usage")
    if ECHO:
        whole = client_of().chat.send(model=MODEL, messages=hello())
        equal("".join(texts), whole.choices[0].message.content, "streamed text")


@check("S27", f"{WHO}: models.list")
def _():
    answer = client_of().models.list()
    expect(any(m.id == MODEL for m in answer.result.data), f"{MODEL} is not listed")


@check("S40 S46", f"{WHO}: api_keys.get_current_key_metadata")
def _():
    data = client_of().api_keys.get_current_key_metadata().data
    expect(data.usage_daily <= data.usage_monthly <= data.usage, "windows exceed the total")
    equal(data.is_management_key, False, "is_management_key")


@check("S41 S42 S43 S44", f"{WHO}: api_keys create, list, get, update, delete")
def _():
    api_keys = client_of(MANAGEMENT_KEY).api_keys
    expires = datetime.datetime.now(datetime.timezone.utc).replace(microsecond=0) + datetime.timedelta(days=1)
    made = api_keys.create(name="SDK Key", limit=12.5, limit_reset="weekly", include_byok_in_limit=True, expires_at=expires)
    equal(made.key[:3], "sk-", "prefix")
    data = made.data
    equal((data.name, data.limit, data.limit_remaining, data.limit_reset), ("SDK Key", 12.5, 12.5, "weekly"), "record")
    equal((data.include_byok_in_limit, data.expires_at), (True, expires), "include_byok_in_limit, expires_at")
    expect(client_of(made.key).chat.send(model=MODEL, messages=hello()).choices[0].message.content, "empty content")
    expect(any(k.hash == data.hash for k in api_keys.list().data), "not in the list")
    equal(api_keys.get(hash=data.hash).data.name, "SDK Key", "name")
    changed = api_keys.update(hash=data.hash, name="SDK Key 2", disabled=True, limit=None).data
    equal((changed.name, changed.disabled, changed.limit, changed.limit_remaining), ("SDK Key 2", True, None, None), "changed")
    expect(any(k.hash == data.hash for k in api_keys.list(include_disabled=True).data), "not among the disabled")
    api_keys.delete(hash=data.hash)  # this SDK models the answer as an empty object
    fails(errors.NotFoundResponseError, lambda: api_keys.get(hash=data.hash))


@check("S72", f"{WHO}: credits.get_credits")
def _():
    data = client_of(MANAGEMENT_KEY).credits.get_credits().data
    expect(data.total_usage >= 0 and data.total_credits >= 0, "negative sums")


@check("S1", f"{WHO}: generations.get_generation")
def _():
    answer = client_of().chat.send(model=MODEL, messages=hello())
    generation(answer.id)
    data = client_of().generations.get_generation(id=answer.id).data
    equal((data.id, data.model), (answer.id, answer.model), "id and model")
    fails(errors.NotFoundResponseError, lambda: client_of().generations.get_generation(id="gen-nobody"))


@check("S57", f"{WHO}: a wrong key is an UnauthorizedResponseError")
def _():
    e = fails(errors.UnauthorizedResponseError, lambda: client_of(WRONG_KEY).chat.send(model=MODEL, messages=hello()))
    equal(e.status_code, 401, "status")
    fails(errors.UnauthorizedResponseError, lambda: client_of(WRONG_KEY).api_keys.get_current_key_metadata())


@check("S26", f"{WHO}: an unknown model is a BadRequestResponseError")
def _():
    e = fails(errors.BadRequestResponseError, lambda: client_of().chat.send(model="nobody/no-such-model", messages=hello()))
    expect("no-such-model" in str(e), str(e))


@check("S35", f"{WHO}: a management key on chat and an inference key on keys are 403")
def _():
    calls = (
        lambda: client_of(MANAGEMENT_KEY).chat.send(model=MODEL, messages=hello()),
        lambda: client_of().api_keys.list(),
        lambda: client_of().credits.get_credits(),
    )
    for call in calls:
        equal(fails(Exception, call).status_code, 403, "status")


finish()
