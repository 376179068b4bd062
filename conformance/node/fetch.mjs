// TypeScript `fetch` as pages 000, 002 and 003 print it, and the wire facts that no SDK shows.
import {answerText, assert, base, bearer, check, finish, generation, host, json, key, lines, managementKey, model, pricedModel, sampleModel, wrongKey} from './checks.mjs';

const ask = (body, k = key, url = `${base}/chat/completions`, headers = {}) =>
  fetch(url, {method: 'POST', headers: {...json(k), ...headers}, body: JSON.stringify(body)});
const hello = {model, messages: [{role: 'user', content: 'Hello, one two three!'}]};
const get = (path, k = key) => fetch(`${base}${path}`, {headers: k ? bearer(k) : {}});
const send = (method, path, body, k = managementKey) =>
  fetch(`${base}${path}`, {method, headers: json(k), body: body && JSON.stringify(body)});

async function ok(reply, status = 200) {
  const text = await reply.text();
  assert.equal(reply.status, status, `${reply.status} ${text}`);
  assert.match(reply.headers.get('content-type') ?? '', /^application\/json/);
  return JSON.parse(text);
}

/** An error in the envelope of contract 1.1: a number in `code`, words in `message`, never a string `error`. */
async function refused(reply, status, words = /./) {
  const body = await ok(reply, status);
  assert.equal(typeof body.error, 'object');
  assert.equal(body.error.code, status);
  assert.match(body.error.message, words);
  return body.error;
}

// The samples, as printed; only host, key and (where the server lacks it) model differ.

await check('S10 S14 S26', 'fetch, page 000: /v1, a bare model id', async () => {
  const reply = await fetch(`${host}/v1/chat/completions`, {
    method: 'POST',
    headers: {
      Authorization: `Bearer ${key}`,
      'Content-Type': 'application/json'
    },
    body: JSON.stringify({
      model: await sampleModel('gpt-4o'),
      messages: [
        {
          role: 'user',
          content: 'What is the meaning of life?',
        },
      ],
    }),
  });
  answerText(await ok(reply));
});

await check('S17', 'fetch, page 002: HTTP-Referer and X-Title are recorded', async () => {
  const reply = await fetch(`${base}/chat/completions`, {
    method: 'POST',
    headers: {
      Authorization: `Bearer ${key}`,
      'HTTP-Referer': 'https://fetch.example.com/', // Optional. Site URL for rankings.
      'X-Title': 'Fetch Example', // Optional. Site title for rankings.
      'Content-Type': 'application/json',
    },
    body: JSON.stringify({
      model: await sampleModel('openai/gpt-4o'),
      messages: [
        {
          role: 'user',
          content: 'What is the meaning of life?',
        },
      ],
    }),
  });
  const result = await ok(reply);
  answerText(result);
  const record = await generation(result.id);
  assert.match(record.http_referer, /^https:\/\/fetch\.example\.com/);
  assert.equal(typeof record.app_id, 'number');
});

await check('S73', 'fetch: bad attribution headers never fail a request', async () => {
  answerText(await ok(await ask(hello, key, undefined, {'HTTP-Referer': 'not a url', 'X-Title': 'x'.repeat(300)})));
});

await check('S22', 'fetch, page 003: raw fetch', async () => {
  const response = await fetch(`${base}/chat/completions`, {
    method: 'POST',
    headers: {
      Authorization: `Bearer ${key}`,
      'Content-Type': 'application/json',
    },
    body: JSON.stringify({
      model: await sampleModel('openai/gpt-4'),
      messages: [{ role: 'user', content: 'Hello!' }],
    }),
  });
  answerText(await ok(response));
});

// Addresses and names.

for (const [url, what] of [[`${host}/api/v1/chat/completions`, '/api/v1'], [`${host}/v1//chat/completions`, 'a double slash'],
  [`${host}/v1/chat/completions/`, 'a trailing slash']]) {
  await check('S14', `fetch: ${what} reaches chat completions`, async () => answerText(await ok(await ask(hello, key, url))));
}

await check('S26', 'fetch: a bare and a prefixed id name one model', async () => {
  const prefixed = await ok(await ask(hello));
  const bare = await ok(await ask({...hello, model: model.slice(model.indexOf('/') + 1)}));
  assert.equal(bare.model, prefixed.model);
});

await check('S26', 'fetch: an unknown model is a 400 that names it', async () => {
  await refused(await ask({...hello, model: 'nobody/no-such-model'}), 400, /nobody\/no-such-model.*valid model/i);
});

// Keys in headers.

await check('S2', 'fetch: the scheme is case-insensitive', async () => {
  answerText(await ok(await fetch(`${base}/chat/completions`, {
    method: 'POST', headers: {Authorization: `bearer ${key}`, 'Content-Type': 'application/json'}, body: JSON.stringify(hello)})));
});

