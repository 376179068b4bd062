// What the pages do in the browser besides htmx. Each behaviour is asked for by an attribute, so a page needs no script of its own.

// <button data-copy="#id">: copies the text of that element, or the value of that field.
document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  const source = document.querySelector(button.dataset.copy);
  const text = source.value ?? source.textContent;
  try {
    await navigator.clipboard.writeText(text.trim());
  } catch {
    const range = document.createRange();
    range.selectNodeContents(source);
    getSelection().removeAllRanges();
    getSelection().addRange(range);
    return;
  }
  const words = button.querySelector("[data-copy-words]") ?? button;
  words.dataset.before ??= words.textContent;
  words.textContent = "Copied";
  clearTimeout(words.fgTimer);
  words.fgTimer = setTimeout(() => (words.textContent = words.dataset.before), 1500);
});

// <details class="fg-pop">: closes when something else is clicked, on Escape, and when the focus leaves it.
const closePops = (but) => {
  for (const pop of document.querySelectorAll("details.fg-pop[open]")) {
    if (!but || !pop.contains(but)) pop.open = false;
  }
};
document.addEventListener("click", (event) => closePops(event.target));
document.addEventListener("focusin", (event) => closePops(event.target));
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  const open = document.activeElement?.closest("details.fg-pop[open]");
  closePops();
  open?.querySelector("summary").focus();
});

// Ctrl-K, or "/" outside of fields: to the search of the page, else to that of the top bar.
document.addEventListener("keydown", (event) => {
  const typing = event.target.closest?.("input, textarea, select, [contenteditable]");
  const wanted = (event.key === "k" && (event.ctrlKey || event.metaKey)) || (event.key === "/" && !typing);
  const field = wanted && (document.querySelector("main [data-search]") ?? document.querySelector("[data-search]"));
  if (!field) return;
  event.preventDefault();
  field.focus();
  field.select();
});

// <a data-dialog="id" href="...">: opens that dialog; without script the address has the same as a page.
// <button data-close>: closes the dialog that it stands in.
document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-dialog]");
  const dialog = opener && document.getElementById(opener.dataset.dialog);
  if (dialog && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
    event.preventDefault();
    dialog.showModal();
  }
  if (event.target.closest("[data-close]") || event.target.matches("dialog")) {
    event.target.closest("dialog")?.close();
  }
});

// <select data-submit> in a form of GET: choosing is sending.
document.addEventListener("change", (event) => {
  if (event.target.matches("select[data-submit]")) event.target.form.requestSubmit();
});

// <form data-once>: is sent once, however often the button is pressed.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!form.matches("[data-once]")) return;
  if (form.dataset.sent) return event.preventDefault();
  form.dataset.sent = "yes";
  for (const button of form.querySelectorAll("[type=submit]")) button.setAttribute("aria-busy", "true");
});
addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) {
    delete form.dataset.sent;
    for (const button of form.querySelectorAll("[aria-busy]")) button.removeAttribute("aria-busy");
  }
});

// <input data-must-equal="name">: the buttons of its form wait until it holds exactly that text. The server asks again.
const mustEqual = (field) => {
  for (const button of field.form.querySelectorAll("[type=submit]")) button.disabled = field.value.trim() !== field.dataset.mustEqual;
};
document.addEventListener("input", (event) => event.target.matches("[data-must-equal]") && mustEqual(event.target));
document.querySelectorAll("[data-must-equal]").forEach(mustEqual);

// <input data-shows="#id" data-shows-when="value">: that element is there only while this value is chosen.
const shows = (field) => {
  const chosen = field.type === "radio" ? field.form.querySelector(`[name="${field.name}"]:checked`)?.value : field.value;
  document.querySelector(field.dataset.shows).hidden = chosen !== field.dataset.showsWhen;
};
const allShows = () => document.querySelectorAll("[data-shows]").forEach(shows);
document.addEventListener("change", allShows);
allShows();

// A whole key that is pasted into a search is looked for by what is shown of it: the key itself stays in the browser.
document.addEventListener("input", (event) => {
  if (!event.target.matches?.("[data-search]")) return;
  const key = event.target.value.trim().match(/^(sk-fg-(?:v1|adm)-\w{3})\w{20,}(\w{4})$/);
  if (key) event.target.value = `${key[1]}...${key[2]}`;
}, true);

