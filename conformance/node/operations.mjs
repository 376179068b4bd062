// Every operation that docs/compatibility.md calls implemented, called by OpenRouter's own TypeScript SDK, which checks each answer
// field by field. The calls are data: ../operations.json.
import {readFileSync} from 'node:fs';
import {assert, base, check, embeddingsModel, finish, imagesModel, key, managementKey, model, rerankModel, skip, transcriptionModel, versionOf} from './checks.mjs';

const {OpenRouter} = await import('@openrouter/sdk');
const who = `@openrouter/sdk ${versionOf('@openrouter/sdk')}`;
const beside = name => readFileSync(new URL(name, import.meta.url), 'utf8');
const operations = JSON.parse(beside('../operations.json'));
const table = new Map([...beside('../../docs/compatibility.md').matchAll(/^\| `([A-Z]+ [^`]+)` \| \w+ \| (implemented|refused)/gm)].map(row => [row[1], row[2]]));
const [author, ...rest] = model.split('/');
const [images_author, ...imagesRest] = imagesModel.split('/');
const kept = {images_author, images_slug: imagesRest.join('/'), model, embeddings: embeddingsModel, rerank: rerankModel, images: imagesModel, transcription: transcriptionModel, scim_group: process.env.FAREGATE_SCIM_GROUP || '', author, slug: rest.join('/'), unique: `conformance-js-${Date.now()}`};

const camel = name => name.replace(/_([a-z0-9])/g, (_, letter) => letter.toUpperCase());
const filled = value => {
  if (typeof value === 'string') return value.startsWith('$') ? kept[value.slice(1)] ?? value : value;
  if (Array.isArray(value)) return value.map(filled);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [camel(name), filled(inner)]));
};
const at = (value, path) => path.split('.').reduce((inner, name) => inner?.[camel(name)], value);
const isRefused = e => e?.statusCode === 404 && /is not offered by this server yet/.test(`${e.body} ${e.message}`);

async function call({call, as = 'requestBody', with: parameters, body, key: kind, security}) {
  const apiKey = kind === 'management' ? managementKey : key;
  // The SDK repeats every 5xx for up to an hour unless told otherwise.
  const client = new OpenRouter({apiKey, serverURL: base, retryConfig: {strategy: 'none'}});
  const [group, name] = call.split('.');
  const request = {...filled(parameters ?? {}), ...(body ? {[as]: filled(body)} : {})};
  return security ? client[group][name]({bearer: apiKey}, request) : client[group][name](request);
}

/** A generation of a free model is recorded behind its answer. */
async function patiently(operation) {
  const until = Date.now() + 5_000;
  for (;;) {
    try {
      return await call(operation);
    } catch (e) {
      if (!operation.patient || e.statusCode !== 404 || Date.now() > until) throw e;
      await new Promise(r => setTimeout(r, 100));
    }
  }
}

for (const operation of operations) {
  const rows = 'operations', what = `${who}: ${operation.operation}`;
  if (!operation.call) {
    console.log(`ok   ${rows}: ${what}: not called, ${operation.why}`);
    continue;
  }
  if (operation.needs && !kept[operation.needs]) {
    skip(what, operation.needs === 'scim_group' ? 'FAREGATE_SCIM_GROUP names no group' : `no model for ${operation.needs} is named`);
    continue;
  }
  let refused = false;
  await check(rows, what, async () => {
    try {
      const answer = await patiently(operation);
      assert.ok(!operation.fails, `expected status ${operation.fails}, got an answer`);
      for (const [name, path] of Object.entries(operation.keep ?? {})) {
        kept[name] = at(answer, path);
        assert.ok(kept[name], `the answer has no ${path}`);
      }
    } catch (e) {
      refused = isRefused(e) && table.get(operation.operation) !== 'implemented';
      if (!refused && !(operation.fails && e.statusCode === operation.fails)) throw e;
    }
  }, () => refused && skip(what, 'not offered yet'));
}

await check('operations', `${who}: every implemented operation has its call`, async () => {
  const called = new Set(operations.map(o => o.operation));
  assert.deepEqual([...table].filter(([name, state]) => state === 'implemented' && !called.has(name)).map(([name]) => name), []);
});
finish();
