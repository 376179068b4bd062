// The whole of an app that lets people use their own key (OpenRouter's PKCE): connect, exchange the code, chat. The key is kept in
// memory and goes with the page.
const { gateway, model } = await (await fetch("/config.json")).json();
const callback = `${location.origin}/callback`;
const find = (id) => document.getElementById(id);
const say = (text) => (find("state").textContent = text);
let key;

const base64url = (bytes) => btoa(String.fromCharCode(...bytes)).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");

function show(connected) {
  find("connect").hidden = connected;
  find("chat").hidden = !connected;
}

async function connect() {
  const verifier = base64url(crypto.getRandomValues(new Uint8Array(32)));
  const state = base64url(crypto.getRandomValues(new Uint8Array(16)));
  sessionStorage.setItem("flow", JSON.stringify({ verifier, state }));
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(verifier));
  const address = new URL("/auth", gateway);
  address.search = new URLSearchParams({
    callback_url: callback,
    code_challenge: base64url(new Uint8Array(digest)),
    code_challenge_method: "S256",
    state,
    key_label: "Demo app",
    limit: "3",
  });
  location.assign(address);
}

async function exchange(answer) {
  const flow = JSON.parse(sessionStorage.getItem("flow") ?? "null");
  sessionStorage.removeItem("flow");
  history.replaceState(null, "", "/");
  if (!flow || answer.get("state") !== flow.state) return say("This answer was not asked for");
  if (answer.get("error")) return say(`Not connected: ${answer.get("error")}`);
  const response = await fetch(`${gateway}/api/v1/auth/keys`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ code: answer.get("code"), code_verifier: flow.verifier, code_challenge_method: "S256" }),
  });
  if (!response.ok) return say(`The code was refused: ${response.status}`);
  key = (await response.json()).key;
  say("Connected");
  show(true);
}

async function ask(event) {
  event.preventDefault();
  find("answer").textContent = "";
  const response = await fetch(`${gateway}/api/v1/chat/completions`, {
    method: "POST",
    headers: { "Content-Type": "application/json", Authorization: `Bearer ${key}`, "X-Title": "Demo app" },
    body: JSON.stringify({ model, stream: true, max_tokens: 200, messages: [{ role: "user", content: find("question").value }] }),
  });
  if (response.status === 401) {
    key = undefined;
    show(false);
    return say("The key was revoked (401)");
  }
  if (!response.ok) return say(`Refused: ${response.status}`);
  let rest = "";
  for await (const text of response.body.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + text).split("\n");
    rest = lines.pop();
    for (const line of lines) {
      if (!line.startsWith("data: ") || line === "data: [DONE]") continue;
      find("answer").textContent += JSON.parse(line.slice(6)).choices[0]?.delta?.content ?? "";
    }
  }
  say("Answered");
}

find("connect").addEventListener("click", connect);
find("chat").addEventListener("submit", ask);
const answer = new URLSearchParams(location.search);
if (location.pathname === "/callback") {
  await exchange(answer);
  if (!key) show(false);
} else {
  say("Not connected");
  show(false);
}
