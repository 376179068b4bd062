// OpenRouter's own TypeScript SDK: page 003's sample, and every management call that the SDK validates field by field.
// Argument: the installed name. Up to 0.5.1 a chat request is flat; since 0.8 it is wrapped in `chatRequest`.
import {assert, base, check, fails, finish, generation, key, managementKey, model, sampleModel, skip, transcriptionModel, versionOf, wrongKey} from './checks.mjs';

const name = process.argv[2] ?? '@openrouter/sdk';
const version = versionOf(name);
const flat = version.startsWith('0.');
const who = `@openrouter/sdk ${version}`;
process.env.OPENROUTER_BASE_URL = base; // read when a client is made without serverURL
const {OpenRouter} = await import(name);
const errors = await import(`${name}/models/errors`);

// The SDK repeats every 5xx for up to an hour unless told otherwise.
const client = (apiKey = key) => new OpenRouter({apiKey, serverURL: base, retryConfig: {strategy: 'none'}});
const shape = request => flat ? request : {chatRequest: request};
const body = request => flat ? request : {requestBody: request};
const hello = {model, messages: [{role: 'user', content: 'Hello, one two three!'}]};

await check('S23', `${who}: page 003, chat.send ${flat ? 'flat' : 'wrapped'}`, async () => {
  const openRouter = client();
  const completion = await openRouter.chat.send(shape({
    model: await sampleModel('openai/gpt-4'),
    messages: [{ role: 'user', content: 'Hello!' }],
  }));
  assert.equal(completion.choices[0].message.role, 'assistant');
  assert.ok(completion.choices[0].message.content.length > 0);
  assert.ok(completion.usage.totalTokens > 0);
});

await check('S23', `${who}: OPENROUTER_BASE_URL or serverURL, and attribution`, async () => {
  const completion = flat
    ? await client().chat.send(hello, {headers: {'HTTP-Referer': 'https://sdk.example.com', 'X-Title': 'SDK Example'}})
    : await new OpenRouter({apiKey: key, httpReferer: 'https://sdk.example.com', appTitle: 'SDK Example',
      retryConfig: {strategy: 'none'}}).chat.send({chatRequest: hello});
  const record = await generation(completion.id);
  assert.match(record.http_referer, /^https:\/\/sdk\.example\.com/);
});

await check('S23 S25', `${who}: a stream, chunk by chunk`, async () => {
  const stream = await client().chat.send(shape({...hello, stream: true}));
  const chunks = [];
  for await (const chunk of stream) chunks.push(chunk);
  assert.ok(chunks.filter(c => c.choices[0]?.delta.content).length > 1, 'the text came in one piece');
  assert.equal(chunks.filter(c => c.choices[0]?.finishReason === 'stop').length, 1);
  assert.equal(chunks.filter(c => c.usage).length, 1);
  assert.ok(chunks.at(-1).usage.totalTokens > 0);
});

await check('S27', `${who}: models.list`, async () => {
  const got = await client().models.list();
  const data = got.data ?? got.result.data;
  assert.ok(data.some(m => m.id === model), `${model} is not listed`);
});

await check('S40 S46', `${who}: apiKeys.getCurrentKeyMetadata`, async () => {
  const {data} = await client().apiKeys.getCurrentKeyMetadata();
  assert.equal(typeof data.usage, 'number');
  assert.equal(data.isProvisioningKey ?? false, false);
});