// <button data-try="#id" data-try-result="#id">: asks this server about the key in that element, and says what it answers.
document.querySelectorAll("[data-try]").forEach((button) => (button.hidden = false));
document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-try]");
  if (!button) return;
  const say = (text, good) => {
    const place = document.querySelector(button.dataset.tryResult);
    place.textContent = text;
    place.classList.toggle("fg-try-good", good);
    place.classList.toggle("fg-try-bad", !good);
  };
  try {
    const answer = await fetch("/api/v1/key", {
      headers: { Authorization: `Bearer ${document.querySelector(button.dataset.try).textContent.trim()}` },
      signal: AbortSignal.timeout(10_000),
    });
    say(answer.ok ? "It works." : `Refused: ${answer.status}`, answer.ok);
  } catch {
    say("No answer.", false);
  }
});

// Where the navigation is longer than the screen it begins where the person is.
document.querySelector(".fg-nav [aria-current='page']")?.scrollIntoView({ block: "nearest" });

// <dialog data-open>: is open from the start. Without script a dialog that an address names is shown by the style sheet.
document.querySelector("dialog[data-open]")?.showModal();

// <form data-passkey="get|create" data-options="JSON">: asks the browser for a passkey, puts its answer into the field "credential" and sends the form.
const fromBase64 = (text) => Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (c) => c.charCodeAt(0));
const toBase64 = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer))).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");

const passkeyAnswer = async (kind, options) => {
  options.challenge = fromBase64(options.challenge);
  for (const list of ["allowCredentials", "excludeCredentials"]) {
    options[list] = (options[list] ?? []).map((known) => ({ ...known, id: fromBase64(known.id) }));
  }
  if (options.user) options.user.id = fromBase64(options.user.id);
  const made = await navigator.credentials[kind]({ publicKey: options });
  const response = { clientDataJSON: toBase64(made.response.clientDataJSON) };
  if (kind === "create") {
    response.attestationObject = toBase64(made.response.attestationObject);
    response.transports = made.response.getTransports?.() ?? [];
  } else {
    response.authenticatorData = toBase64(made.response.authenticatorData);
    response.signature = toBase64(made.response.signature);
    if (made.response.userHandle) response.userHandle = toBase64(made.response.userHandle);
  }
  return JSON.stringify({ id: made.id, rawId: toBase64(made.rawId), type: made.type, response, clientExtensionResults: {} });
};

document.addEventListener("submit", async (event) => {
  const form = event.target.closest("form[data-passkey]");
  if (!form || form.elements.credential.value) return;
  event.preventDefault();
  const complaint = form.querySelector("[data-passkey-error]");
  complaint.hidden = true;
  try {
    if (!navigator.credentials) throw new Error("This browser has no passkeys.");
    form.elements.credential.value = await passkeyAnswer(form.dataset.passkey, JSON.parse(form.dataset.options));
    form.submit();
  } catch (problem) {
    complaint.textContent =
      problem.name === "InvalidStateError" ? "This device has a passkey of yours for this site already."
      : problem.name === "NotAllowedError" ? "Nothing was done: you cancelled, or it took too long. Try again."
      : problem.message;
    complaint.hidden = false;
  }
});

// <button data-reveal="#id" hidden>: shows and hides the password in that field. Without this script it stays hidden.
for (const button of document.querySelectorAll("[data-reveal]")) button.hidden = false;
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-reveal]");
  if (!button) return;
  const field = document.querySelector(button.dataset.reveal);
  const shown = field.type === "text";
  field.type = shown ? "password" : "text";
  button.textContent = shown ? "Show" : "Hide";
  button.setAttribute("aria-pressed", String(!shown));
  field.focus();
});

// <input list="known" data-adds="#id">: what is chosen from the list becomes a line of that text area.
for (const finder of document.querySelectorAll("[data-adds]")) finder.hidden = false;
document.addEventListener("input", (event) => {
  const finder = event.target.closest?.("[data-adds]");
  if (!finder || ![...finder.list.options].some((option) => option.value === finder.value)) return;
  // A name that others begin with is still being typed, unless it was picked.
  if (event.inputType && event.inputType !== "insertReplacementText") return;
  addLine(finder);
});
document.addEventListener("keydown", (event) => {
  const finder = event.target.closest?.("[data-adds]");
  if (!finder || event.key !== "Enter") return;
  event.preventDefault();
  if (finder.value.trim()) addLine(finder);
});
const addLine = (finder) => {
  const area = document.querySelector(finder.dataset.adds);
  const lines = area.value.split("\n").filter((line) => line.trim());
  if (!lines.includes(finder.value.trim())) lines.push(finder.value.trim());
  area.value = lines.join("\n");
  finder.value = "";
};