await check('S2 S29', 'fetch: no key, a wrong key, a key in the query: 401 with WWW-Authenticate', async () => {
  const body = {method: 'POST', headers: {'Content-Type': 'application/json'}, body: JSON.stringify(hello)};
  for (const reply of [
    await fetch(`${base}/chat/completions`, body),
    await fetch(`${base}/chat/completions?api_key=${key}&key=${key}`, body),
    await ask(hello, wrongKey),
    await ask(hello, `${key.slice(0, -1)}${key.endsWith('x') ? 'y' : 'x'}`),
  ]) {
    assert.match(reply.headers.get('www-authenticate') ?? '(no WWW-Authenticate)', /^Bearer/);
    await refused(reply, 401);
  }
});

await check('S35', 'fetch: a management key on inference is a 403', async () => {
  await refused(await ask(hello, managementKey), 403);
});

await check('S35', 'fetch: an inference key on /keys and /credits is a 403', async () => {
  await refused(await get('/keys'), 403);
  await refused(await send('POST', '/keys', {name: 'never'}, key), 403);
  await refused(await get('/credits'), 403);
});

await check('-', 'fetch: a body that is not JSON, and one without messages, are 400', async () => {
  await refused(await fetch(`${base}/chat/completions`, {method: 'POST', headers: json(key), body: '{"model":'}), 400);
  await refused(await ask({model}), 400);
});

// Answers.

await check('-', 'fetch: a whole answer has what SDKs insist on', async () => {
  const reply = await ask(hello);
  const id = reply.headers.get('x-generation-id');
  const result = await ok(reply);
  answerText(result);
  assert.equal(result.id, id);
  assert.match(id, /^gen-/);
  assert.ok('system_fingerprint' in result, 'system_fingerprint must be there, null will do');
  assert.equal(typeof result.provider, 'string');
  assert.equal(result.choices[0].finish_reason, 'stop');
  const {prompt_tokens, completion_tokens, total_tokens, cost} = result.usage;
  assert.equal(total_tokens, prompt_tokens + completion_tokens);
  assert.equal(typeof cost, 'number');
  for (const never of ['tool_calls', 'images', 'audio', 'reasoning_details'])
    assert.notEqual(result.choices[0].message[never], null, `${never} must be omitted, not null`);
});

await check('S25', 'fetch: a stream on the wire', async () => {
  const reply = await ask({...hello, stream: true});
  assert.equal(reply.status, 200);
  assert.match(reply.headers.get('content-type'), /^text\/event-stream/);
  const all = lines(await reply.text());
  const data = all.filter(l => !l.startsWith(':'));
  assert.ok(data.every(l => l.startsWith('data: ')), `a line that is neither comment nor data: ${data.find(l => !l.startsWith('data: '))}`);
  assert.equal(data.at(-1), 'data: [DONE]');
  const chunks = data.slice(0, -1).map(l => JSON.parse(l.slice(6)));
  for (const c of chunks) {
    assert.equal(c.object, 'chat.completion.chunk');
    assert.equal(c.id, reply.headers.get('x-generation-id'));
    // Legacy clients test for the key, strict ones reject the null (mission finding 2, contract section 4).
    for (const never of ['error', 'system_fingerprint', 'usage'])
      assert.ok(!(never in c) || c[never] !== null, `"${never}": null in a chunk`);
    for (const choice of c.choices) for (const never of ['role', 'tool_calls'])
      assert.notEqual(choice.delta[never], null, `delta.${never} must be omitted, not null`);
  }
  assert.equal(chunks[0].choices[0].delta.role, 'assistant');
  assert.ok(chunks.filter(c => c.choices[0]?.delta.content).length > 1, 'the text came in one piece');
  assert.equal(chunks.filter(c => c.choices[0]?.finish_reason === 'stop').length, 1);
  assert.equal(chunks.filter(c => c.usage).length, 1);
  assert.ok(chunks.at(-1).usage.total_tokens > 0, 'usage comes last, right before [DONE]');
  const whole = answerText(await ok(await ask(hello)));
  if (model === 'faregate/echo') assert.equal(chunks.map(c => c.choices[0]?.delta.content ?? '').join(''), whole);
});

// Page 003: the calling key, the list of keys, creating and deleting.

await check('S40 S45 S46 S47', 'fetch: GET /key', async () => {
  const {data} = await ok(await get('/key'));
  for (const n of ['usage', 'usage_daily', 'usage_weekly', 'usage_monthly', 'byok_usage', 'byok_usage_daily', 'byok_usage_weekly', 'byok_usage_monthly'])
    assert.equal(typeof data[n], 'number', n);
  for (const n of ['limit', 'limit_remaining']) assert.ok(data[n] === null || typeof data[n] === 'number', n);
  for (const n of ['is_free_tier', 'include_byok_in_limit', 'is_provisioning_key', 'is_management_key']) assert.equal(typeof data[n], 'boolean', n);
  for (const n of ['limit_reset', 'creator_user_id', 'organization_id', 'workspace_id']) assert.ok(n in data, `${n} is missing`);
  assert.equal(typeof data.label, 'string');
  assert.ok(!JSON.stringify(data).includes(key), 'the answer holds the key itself');
  assert.ok(Array.isArray(data.allowed_data_regions));
  for (const n of ['limit', 'remaining', 'used']) assert.equal(typeof data.free_model_daily_requests[n], 'number');
  assert.equal(typeof data.rate_limit.interval, 'string');
  assert.ok(data.usage_daily <= data.usage_weekly && data.usage_daily <= data.usage_monthly && data.usage_monthly <= data.usage);
  assert.equal(data.is_management_key, false);
  assert.equal((await ok(await get('/key', managementKey))).data.is_management_key, true);
  await refused(await get('/key', wrongKey), 401);
});

