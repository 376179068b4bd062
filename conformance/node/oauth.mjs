// The standard way to a key with libraries that hold the server to the RFCs: openid-client and oauth4webapi. The person's side is
// played by requests with the cookie of a session; what the library gets is only what a browser would bring it.
import * as oauth from 'oauth4webapi';
import * as openid from 'openid-client';
import {assert, base, check, fails, finish, host, model, skip, versionOf} from './checks.mjs';

const session = process.env.FAREGATE_SESSION;
const open = process.env.FAREGATE_OAUTH_PUBLIC_CLIENT_ID;
const proven = process.env.FAREGATE_OAUTH_CLIENT_ID;
const secret = process.env.FAREGATE_OAUTH_CLIENT_SECRET;
if (!session || !open || !proven || !secret) {
  skip('oauth', 'FAREGATE_SESSION and the FAREGATE_OAUTH_* settings are not set; see README.md');
  process.exit(0);
}

// Registered without a port, as native apps do (RFC 8252 section 7.3).
const redirect = 'http://127.0.0.1:49152/callback';
const insecure = host.startsWith('http://');

/** What a person does on the consent page; the answer is where their browser is led. */
async function consent(url, decision) {
  const cookie = `${host.startsWith('https') ? '__Host-' : ''}faregate_session=${session}`;
  const shown = await fetch(url, {headers: {cookie}, redirect: 'manual'});
  const page = await shown.text();
  assert.equal(shown.status, 200, `the consent page answered ${shown.status} ${shown.headers.get('location') ?? ''}`);
  const csrf = /name="csrf" value="([^"]+)"/.exec(page)[1];
  const workspace = /<select[^>]*name="workspace"[^>]*>\s*<option value="([^"]+)"/.exec(page)[1];
  const form = new URLSearchParams({csrf, decision, name: 'Conformance', limit: '1', reset: 'total', end: '1', workspace});
  const answer = await fetch(url, {method: 'POST', headers: {cookie}, body: form, redirect: 'manual'});
  assert.equal(answer.status, 303, `the form answered ${answer.status}`);
  return new URL(answer.headers.get('location'));
}

async function chat(key) {
  return fetch(`${base}/chat/completions`, {
    method: 'POST',
    headers: {Authorization: `Bearer ${key}`, 'Content-Type': 'application/json'},
    body: JSON.stringify({model, messages: [{role: 'user', content: 'Hello!'}]}),
  });
}

const lib = `openid-client ${versionOf('openid-client')}`;
const config = auth => openid.discovery(new URL(host), auth ? proven : open, undefined, auth ?? openid.None(), {
  algorithm: 'oauth2',
  execute: insecure ? [openid.allowInsecureRequests] : [],
});

async function codeGrant(as, extra = {}) {
  const pkceCodeVerifier = openid.randomPKCECodeVerifier();
  const expectedState = openid.randomState();
  const url = openid.buildAuthorizationUrl(as, {
    redirect_uri: redirect,
    scope: 'read write',
    state: expectedState,
    code_challenge: await openid.calculatePKCECodeChallenge(pkceCodeVerifier),
    code_challenge_method: 'S256',
    ...extra,
  });
  const back = await consent(url, 'allow');
  return {back, expectedState, pkceCodeVerifier, tokens: await openid.authorizationCodeGrant(as, back, {pkceCodeVerifier, expectedState})};
}

await check('S36 S49', `${lib}: discovery, code with PKCE, chat, refresh, revoke, 401`, async () => {
  const as = await config();
  assert.equal(as.serverMetadata().supportsPKCE('S256'), true);
  const {tokens} = await codeGrant(as);
  assert.equal(tokens.scope, 'read write');
  assert.ok(tokens.expires_in > 0);
  assert.equal((await chat(tokens.access_token)).status, 200);
  const renewed = await openid.refreshTokenGrant(as, tokens.refresh_token);
  assert.notEqual(renewed.access_token, tokens.access_token);
  assert.equal((await chat(renewed.access_token)).status, 200);
  await openid.tokenRevocation(as, renewed.refresh_token);
  assert.equal((await chat(renewed.access_token)).status, 401);
  await fails(() => openid.refreshTokenGrant(as, renewed.refresh_token), e => assert.equal(e.error, 'invalid_grant'));
});

await check('S36 S49', `${lib}: a client with a secret, by header and in the body; introspection`, async () => {
  for (const auth of [openid.ClientSecretBasic(secret), openid.ClientSecretPost(secret)]) {
    const as = await config(auth);
    const {tokens} = await codeGrant(as, {resource: base});
    const told = await openid.tokenIntrospection(as, tokens.access_token);
    assert.equal(told.active, true);
    assert.deepEqual(told.aud, [base]);
    await openid.tokenRevocation(as, tokens.access_token);
    assert.equal((await openid.tokenIntrospection(as, tokens.access_token)).active, false);
  }
});

await check('S36', `${lib}: a no, and a code a second time`, async () => {
  const as = await config();
  const state = openid.randomState();
  const url = openid.buildAuthorizationUrl(as, {
    redirect_uri: redirect,
    state,
    code_challenge: await openid.calculatePKCECodeChallenge(openid.randomPKCECodeVerifier()),
    code_challenge_method: 'S256',
  });
  const back = await consent(url, 'deny');
  await fails(() => openid.authorizationCodeGrant(as, back, {expectedState: state}), e => assert.equal(e.error, 'access_denied'));
  const done = await codeGrant(as);
  await fails(
    () => openid.authorizationCodeGrant(as, done.back, {pkceCodeVerifier: done.pkceCodeVerifier, expectedState: done.expectedState}),
    e => assert.equal(e.error, 'invalid_grant'));
});

await check('S36 S50', `oauth4webapi ${versionOf('oauth4webapi')}: every answer validated, iss and scope included`, async () => {
  const options = insecure ? {[oauth.allowInsecureRequests]: true} : {};
  const issuer = new URL(host);
  const as = await oauth.processDiscoveryResponse(
    issuer, await oauth.discoveryRequest(issuer, {algorithm: 'oauth2', ...options}));
  assert.equal(as.authorization_response_iss_parameter_supported, true);
  const client = {client_id: open};
  const verifier = oauth.generateRandomCodeVerifier();
  const state = oauth.generateRandomState();
  const url = new URL(as.authorization_endpoint);
  for (const [name, value] of Object.entries({
    client_id: open, response_type: 'code', redirect_uri: redirect, scope: 'read', state,
    code_challenge: await oauth.calculatePKCECodeChallenge(verifier), code_challenge_method: 'S256',
  })) url.searchParams.set(name, value);
  const back = await consent(url, 'allow');
  const parameters = oauth.validateAuthResponse(as, client, back, state);
  const mixedUp = {...as, issuer: 'https://other.example'};
  assert.throws(() => oauth.validateAuthResponse(mixedUp, client, back, state), /iss/);
  const result = await oauth.processAuthorizationCodeResponse(as, client, await oauth.authorizationCodeGrantRequest(
    as, client, oauth.None(), parameters, redirect, verifier, options));
  assert.equal(result.scope, 'read');
  assert.equal((await fetch(`${base}/key`, {headers: {Authorization: `Bearer ${result.access_token}`}})).status, 200);
  const low = await chat(result.access_token);
  assert.equal(low.status, 403);
  assert.match(low.headers.get('www-authenticate'), /insufficient_scope/);
  await oauth.processRevocationResponse(
    await oauth.revocationRequest(as, client, oauth.None(), result.access_token, options));
});

finish();
