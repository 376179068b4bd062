// Anthropic's own SDK for TypeScript with another base URL: what Claude Code and agents built on it stand on.
import {assert, check, fails, finish, generation, host, key, model, pricedModel, skip, versionOf, wrongKey} from './checks.mjs';

const {default: Anthropic} = await import('@anthropic-ai/sdk');
const who = `@anthropic-ai/sdk ${versionOf('@anthropic-ai/sdk')} (npm)`;
const rows = 'messages';
const base = {baseURL: `${host}/api`, maxRetries: 0};
const anthropic = new Anthropic({...base, apiKey: key, authToken: null});
const hello = {model, max_tokens: 100, messages: [{role: 'user', content: 'Hello, one two three!'}]};

await check(rows, `${who}: a message, the key in x-api-key`, async () => {
  const message = await anthropic.messages.create({...hello, system: [{type: 'text', text: 'Be brief.', cache_control: {type: 'ephemeral'}}]});
  assert.equal(message.type, 'message');
  assert.equal(message.role, 'assistant');
  assert.match(message.content[0].text, /Hello/);
  assert.equal(message.stop_reason, 'end_turn');
  assert.ok(message.usage.input_tokens > 0 && message.usage.output_tokens > 0);
  assert.equal(typeof message.usage.cost, 'number');
  assert.equal((await generation(message.id)).id, message.id);
});

await check(rows, `${who}: the key as a bearer token`, async () => {
  const message = await new Anthropic({...base, apiKey: null, authToken: key}).messages.create(hello);
  assert.equal(message.type, 'message');
});

await check(rows, `${who}: a stream, put together by the SDK`, async () => {
  const names = new Set();
  const stream = anthropic.messages.stream(hello);
  stream.on('streamEvent', event => names.add(event.type));
  let text = '';
  stream.on('text', piece => { text += piece; });
  const message = await stream.finalMessage();
  assert.equal(message.content[0].text, text);
  assert.equal(message.stop_reason, 'end_turn');
  assert.ok(message.usage.output_tokens > 0);
  for (const name of ['message_start', 'content_block_start', 'content_block_delta', 'content_block_stop', 'message_delta', 'message_stop']) {
    assert.ok(names.has(name), `no ${name}`);
  }
});

await check(rows, `${who}: a turn with tools, thinking and an image in its history`, async () => {
  const message = await anthropic.messages.create({
    model,
    max_tokens: 2000,
    thinking: {type: 'enabled', budget_tokens: 1024},
    tools: [{name: 'weather', description: 'The weather of a city', input_schema: {type: 'object', properties: {city: {type: 'string'}}}}],
    messages: [
      {role: 'user', content: [{type: 'text', text: 'What is this?'}, {type: 'image', source: {type: 'base64', media_type: 'image/png', data: 'iVBORw0KGgo='}}]},
      {role: 'assistant', content: [{type: 'thinking', thinking: 'A map.', signature: 'c2ln'}, {type: 'tool_use', id: 'toolu_1', name: 'weather', input: {city: 'Ulm'}}]},
      {role: 'user', content: [{type: 'tool_result', tool_use_id: 'toolu_1', content: '20 degrees'}, {type: 'text', text: 'And now?'}]},
    ],
  });
  assert.equal(message.type, 'message');
});

await check(rows, `${who}: how long a prompt is`, async () => {
  const {max_tokens, ...prompt} = hello;
  const short = await anthropic.messages.countTokens({...prompt, system: 'Be brief.'});
  assert.ok(short.input_tokens > 0);
  const long = await anthropic.messages.countTokens({...prompt, system: 'Be brief. '.repeat(100)});
  assert.ok(long.input_tokens > short.input_tokens + 100);
});

await check(rows, `${who}: a wrong key is its AuthenticationError`, async () => {
  await fails(() => new Anthropic({...base, apiKey: wrongKey, authToken: null}).messages.create(hello), e => {
    assert.ok(e instanceof Anthropic.AuthenticationError, `${e}`);
    assert.equal(e.error.error.type, 'authentication_error');
  });
});

await check(rows, `${who}: a bad field is its BadRequestError and is named`, async () => {
  await fails(() => anthropic.messages.create({...hello, stop_sequences: [7]}), e => {
    assert.ok(e instanceof Anthropic.BadRequestError, `${e}`);
    assert.match(e.error.error.message, /stop_sequences\[0\]/);
  });
});

if (!pricedModel) {
  skip(`${who}: what a message costs`, 'FAREGATE_PRICED_MODEL is not set');
} else {
  await check(rows, `${who}: what a message costs`, async () => {
    const message = await anthropic.messages.create({...hello, model: pricedModel});
    assert.ok(message.usage.cost > 0);
    assert.equal((await generation(message.id)).total_cost, message.usage.cost);
  });
}

finish();
