// The OpenAI SDK for TypeScript as pages 000, 002 and 003 use it. Argument: the installed name, `openai` or an alias.
import {answerText, assert, base, check, embeddingsModel, fails, finish, generation, host, imagesModel, key, managementKey, model, sampleModel, skip, transcriptionModel, versionOf, wrongKey} from './checks.mjs';

const name = process.argv[2] ?? 'openai';
const who = `openai ${versionOf(name)} (npm)`;
let OpenAI, sdk;
try {
  sdk = await import(name);
  OpenAI = sdk.default;
} catch (e) {
  console.log(`SKIPPED ${who}: does not load on Node ${process.version} (${e.message.split('\n')[0]})`);
  process.exit(0);
}

const client = (apiKey = key) => new OpenAI({baseURL: base, apiKey, maxRetries: 0});
const hello = {model, messages: [{role: 'user', content: 'Hello, one two three!'}]};

await check('S11', `${who}: page 000`, async () => {
  const openai = new OpenAI({
    baseURL: `${host}/v1`,
    apiKey: key,
    maxRetries: 0,
  });
  const completion = await openai.chat.completions.create({
    model: await sampleModel('gpt-4o'),
    messages: [{ role: 'user', content: 'Say this is a test' }],
  });
  answerText(completion);
});

await check('S18', `${who}: page 002, default headers are recorded`, async () => {
  const openai = new OpenAI({
    baseURL: base,
    apiKey: key,
    maxRetries: 0,
    defaultHeaders: {
      'HTTP-Referer': 'https://openai-js.example.com', // Optional. Site URL for rankings.
      'X-Title': 'OpenAI JS Example', // Optional. Site title for rankings.
    },
  });
  const completion = await openai.chat.completions.create({
    model: await sampleModel('openai/gpt-4o'),
    messages: [{ role: 'user', content: 'Say this is a test' }],
  });
  answerText(completion);
  const record = await generation(completion.id);
  assert.match(record.http_referer, /^https:\/\/openai-js\.example\.com/);
  assert.equal(typeof record.app_id, 'number');
});

await check('S22', `${who}: page 003`, async () => {
  const openai = new OpenAI({
    baseURL: base,
    apiKey: key,
    maxRetries: 0,
  });
  const completion = await openai.chat.completions.create({
    model: await sampleModel('openai/gpt-4'),
    messages: [{ role: 'user', content: 'Hello!' }],
  });
  answerText(completion);
});

await check('S25', `${who}: a stream, chunk by chunk`, async () => {
  const stream = await client().chat.completions.create({...hello, stream: true, stream_options: {include_usage: true}});
  const chunks = [];
  for await (const chunk of stream) chunks.push(chunk);
  assert.equal(chunks[0].choices[0].delta.role, 'assistant');
  assert.ok(chunks.filter(c => c.choices[0]?.delta.content).length > 1, 'the text came in one piece');
  assert.equal(chunks.filter(c => c.choices[0]?.finish_reason).length, 1);
  assert.deepEqual(chunks.at(-1).choices, []);
  assert.ok(chunks.at(-1).usage.total_tokens > 0);
});

await check('S25', `${who}: the stream helper collects the same answer`, async () => {
  const runner = client().chat.completions.stream(hello);
  const completion = await runner.finalChatCompletion();
  const whole = await client().chat.completions.create(hello);
  assert.equal(completion.choices[0].finish_reason, 'stop');
  if (model === 'faregate/echo') assert.equal(completion.choices[0].message.content, answerText(whole));
});

await check('-', `${who}: a stream can be left early and the next request works`, async () => {
  const stream = await client().chat.completions.create({...hello, stream: true});
  for await (const _ of stream) break;
  answerText(await client().chat.completions.create(hello));
});

await check('S27', `${who}: models.list`, async () => {
  const ids = [];
  for await (const m of client().models.list()) ids.push(m.id);
  assert.ok(ids.includes(model), `${model} is not in ${ids.length} models`);
});

const said = {model, input: 'Hello, one two three!'};
const weather = {type: 'function', name: 'weather', description: 'The weather of a city', strict: true,
  parameters: {type: 'object', properties: {city: {type: 'string'}}, required: ['city'], additionalProperties: false}};

