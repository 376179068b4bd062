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
  const before = button.textContent;
  button.textContent = "Copied";
  setTimeout(() => (button.textContent = before), 1500);
});

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
