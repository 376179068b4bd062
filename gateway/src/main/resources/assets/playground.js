// The Playground: asks a model by the API, as any program does. The key that it sends is in the memory of this module and nowhere
// else, and what a model says is only ever text.

const form = document.querySelector("#playground");
const turns = document.querySelector("#turns");
const { csrf, model, system, temperature, longest, message, send, stop, clear } = form?.elements ?? {};

// The app that its requests belong to. Apps at such an address are in no ranking.
const APP = { "HTTP-Referer": "http://localhost/playground", "X-Faregate-Title": "Playground" };

// A key is asked for anew when it has no more than this to live.
const SPARE_MS = 60_000;

// So near to its end the conversation follows what is written.
const NEAR_PX = 48;

let messages = [];
let key = null;
let running = null;

// Something that the person is told: a sentence of ours or of the server, and where to go from there.
class Refusal extends Error {
  constructor(error, step) {
    super(error.message);
    this.step = step ?? nextStep(error);
  }
}

const nextStep = ({ code, param, availability, metadata = {} }) => {
  if (metadata.key_hash) return ["Enable the key", `/settings/keys/${metadata.key_hash}`];
  if (metadata.limit_source === "openrouter_key_limit") return ["Change the limit of the key", key.address];
  if (metadata.limit_source === "openrouter_credits") return ["See the credits", "/settings/credits"];
  if (param === "model" || availability) return ["Find a model", "/models"];
  return [401, 403].includes(code) && key ? ["See the key", key.address] : null;
};

const refusal = async (answer) => {
  const error = (await answer.json().catch(() => null))?.error;
  return new Refusal(error ?? { message: `That did not work (${answer.status}). Load the page again and repeat it.` });
};

// What is sent

const request = (said) => {
  const body = { model: model.value.trim(), messages: [...said] };
  if (system.value.trim()) body.messages.unshift({ role: "system", content: system.value });
  if (temperature.value) body.temperature = temperature.valueAsNumber;
  if (longest.value) body.max_tokens = longest.valueAsNumber;
  return body;
};

const freshKey = async (signal) => {
  const headers = { "X-CSRF-Token": csrf.value };
  const answer = await fetch("/playground/key", { method: "POST", headers, redirect: "manual", signal });
  if (answer.type === "opaqueredirect") throw new Refusal({ message: "You are signed out." }, ["Sign in", location.href]);
  if (!answer.ok) throw await refusal(answer);
  const lent = await answer.json();
  key = { secret: lent.key, address: lent.address, ends: performance.now() + lent.expires_in * 1_000 - SPARE_MS };
  const link = document.querySelector("#playground-key");
  link.href = key.address;
  link.hidden = false;
};

// Another window may have taken the key meanwhile, which ends the secret of this one: then once more with a fresh one.
const opened = async (body, signal) => {
  for (let again = false; ; again = true) {
    if (!key || again || performance.now() > key.ends) await freshKey(signal);
    const answer = await fetch("/api/v1/chat/completions", {
      method: "POST",
      headers: { Authorization: `Bearer ${key.secret}`, "Content-Type": "application/json", ...APP },
      body: JSON.stringify({ ...body, stream: true, stream_options: { include_usage: true } }),
      signal,
    });
    if (answer.ok) return answer;
    if (answer.status !== 401 || again) throw await refusal(answer);
  }
};

async function* events(answer) {
  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
  for (let rest = ""; ; ) {
    const { value, done } = await reader.read();
    if (done) throw new Refusal({ message: "The answer was cut off: the connection ended." });
    const lines = (rest + value).split("\n");
    rest = lines.pop();
    for (const line of lines) {
      const data = line.startsWith("data:") ? line.slice(5).trim() : "";
      if (data === "[DONE]") return;
      if (data) yield JSON.parse(data);
    }
  }
}

// What is shown

const addTurn = (who) => {
  document.querySelector("#no-turns").hidden = true;
  const turn = document.querySelector("#turn").content.firstElementChild.cloneNode(true);
  const [thoughts, text] = turn.querySelectorAll(".fg-turn-text");
  turn.querySelector(".fg-turn-who").textContent = who;
  turns.append(turn);
  return { turn, thoughts, text, note: turn.querySelector(".fg-turn-note") };
};

const write = (place, text) => {
  const follow = turns.scrollHeight - turns.scrollTop - turns.clientHeight < NEAR_PX;
  place.append(text);
  if (follow) turns.scrollTop = turns.scrollHeight;
};

const linkTo = ([text, href]) => Object.assign(document.createElement("a"), { href, textContent: text });