await check('responses', `${who}: responses.create`, async () => {
  const response = await client().responses.create({...said, instructions: 'Be brief.', store: false, metadata: {a: 'b'}});
  assert.equal(response.object, 'response');
  assert.equal(response.status, 'completed');
  assert.ok(response.output_text.length > 0);
  assert.equal(response.output_text, response.output[0].content[0].text);
  assert.deepEqual(response.metadata, {a: 'b'});
  assert.ok(response.usage.input_tokens > 0 && response.usage.output_tokens > 0);
  assert.equal((await generation(response.id)).id, response.id);
});

await check('responses', `${who}: a stream of events, numbered and in order`, async () => {
  const events = [];
  for await (const event of await client().responses.create({...said, stream: true})) events.push(event);
  assert.deepEqual(events.map(e => e.sequence_number), events.map((_, i) => i));
  assert.deepEqual(events.slice(0, 4).map(e => e.type), ['response.created', 'response.in_progress', 'response.output_item.added', 'response.content_part.added']);
  assert.deepEqual(events.slice(-4).map(e => e.type), ['response.output_text.done', 'response.content_part.done', 'response.output_item.done', 'response.completed']);
  const pieces = events.filter(e => e.type === 'response.output_text.delta').map(e => e.delta);
  assert.ok(pieces.length > 1, 'the text came in one piece');
  assert.equal(events.at(-1).response.output_text, pieces.join(''));
});

await check('responses', `${who}: the stream helper puts it together`, async () => {
  const stream = client().responses.stream({...said});
  let text = '';
  stream.on('response.output_text.delta', event => { text += event.delta; });
  const response = await stream.finalResponse();
  assert.equal(response.status, 'completed');
  assert.equal(response.output_text, text);
});

await check('responses', `${who}: a conversation with reasoning, a call, its output and an image`, async () => {
  const response = await client().responses.create({
    model,
    tools: [weather],
    tool_choice: 'auto',
    parallel_tool_calls: false,
    reasoning: {effort: 'low', summary: 'auto'},
    include: ['reasoning.encrypted_content'],
    text: {format: {type: 'json_schema', name: 'answer', schema: {type: 'object', properties: {}}}},
    input: [
      {role: 'user', content: [{type: 'input_text', text: 'What is this?'}, {type: 'input_image', image_url: 'data:image/png;base64,iVBORw0KGgo=', detail: 'auto'}]},
      {type: 'reasoning', id: 'rs_1', summary: [{type: 'summary_text', text: 'A map.'}], encrypted_content: 'ZGF0YQ'},
      {type: 'function_call', id: 'fc_1', call_id: 'call_1', name: 'weather', arguments: '{"city":"Ulm"}'},
      {type: 'function_call_output', call_id: 'call_1', output: '20 degrees'},
    ],
  });
  assert.equal(response.status, 'completed');
  assert.equal(response.tools[0].name, 'weather');
  assert.equal(response.text.format.type, 'json_schema');
});

await check('responses', `${who}: what refers to something stored is a BadRequestError and is named`, async () => {
  for (const [field, value] of [['previous_response_id', 'resp_1'], ['store', true], ['background', true]]) {
    await fails(() => client().responses.create({...said, [field]: value}), e => {
      assert.ok(e instanceof sdk.BadRequestError, `${e.name} ${e.message}`);
      assert.equal(e.param, field);
    });
  }
});

await check('responses', `${who}: a wrong key is an AuthenticationError`, () =>
  fails(() => client(wrongKey).responses.create(said), e => assert.ok(e instanceof sdk.AuthenticationError, `${e.name} ${e.message}`)));

const vectors = `${who}: embeddings`;
if (!embeddingsModel) skip(vectors, 'FAREGATE_EMBEDDINGS_MODEL names no model');
else {
  // Unless told otherwise the client asks for base64 and decodes it, so the numbers that come out must be the floats.
  await check('-', `${vectors}, base64 decoded by the client as floats are`, async () => {
    const asked = {model: embeddingsModel, input: ['Hello', 'World', 'Hello again']};
    const decoded = await client().embeddings.create(asked);
    const plain = await client().embeddings.create({...asked, encoding_format: 'float'});
    assert.equal(decoded.object, 'list');
    assert.equal(decoded.model, embeddingsModel);
    assert.ok(decoded.usage.prompt_tokens > 0 && decoded.usage.total_tokens >= decoded.usage.prompt_tokens);
    assert.deepEqual(decoded.data.map(d => d.index), [0, 1, 2]);
    for (const [i, {embedding}] of decoded.data.entries()) {
      assert.ok(embedding.length > 1, 'an empty vector');
      assert.deepEqual(Array.from(new Float32Array(embedding)), Array.from(new Float32Array(plain.data[i].embedding)));
    }
  });
  await check('-', `${vectors} of token ids`, async () => {
    const answer = await client().embeddings.create({model: embeddingsModel, input: [[15339], [14957, 13]]});
    assert.equal(answer.data.length, 2);
  });
  await check('-', `${vectors}, a chat model is a BadRequestError`, () =>
    fails(() => client().embeddings.create({model, input: 'Hello'}), e => assert.ok(e instanceof sdk.BadRequestError, `${e.name} ${e.message}`)));
}