await check('S41 S42 S43 S44 S32', 'fetch: the life of a key', async () => {
  const created = await ok(await send('POST', '/keys', {label: 'New Key — café', limit: 50.00}), 201);
  const {hash} = created.data;
  assert.match(hash, /^[0-9a-f]{64}$/);
  assert.match(created.key, /^sk-/);
  assert.equal(created.data.name, 'New Key — café');
  assert.equal(created.data.limit, 50);
  assert.equal(created.data.limit_remaining, 50);
  answerText(await ok(await ask(hello, created.key)));
  const listed = await ok(await get('/keys', managementKey));
  assert.ok(!JSON.stringify(listed).includes(created.key), 'the list holds a secret');
  assert.ok(listed.data.some(k => k.hash === hash), 'the new key is not in the list');
  assert.equal((await ok(await get(`/keys/${hash}`, managementKey))).data.hash, hash);
  const changed = await ok(await send('PATCH', `/keys/${hash}`, {name: 'Renamed', limit: 20, limit_reset: 'daily'}));
  assert.deepEqual([changed.data.name, changed.data.limit, changed.data.limit_reset], ['Renamed', 20, 'daily']);
  await ok(await send('PATCH', `/keys/${hash}`, {disabled: true}));
  await refused(await ask(hello, created.key), 401);
  await ok(await send('PATCH', `/keys/${hash}`, {disabled: false}));
  answerText(await ok(await ask(hello, created.key)));
  const deleted = await send('DELETE', `/keys/${hash}`);
  assert.ok(deleted.status === 204 || (await ok(deleted)).deleted === true);
  // A free model's gate may be read from a cache that is at most 1 s old; /key is not such a call.
  await refused(await get('/key', created.key), 401);
  const until = Date.now() + 1_500;
  let reply = await ask(hello, created.key);
  while (reply.status === 200 && Date.now() < until) {
    await new Promise(r => setTimeout(r, 100));
    reply = await ask(hello, created.key);
  }
  await refused(reply, 401);
  await refused(await send('DELETE', `/keys/${hash}`), 404);
  await refused(await get(`/keys/${hash}`, managementKey), 404);
});

await check('S4', 'fetch: a key without a name, and one with a broken limit, are 400', async () => {
  await refused(await send('POST', '/keys', {}), 400);
  await refused(await send('POST', '/keys', {name: ''}), 400);
  await refused(await send('POST', '/keys', {name: 'x', limit: 'many'}), 400);
  await refused(await send('POST', '/keys', {name: 'x', limit: -1}), 400);
  await refused(await send('POST', '/keys', {name: 'x', limit: 1, limit_reset: 'hourly'}), 400);
});

await check('S72', 'fetch: GET /credits with the management key', async () => {
  const {data} = await ok(await get('/credits', managementKey));
  assert.equal(typeof data.total_credits, 'number');
  assert.equal(typeof data.total_usage, 'number');
});

await check('S27', 'fetch: the list of models in both dialects', async () => {
  const list = await ok(await get('/models'));
  assert.equal(list.object, 'list');
  assert.ok(list.data.length > 0);
  const found = list.data.find(m => m.id === model);
  assert.ok(found, `${model} is not listed`);
  for (const m of list.data) {
    assert.equal(m.object, 'model');
    assert.equal(typeof m.created, 'number');
    assert.equal(typeof m.owned_by, 'string');
    assert.equal(typeof m.pricing.prompt, 'string');
    assert.equal(typeof m.pricing.completion, 'string');
  }
  await refused(await get('/models', wrongKey), 401);
});

if (pricedModel) {
  await check('S1 S5 S58', 'fetch: a priced model debits the key; a spent limit is a 402 that harms nobody else', async () => {
    const mine = await ok(await send('POST', '/keys', {name: 'conformance priced', limit: 5}), 201);
    const poor = await ok(await send('POST', '/keys', {name: 'conformance poor', limit: 0}), 201);
    try {
      const result = await ok(await ask({...hello, model: pricedModel, max_tokens: 50}, mine.key));
      assert.ok(result.usage.cost > 0, `cost is ${result.usage.cost}`);
      const after = (await ok(await get('/key', mine.key))).data;
      assert.equal(after.usage, result.usage.cost);
      const error = await refused(await ask({...hello, model: pricedModel, max_tokens: 50}, poor.key), 402);
      assert.equal(error.metadata.limit_source, 'openrouter_key_limit');
      answerText(await ok(await ask({...hello, model: pricedModel, max_tokens: 50}, mine.key)));
    } finally {
      for (const k of [mine, poor]) await send('DELETE', `/keys/${k.data.hash}`);
    }
  });
} else {
  console.log('SKIPPED S1 S5 S58: priced model (FAREGATE_PRICED_MODEL is not set)');
}

finish();
