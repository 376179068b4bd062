"""The OpenAI SDK for Python, 1.0 and later: pages 001 and 003, and the notebook that page 002 links to for streaming."""

import base64
import struct
import time

import openai
from openai import OpenAI

from checks import BASE, ECHO, EMBEDDINGS_MODEL, IMAGES_MODEL, KEY, MANAGEMENT_KEY, MODEL, TRANSCRIPTION_MODEL, WRONG_KEY, check, equal, expect, fails, finish, hello, sample_model, skip

WHO = f"openai {openai.__version__} (PyPI)"


def client_of(key):
    return OpenAI(base_url=BASE, api_key=key, max_retries=0, timeout=15)


@check("S15", f"{WHO}: page 001, system and user")
def _():
    client = OpenAI(
        base_url=BASE,
        api_key=KEY,
        max_retries=0,
    )
    response = client.chat.completions.create(
        model=sample_model("openai/gpt-4o"),
        messages=[
            {"role": "system", "content": "You are a data analysis assistant."},
            {"role": "user", "content": "Summarize the key metrics from this dataset."},
        ],
    )
    reply = response.choices[0].message
    equal(reply.role, "assistant", "role")
    expect(reply.content, "empty content")


@check("S22", f"{WHO}: page 003")
def _():
    client = OpenAI(
        base_url=BASE,
        api_key=KEY,
        max_retries=0,
    )
    response = client.chat.completions.create(
        model=sample_model("openai/gpt-4"),
        messages=[
            {"role": "user", "content": "Hello!"},
        ],
    )
    expect(response.choices[0].message.content, "empty content")
    expect(response.usage.total_tokens > 0, "no usage")


# The four steps of "How to stream completions" in OpenAI's cookbook; the loops are the notebook's.
client = client_of(KEY)


@check("S25", f"{WHO}: notebook 1, a typical answer")
def _():
    response = client.chat.completions.create(
        model=sample_model("openai/gpt-4o"),
        messages=[
            {"role": "user", "content": "Count to 100, with a comma between each number and no newlines. E.g., 1, 2, 3, ..."}
        ],
        temperature=0,
    )
    expect(response.choices[0].message.content, "empty content")


@check("S25", f"{WHO}: notebook 2, every chunk of a plain stream has choices[0]")
def _():
    response = client.chat.completions.create(
        model=sample_model("openai/gpt-4o"),
        messages=[{"role": "user", "content": "What's 1+1? Answer in one word."}],
        temperature=0,
        stream=True,
    )
    chunks = []
    for chunk in response:
        chunks.append(chunk)
        chunk.choices[0].delta.content
    equal(chunks[0].choices[0].delta.role, "assistant", "role of the first delta")
    expect(any(c.choices[0].finish_reason == "stop" for c in chunks), "no finish_reason stop")
    equal({c.object for c in chunks}, {"chat.completion.chunk"}, "object")


@check("S25", f"{WHO}: notebook 3, collecting a stream")
def _():
    start_time = time.time()
    response = client.chat.completions.create(
        model=MODEL,
        messages=hello(),
        temperature=0,
        stream=True,
    )
    collected_chunks = []
    collected_messages = []
    for chunk in response:
        chunk_time = time.time() - start_time
        collected_chunks.append(chunk)
        chunk_message = chunk.choices[0].delta.content
        collected_messages.append(chunk_message)
    collected_messages = [m for m in collected_messages if m is not None]
    full_reply_content = "".join(collected_messages)
    expect(chunk_time > 0 and len([m for m in collected_messages if m]) > 1, "the text came in one piece")
    if ECHO:
        whole = client.chat.completions.create(model=MODEL, messages=hello(), temperature=0)
        equal(full_reply_content, whole.choices[0].message.content, "streamed text")