await check('S41 S42 S43 S44', `${who}: apiKeys create, list, get, update, delete`, async () => {
  const {apiKeys} = client(managementKey);
  const expiresAt = new Date(Date.now() + 86_400_000);
  const made = await apiKeys.create(body({name: 'SDK Key', limit: 12.5, limitReset: 'monthly', includeByokInLimit: true, expiresAt}));
  const {hash} = made.data;
  assert.match(made.key, /^sk-/);
  assert.deepEqual([made.data.name, made.data.limit, made.data.limitRemaining, made.data.limitReset, made.data.includeByokInLimit],
    ['SDK Key', 12.5, 12.5, 'monthly', true]);
  assert.ok(Math.abs(made.data.expiresAt.getTime() - expiresAt.getTime()) < 1000, 'expires_at came back changed');
  assert.ok((await client(made.key).chat.send(shape(hello))).choices[0].message.content);
  assert.ok((await apiKeys.list({})).data.some(k => k.hash === hash));
  assert.equal((await apiKeys.get({hash})).data.name, 'SDK Key');
  const changed = await apiKeys.update({hash, requestBody: {name: 'SDK Key 2', disabled: true, limit: null}});
  assert.deepEqual([changed.data.name, changed.data.disabled, changed.data.limit, changed.data.limitRemaining], ['SDK Key 2', true, null, null]);
  assert.ok((await apiKeys.list({includeDisabled: flat ? 'true' : true})).data.some(k => k.hash === hash));
  assert.equal((await apiKeys.delete({hash})).deleted, true);
  await fails(() => apiKeys.get({hash}), e => assert.ok(e instanceof errors.NotFoundResponseError, `${e.name} ${e.message}`));
});

await check('S72', `${who}: credits.getCredits`, async () => {
  const {data} = await client(managementKey).credits.getCredits();
  assert.equal(typeof data.totalCredits, 'number');
  assert.equal(typeof data.totalUsage, 'number');
});

await check('S1', `${who}: generations.getGeneration`, async () => {
  const completion = await client().chat.send(shape(hello));
  await generation(completion.id);
  const {data} = await client().generations.getGeneration({id: completion.id});
  assert.equal(data.id, completion.id);
  assert.equal(data.model, completion.model);
  assert.equal(data.tokensCompletion > 0, true);
  await fails(() => client().generations.getGeneration({id: 'gen-nobody'}), e =>
    assert.ok(e instanceof errors.NotFoundResponseError, `${e.name} ${e.message}`));
});

const upload = `${who}: stt.createTranscriptionMultipart`;
if (flat || !transcriptionModel) skip(upload, flat ? 'this version has none' : 'FAREGATE_TRANSCRIPTION_MODEL names no model');
else await check('-', `${upload}, with timestamps`, async () => {
  const answer = await client().stt.createTranscriptionMultipart({requestBody: {
    model: transcriptionModel, responseFormat: 'verbose_json', timestampGranularities: ['word', 'segment'],
    file: {fileName: 'recording.mp3', content: new Uint8Array(2_000).fill(255)},
  }});
  assert.ok(answer.text.length > 0, 'a text');
  assert.ok(answer.segments.length > 0 && answer.words.length > 0, 'segments and words');
  assert.ok(answer.usage.cost >= 0, 'a cost');
});

await check('S57', `${who}: a wrong key is an UnauthorizedResponseError`, async () => {
  // 0.5.1 has one ChatError for all failures of a chat; the key call is typed in both.
  await fails(() => client(wrongKey).chat.send(shape(hello)), e => {
    assert.equal(e.statusCode, 401, `${e.name} ${e.message}`);
    if (!flat) assert.ok(e instanceof errors.UnauthorizedResponseError, `${e.name} ${e.message}`);
  });
  await fails(() => client(wrongKey).apiKeys.getCurrentKeyMetadata(), e =>
    assert.ok(e instanceof errors.UnauthorizedResponseError, `${e.name} ${e.message}`));
});

await check('S26', `${who}: an unknown model is a typed 400`, () =>
  fails(() => client().chat.send(shape({...hello, model: 'nobody/no-such-model'})), e => {
    assert.equal(e.statusCode, 400, `${e.name} ${e.message}`);
    if (!flat) assert.ok(e instanceof errors.BadRequestResponseError, `${e.name} ${e.message}`);
  }));

await check('S35', `${who}: a management key on chat and an inference key on keys are 403`, async () => {
  await fails(() => client(managementKey).chat.send(shape(hello)), e => assert.equal(e.statusCode, 403, `${e.name} ${e.message}`));
  await fails(() => client().apiKeys.list({}), e => assert.equal(e.statusCode, 403, `${e.name} ${e.message}`));
  await fails(() => client().credits.getCredits(), e => assert.equal(e.statusCode, 403, `${e.name} ${e.message}`));
});

finish();