// The line below an answer: sentences and links, with a dot between.
const writeNote = (shown, parts) => {
  parts.filter(Boolean).forEach((part, i) => shown.note.append(i ? " · " : "", part));
  shown.note.hidden = false;
  write(shown.note, "");
};

const dollars = (cost) => `$${cost.toLocaleString("en-US", { maximumSignificantDigits: 6 })}`;

const figures = ({ usage, end, begun }) => [
  end === "length" && "Cut off at the longest answer",
  usage && `${usage.prompt_tokens} tokens in, ${usage.completion_tokens} out`,
  usage?.cost !== undefined && dollars(usage.cost),
  `${((performance.now() - begun) / 1_000).toFixed(1)} s`,
];

// The programs of the code panel, with the request as it would be sent now.
const showCode = () => {
  const typed = message.value.trim() ? [{ role: "user", content: message.value }] : [];
  const said = messages.at(-1)?.role === "assistant" && !typed.length ? messages.slice(0, -1) : [...messages, ...typed];
  const body = request(said.length ? said : [{ role: "user", content: "Hello" }]);
  body.model ||= "faregate/echo";
  const json = JSON.stringify(body, null, 2);
  for (const place of document.querySelectorAll("[data-around]")) {
    const { around } = place.dataset;
    place.textContent = around.replace("{}", () => (around.includes("'{}'") ? json.replaceAll("'", "'\\''") : json));
  }
};

const tell = (text) => (document.querySelector("#playground-status").textContent = text);

const setBusy = (controller) => {
  running = controller;
  send.hidden = Boolean(controller);
  stop.hidden = !controller;
  clear.disabled = Boolean(controller) || !turns.querySelector(".fg-turn");
};

// What happens

const receive = async (answer, shown, state) => {
  state.id = answer.headers.get("x-generation-id");
  for await (const chunk of events(answer)) {
    if (chunk.error) throw new Refusal(chunk.error);
    const [choice] = chunk.choices ?? [];
    if (choice?.delta?.reasoning) {
      shown.thoughts.parentElement.hidden = false;
      write(shown.thoughts, choice.delta.reasoning);
    }
    if (choice?.delta?.content) {
      state.text += choice.delta.content;
      write(shown.text, choice.delta.content);
    }
    state.end = choice?.finish_reason ?? state.end;
    state.usage = chunk.usage ?? state.usage;
  }
};

const ask = async (question) => {
  const body = request([...messages, question]);
  const asked = addTurn("You");
  write(asked.text, question.content);
  const shown = addTurn(body.model);
  const state = { text: "", begun: performance.now() };
  const controller = new AbortController();
  setBusy(controller);
  message.value = "";
  shown.turn.setAttribute("aria-busy", "true");
  tell("Waiting for the answer.");
  let why = [];
  try {
    await receive(await opened(body, controller.signal), shown, state);
    tell("The answer is complete.");
  } catch (problem) {
    const stopped = controller.signal.aborted;
    if (!stopped) shown.turn.classList.add("fg-turn-failed");
    const words = stopped ? "Stopped" : problem instanceof Refusal ? problem.message : "The connection to the server was lost.";
    why = [words, problem.step && linkTo(problem.step)];
    tell(words);
  }
  // What brought no answer is not part of the conversation: it can be sent again.
  if (state.text) messages.push(question, { role: "assistant", content: state.text });
  else message.value ||= question.content;
  writeNote(shown, [...why, ...(why.length && !state.text ? [] : figures(state)), state.id && linkTo(["See it in the log", `/logs/${state.id}`])]);
  shown.turn.removeAttribute("aria-busy");
  setBusy(null);
  message.focus();
  showCode();
};

if (form) {
  form.hidden = false;
  document.querySelector("[autofocus]")?.focus();
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (!running && message.value.trim()) ask({ role: "user", content: message.value });
  });
  message.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    form.requestSubmit(send);
  });
  // What is wrong in a folded field can only be told when it is seen.
  form.addEventListener("invalid", (event) => event.target.closest("details")?.setAttribute("open", ""), true);
  stop.addEventListener("click", () => running?.abort());
  clear.addEventListener("click", () => {
    messages = [];
    for (const turn of turns.querySelectorAll(".fg-turn")) turn.remove();
    document.querySelector("#no-turns").hidden = false;
    setBusy(null);
    showCode();
    message.focus();
  });
  model.addEventListener("change", () => {
    const asked = encodeURIComponent(model.value.trim()).replaceAll("%2F", "/");
    history.replaceState(null, "", asked ? `?model=${asked}` : location.pathname);
  });
  form.addEventListener("input", showCode);
  showCode();
}