@check("S25", f"{WHO}: notebook 4, stream_options.include_usage")
def _():
    response = client.chat.completions.create(
        model=MODEL,
        messages=hello(),
        temperature=0,
        stream=True,
        stream_options={"include_usage": True},
    )
    seen = [(chunk.choices, chunk.usage) for chunk in response]
    equal(seen[-1][0], [], "choices of the last chunk")
    expect(seen[-1][1].total_tokens > 0, "no usage in the last chunk")
    expect(all(choices and usage is None for choices, usage in seen[:-1]), "usage before the last chunk, or a chunk without choices")


@check("S27", f"{WHO}: models.list")
def _():
    expect(MODEL in [m.id for m in client.models.list()], f"{MODEL} is not listed")


SAID = {"model": MODEL, "input": "Hello, one two three!"}


@check("responses", f"{WHO}: responses.create")
def _():
    response = client.responses.create(instructions="Be brief.", store=False, **SAID)
    equal(response.status, "completed", "status")
    expect(response.output_text, "no text")
    equal(response.output[0].content[0].text, response.output_text, "text")
    expect(response.usage.total_tokens > 0, "no usage")


@check("responses", f"{WHO}: a stream of events, numbered and in order")
def _():
    events = list(client.responses.create(stream=True, **SAID))
    equal([e.sequence_number for e in events], list(range(len(events))), "sequence numbers")
    equal([e.type for e in events[:2]], ["response.created", "response.in_progress"], "the first events")
    equal(events[-1].type, "response.completed", "the last event")
    pieces = [e.delta for e in events if e.type == "response.output_text.delta"]
    expect(len(pieces) > 1, "the text came in one piece")
    equal("".join(pieces), events[-1].response.output_text, "text")


@check("responses", f"{WHO}: the stream helper puts it together")
def _():
    with client.responses.stream(**SAID) as stream:
        text = "".join(e.delta for e in stream if e.type == "response.output_text.delta")
        response = stream.get_final_response()
    equal(response.output_text, text, "text")
    equal(response.status, "completed", "status")


@check("responses", f"{WHO}: a conversation with reasoning, a call and its output")
def _():
    weather = {
        "type": "function",
        "name": "weather",
        "strict": True,
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"], "additionalProperties": False},
    }
    first = client.responses.create(tools=[weather], **SAID)
    response = client.responses.create(
        model=MODEL,
        tools=[weather],
        tool_choice={"type": "function", "name": "weather"},
        input=[
            {"role": "user", "content": "How is the weather?"},
            *first.output,
            {"type": "reasoning", "id": "rs_1", "summary": [], "encrypted_content": "ZGF0YQ"},
            {"type": "function_call", "call_id": "call_1", "name": "weather", "arguments": "{}"},
            {"type": "function_call_output", "call_id": "call_1", "output": "Sunny"},
        ],
    )
    equal(response.tools[0].name, "weather", "the tool")


@check("responses", f"{WHO}: what refers to something stored is a BadRequestError and is named")
def _():
    e = fails(openai.BadRequestError, lambda: client.responses.create(previous_response_id="resp_1", **SAID))
    equal(e.param, "previous_response_id", "param")


@check("responses", f"{WHO}: a wrong key is an AuthenticationError")
def _():
    fails(openai.AuthenticationError, lambda: client_of(WRONG_KEY).responses.create(**SAID))


VECTORS = f"{WHO}: embeddings"
if not EMBEDDINGS_MODEL:
    skip(VECTORS, "FAREGATE_EMBEDDINGS_MODEL names no model")