const pictures = `${who}: images`;
if (!imagesModel) skip(pictures, 'FAREGATE_IMAGES_MODEL names no model');
else {
  await check('-', `${pictures} in base64, with OpenAI's usage`, async () => {
    const answer = await client().images.generate({model: imagesModel, prompt: 'a red panda', n: 2, size: '1024x1024'});
    assert.equal(answer.data.length, 2);
    for (const image of answer.data) assert.ok(Buffer.from(image.b64_json, 'base64').length > 100, 'a small image');
    assert.equal(answer.usage.total_tokens, answer.usage.input_tokens + answer.usage.output_tokens);
  });
  await check('-', `${pictures}, a stream ends with the image`, async () => {
    const stream = await client().images.generate({model: imagesModel, prompt: 'a red panda', stream: true});
    let last;
    for await (const event of stream) last = event;
    assert.equal(last.type, 'image_generation.completed');
    assert.ok(last.b64_json.length > 100, 'a small image');
  });
  await check('-', `${pictures}, a chat model is a BadRequestError`, () =>
    fails(() => client().images.generate({model, prompt: 'Hello'}), e => assert.ok(e instanceof sdk.BadRequestError, `${e.name} ${e.message}`)));
}

const transcripts = `${who}: transcripts`;
if (!transcriptionModel) skip(transcripts, 'FAREGATE_TRANSCRIPTION_MODEL names no model');
else {
  const file = () => new File([new Uint8Array(2_000).map((_, i) => i)], 'recording.mp3', {type: 'audio/mpeg'});
  await check('-', `${transcripts} of an upload, with OpenAI's usage`, async () => {
    const answer = await client().audio.transcriptions.create({model: transcriptionModel, file: file(), language: 'en'});
    assert.ok(answer.text.length > 0, 'a text');
    assert.ok(['tokens', 'duration'].includes(answer.usage.type), answer.usage.type);
  });
  await check('-', `${transcripts} with timestamps`, async () => {
    const answer = await client().audio.transcriptions.create({
      model: transcriptionModel, file: file(), response_format: 'verbose_json', timestamp_granularities: ['word', 'segment'],
    });
    assert.ok(Number(answer.duration) > 0, 'a duration');
    assert.ok(answer.segments.length > 0 && answer.words.length > 0, 'segments and words');
  });
  await check('-', `${transcripts}, a chat model is a BadRequestError`, () =>
    fails(() => client().audio.transcriptions.create({model, file: file()}), e => assert.ok(e instanceof sdk.BadRequestError, `${e.name} ${e.message}`)));
}

await check('S57', `${who}: a wrong key is an AuthenticationError`, () =>
  fails(() => client(wrongKey).chat.completions.create(hello), e => {
    assert.ok(e instanceof sdk.AuthenticationError, `${e.name} ${e.message}`);
    assert.equal(e.status, 401);
    assert.equal(e.code, 401);
  }));

await check('S26', `${who}: an unknown model is a BadRequestError`, () =>
  fails(() => client().chat.completions.create({...hello, model: 'nobody/no-such-model'}), e => {
    assert.ok(e instanceof sdk.BadRequestError, `${e.name} ${e.message}`);
    assert.match(e.message, /no-such-model/);
  }));

await check('S26', `${who}: an unknown model is refused before a stream starts`, () =>
  fails(() => client().chat.completions.create({...hello, model: 'nobody/no-such-model', stream: true}), e =>
    assert.ok(e instanceof sdk.BadRequestError, `${e.name} ${e.message}`)));

await check('S35', `${who}: a management key is a PermissionDeniedError`, () =>
  fails(() => client(managementKey).chat.completions.create(hello), e =>
    assert.ok(e instanceof sdk.PermissionDeniedError, `${e.name} ${e.message}`)));

finish();
