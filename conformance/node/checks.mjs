// What every Node suite shares: where the server is, how a check is named, run and printed.
import assert from 'node:assert/strict';
import {createRequire} from 'node:module';
import {readFileSync} from 'node:fs';
import {dirname, join} from 'node:path';

const need = name => {
  const value = process.env[name];
  if (!value) {
    console.error(`${name} is not set; conformance/README.md lists the settings`);
    process.exit(2);
  }
  return value;
};

export const host = need('FAREGATE_URL').replace(/\/+$/, '');
export const base = `${host}/api/v1`;
export const key = need('FAREGATE_API_KEY');
export const managementKey = need('FAREGATE_MANAGEMENT_KEY');
export const model = process.env.FAREGATE_MODEL || 'faregate/echo';
/** A model that makes vectors; without one the checks of embeddings are SKIPPED. */
export const embeddingsModel = process.env.FAREGATE_EMBEDDINGS_MODEL || '';
/** A model that ranks; without one the check of rankings is SKIPPED. */
export const rerankModel = process.env.FAREGATE_RERANK_MODEL || '';
/** A model that makes images; without one the checks of images are SKIPPED. */
export const imagesModel = process.env.FAREGATE_IMAGES_MODEL || '';
/** A model that transcribes; without one the checks of transcripts are SKIPPED. */
export const transcriptionModel = process.env.FAREGATE_TRANSCRIPTION_MODEL || '';
export const pricedModel = process.env.FAREGATE_PRICED_MODEL || '';

/** A key nobody has, in the shape of page 004's example: `sk-` and 24 characters. */
export const wrongKey = 'sk-xxxxxxxxxxxxxxxxxxxxxxxx';

const CHECK_TIMEOUT_MS = 15_000;
let failed = 0;

/** Says that a check could not be made. */
export function skip(what, why) {
  console.log(`SKIPPED ${what}: ${why}`);
  return true;
}

/**
 * Runs one check and prints its one line. `rows` are the checklist rows it shows, e.g. `S10 S26`; `skipped` may say afterwards that
 * there was nothing to check, and prints that itself.
 */
export async function check(rows, what, run, skipped = () => false) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${CHECK_TIMEOUT_MS} ms`)), CHECK_TIMEOUT_MS);
  });
  try {
    await Promise.race([run(), late]);
    if (!skipped()) console.log(`ok   ${rows}: ${what}`);
  } catch (e) {
    failed++;
    console.log(`FAIL ${rows}: ${what}: ${oneLine(e)}`);
  } finally {
    clearTimeout(timer);
  }
}

/** The process ends non-zero when a check failed. */
export function finish() {
  process.exit(failed ? 1 : 0);
}

function oneLine(e) {
  const parts = [e?.name, e?.message, e?.cause?.message, e?.rawValue && JSON.stringify(e.rawValue)];
  return parts.filter(Boolean).join(' ').replace(/\s+/g, ' ').slice(0, 900);
}

/** The version of an installed package, read from its package.json, so that a line says what ran. */
export function versionOf(name) {
  const entry = createRequire(import.meta.url).resolve(name);
  for (let dir = dirname(entry); dir !== dirname(dir); dir = dirname(dir)) {
    try {
      const found = JSON.parse(readFileSync(join(dir, 'package.json'), 'utf8'));
      if (found.version) return found.version;
    } catch {
      // Not this folder: the entry point lies deeper than the package's root.
    }
  }
  return 'unknown';
}

let served;

/** The model a page's sample names, when the server has it; else our test model, bare where the page's is bare. */
export async function sampleModel(named) {
  served ??= (await (await fetch(`${base}/models`, {headers: bearer(key)})).json()).data.map(m => m.id);
  const bare = !named.includes('/');
  if (served.some(id => id === named || (bare && id.endsWith(`/${named}`)))) return named;
  return bare ? model.slice(model.indexOf('/') + 1) : model;
}

export const bearer = k => ({Authorization: `Bearer ${k}`});
export const json = k => ({...bearer(k), 'Content-Type': 'application/json'});

/** A generation's record; written behind the answer for free models, so it is asked for until it is there. */
export async function generation(id) {
  const until = Date.now() + 5_000;
  for (;;) {
    const reply = await fetch(`${base}/generation?id=${encodeURIComponent(id)}`, {headers: bearer(key)});
    if (reply.status === 200) return (await reply.json()).data;
    const body = await reply.text();
    assert.ok(reply.status === 404 && Date.now() < until, `GET /generation answered ${reply.status} ${body}`);
    await new Promise(r => setTimeout(r, 100));
  }
}

/** Asserts that `call` fails, and hands its error to `judge`. */
export async function fails(call, judge) {
  let error;
  try {
    await call();
  } catch (e) {
    error = e;
  }
  assert.ok(error, 'expected a failure, got success');
  judge(error);
}

/** The non-empty lines of an SSE body in order, comments included. */
export const lines = text => text.split(/\r\n|\r|\n/).filter(l => l !== '');

/** The text of a whole chat answer, with what every whole answer must carry (contract section 4). */
export function answerText(result) {
  assert.equal(result.object, 'chat.completion');
  assert.equal(typeof result.id, 'string');
  assert.equal(typeof result.created, 'number');
  const [choice] = result.choices;
  assert.equal(choice.message.role, 'assistant');
  assert.equal(typeof choice.message.content, 'string');
  assert.ok(choice.message.content.length > 0, 'empty content');
  return choice.message.content;
}

export {assert};
