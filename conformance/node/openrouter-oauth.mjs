// The OAuth helpers of OpenRouter's own TypeScript SDK: challenge, address, exchange. A person's consent is stood in for by a
// management key, which may make a code too; with FAREGATE_CONSENT=wait a person gives it at the address that is printed.
import {createServer} from 'node:http';
import {once} from 'node:events';
import {assert, base, check, fails, finish, key, managementKey, model, versionOf} from './checks.mjs';

const name = '@openrouter/sdk';
const who = `${name} ${versionOf(name)}`;
const {OpenRouter} = await import(name);
const client = apiKey => new OpenRouter({apiKey, serverURL: base, retryConfig: {strategy: 'none'}});

const callbacks = createServer((request, response) => response.end('Go back to the program.'));
callbacks.listen(0, '127.0.0.1');
await once(callbacks, 'listening');
const callbackUrl = `http://localhost:${callbacks.address().port}/callback`;

let challenge, address, given;

await check('S36', `${who}: oAuth.createSHA256CodeChallenge`, async () => {
  const made = await client(key).oAuth.createSHA256CodeChallenge();
  challenge = made.value ?? made;
  assert.match(challenge.codeVerifier, /^[A-Za-z0-9._~-]{43,128}$/);
  assert.match(challenge.codeChallenge, /^[A-Za-z0-9_-]{43}$/);
});

await check('S36', `${who}: oAuth.createAuthorizationUrl leads to the consent page`, async () => {
  const made = await client(key).oAuth.createAuthorizationUrl(
    {callbackUrl, codeChallenge: challenge.codeChallenge, codeChallengeMethod: 'S256', limit: 2});
  address = made.value ?? made;
  const answer = await fetch(address, {redirect: 'manual'});
  assert.equal(answer.status, 303);
  const next = new URL(answer.headers.get('location'), base).searchParams.get('next');
  assert.ok(next.startsWith('/auth?callback_url='), next);
});

async function code() {
  if (process.env.FAREGATE_CONSENT === 'wait') {
    console.log(`open ${address}`);
    const [request] = await once(callbacks, 'request');
    return new URL(request.url, callbackUrl).searchParams.get('code');
  }
  const made = await client(managementKey).oAuth.createAuthCode({requestBody:
    {callbackUrl, codeChallenge: challenge.codeChallenge, codeChallengeMethod: 'S256', limit: 2}});
  return made.data.id;
}

let theCode;
const exchange = verifier => client(key).oAuth.exchangeAuthCodeForAPIKey({requestBody:
  {code: theCode, codeVerifier: verifier, codeChallengeMethod: 'S256'}});

await check('S36 S69', `${who}: oAuth.exchangeAuthCodeForAPIKey, once and only with the verifier`, async () => {
  theCode = await code();
  await fails(() => exchange('x'.repeat(43)), e => assert.equal(e.statusCode, 403));
  given = (await exchange(challenge.codeVerifier)).key;
  const {data} = await client(given).apiKeys.getCurrentKeyMetadata();
  assert.equal(data.limit, 2);
  await fails(() => exchange(challenge.codeVerifier), e => assert.equal(e.statusCode, 403));
});

await check('S36', `${who}: the key of the exchange answers chats`, async () => {
  const completion = await client(given).chat.send({chatRequest: {model, messages: [{role: 'user', content: 'Hello'}]}});
  assert.ok(completion.choices[0].message.content.length > 0);
});

callbacks.closeAllConnections();
callbacks.close();
finish();