else:
    # Unless told otherwise the client asks for base64 and decodes it, so the numbers that come out must be the floats.
    @check("-", f"{VECTORS}, base64 decoded by the client as floats are")
    def _():
        asked = {"model": EMBEDDINGS_MODEL, "input": ["Hello", "World", "Hello again"]}
        decoded = client.embeddings.create(**asked)
        plain = client.embeddings.create(**asked, encoding_format="float")
        equal(decoded.object, "list", "object")
        equal(decoded.model, EMBEDDINGS_MODEL, "model")
        expect(decoded.usage.total_tokens >= decoded.usage.prompt_tokens > 0, "no usage")
        equal([d.index for d in decoded.data], [0, 1, 2], "indexes")
        for one, other in zip(decoded.data, plain.data):
            expect(len(one.embedding) > 1, "an empty vector")
            equal([struct.pack("<f", n) for n in one.embedding], [struct.pack("<f", n) for n in other.embedding], "the numbers")

    @check("-", f"{VECTORS} of token ids")
    def _():
        equal(len(client.embeddings.create(model=EMBEDDINGS_MODEL, input=[[15339], [14957, 13]]).data), 2, "vectors")

    @check("-", f"{VECTORS}, a chat model is a BadRequestError")
    def _():
        fails(openai.BadRequestError, lambda: client.embeddings.create(model=MODEL, input="Hello"))


PICTURES = f"{WHO}: images"
if not IMAGES_MODEL:
    skip(PICTURES, "FAREGATE_IMAGES_MODEL names no model")
else:
    @check("-", f"{PICTURES} in base64, with OpenAI's usage")
    def _():
        answer = client.images.generate(model=IMAGES_MODEL, prompt="a red panda", n=2, size="1024x1024")
        equal(len(answer.data), 2, "images")
        for image in answer.data:
            expect(len(base64.b64decode(image.b64_json)) > 100, "a small image")
        equal(answer.usage.total_tokens, answer.usage.input_tokens + answer.usage.output_tokens, "tokens")

    @check("-", f"{PICTURES}, a stream ends with the image")
    def _():
        events = list(client.images.generate(model=IMAGES_MODEL, prompt="a red panda", stream=True))
        equal(events[-1].type, "image_generation.completed", "type")
        expect(len(events[-1].b64_json) > 100, "a small image")

    @check("-", f"{PICTURES}, a chat model is a BadRequestError")
    def _():
        fails(openai.BadRequestError, lambda: client.images.generate(model=MODEL, prompt="Hello"))


TRANSCRIPTS = f"{WHO}: transcripts"
if not TRANSCRIPTION_MODEL:
    skip(TRANSCRIPTS, "FAREGATE_TRANSCRIPTION_MODEL names no model")
else:
    RECORDING = ("recording.mp3", bytes(range(256)) * 8)

    @check("-", f"{TRANSCRIPTS} of an upload, with OpenAI's usage")
    def _():
        answer = client.audio.transcriptions.create(model=TRANSCRIPTION_MODEL, file=RECORDING, language="en")
        expect(answer.text, "a text")
        expect(answer.usage.type in ("tokens", "duration"), answer.usage.type)

    @check("-", f"{TRANSCRIPTS} with timestamps")
    def _():
        answer = client.audio.transcriptions.create(
            model=TRANSCRIPTION_MODEL, file=RECORDING, response_format="verbose_json", timestamp_granularities=["word", "segment"]
        )
        expect(answer.duration > 0, "a duration")
        expect(answer.segments and answer.words, "segments and words")

    @check("-", f"{TRANSCRIPTS}, a chat model is a BadRequestError")
    def _():
        fails(openai.BadRequestError, lambda: client.audio.transcriptions.create(model=MODEL, file=RECORDING))


@check("S57", f"{WHO}: a wrong key is an AuthenticationError")
def _():
    e = fails(openai.AuthenticationError, lambda: client_of(WRONG_KEY).chat.completions.create(model=MODEL, messages=hello()))
    equal((e.status_code, str(e.code)), (401, "401"), "status and code")


@check("S26", f"{WHO}: an unknown model is a BadRequestError, streamed or not")
def _():
    for stream in (False, True):
        e = fails(
            openai.BadRequestError,
            lambda: client.chat.completions.create(model="nobody/no-such-model", messages=hello(), stream=stream),
        )
        expect("no-such-model" in e.message, e.message)


@check("S35", f"{WHO}: a management key is a PermissionDeniedError")
def _():
    fails(openai.PermissionDeniedError, lambda: client_of(MANAGEMENT_KEY).chat.completions.create(model=MODEL, messages=hello()))


finish()
