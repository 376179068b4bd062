"""Anthropic's own SDK for Python with another base URL."""

import anthropic
from anthropic import Anthropic

from checks import HOST, KEY, MODEL, WRONG_KEY, check, equal, expect, fails, finish

WHO = f"anthropic {anthropic.__version__} (PyPI)"
HELLO = {"model": MODEL, "max_tokens": 100, "messages": [{"role": "user", "content": "Hello, one two three!"}]}


def client_of(key):
    return Anthropic(base_url=f"{HOST}/api", api_key=key, max_retries=0, timeout=15)


@check("messages", f"{WHO}: a message")
def _():
    message = client_of(KEY).messages.create(system="Be brief.", **HELLO)
    equal(message.type, "message", "type")
    expect("Hello" in message.content[0].text, "no text")
    equal(message.stop_reason, "end_turn", "stop_reason")
    expect(message.usage.input_tokens > 0 and message.usage.output_tokens > 0, "no usage")


@check("messages", f"{WHO}: a stream, put together by the SDK")
def _():
    with client_of(KEY).messages.stream(**HELLO) as stream:
        text = "".join(stream.text_stream)
        message = stream.get_final_message()
    equal(message.content[0].text, text, "text")
    equal(message.stop_reason, "end_turn", "stop_reason")
    expect(message.usage.output_tokens > 0, "no usage")


@check("messages", f"{WHO}: tools and their results")
def _():
    message = client_of(KEY).messages.create(
        model=MODEL,
        max_tokens=100,
        tools=[{"name": "weather", "input_schema": {"type": "object"}}],
        messages=[
            {"role": "user", "content": "How is the weather?"},
            {"role": "assistant", "content": [{"type": "tool_use", "id": "toolu_1", "name": "weather", "input": {}}]},
            {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "toolu_1", "content": "Sunny"}]},
        ],
    )
    equal(message.type, "message", "type")


@check("messages", f"{WHO}: how long a prompt is")
def _():
    tools = [{"name": "weather", "input_schema": {"type": "object"}}]
    count = client_of(KEY).messages.count_tokens(model=MODEL, messages=HELLO["messages"], tools=tools)
    expect(count.input_tokens > 0, "no tokens")


@check("messages", f"{WHO}: a wrong key is its AuthenticationError")
def _():
    e = fails(anthropic.AuthenticationError, lambda: client_of(WRONG_KEY).messages.create(**HELLO))
    equal(e.body["error"]["type"], "authentication_error", "type")


finish()
