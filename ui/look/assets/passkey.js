// Security keys and passkeys. A form that is marked asks the browser for a key
// before it is sent: the question stands in the form, or is fetched when somebody
// asks for it; the answer goes into a hidden field. All else is the box's.
const bytes = (text) => Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (c) => c.charCodeAt(0));

function text(buffer) {
  let out = "";
  for (const b of new Uint8Array(buffer)) out += String.fromCharCode(b);
  return btoa(out).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

function question(options) {
  const q = { ...options, challenge: bytes(options.challenge) };
  if (q.user) q.user = { ...q.user, id: bytes(q.user.id) };
  for (const list of ["excludeCredentials", "allowCredentials"]) {
    if (q[list]) q[list] = q[list].map((c) => ({ ...c, id: bytes(c.id) }));
  }
  return q;
}

function answer(credential) {
  const response = {};
  for (const part of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"]) {
    if (credential.response[part]) response[part] = text(credential.response[part]);
  }
  if (credential.response.getTransports) response.transports = credential.response.getTransports();
  return JSON.stringify({
    id: credential.id, rawId: text(credential.rawId), type: credential.type,
    authenticatorAttachment: credential.authenticatorAttachment ?? undefined,
    clientExtensionResults: credential.getClientExtensionResults(), response,
  });
}

async function ask(form, signal) {
  let options;
  if (form.dataset.begin) {
    const got = await fetch(form.dataset.begin, { method: "POST", signal });
    if (!got.ok) throw new Error("begin");
    const begun = await got.json();
    form.elements.state.value = begun.state;
    options = begun.options;
  } else {
    options = JSON.parse(form.dataset.options);
  }
  const publicKey = question(options);
  return form.dataset.passkey === "create"
    ? navigator.credentials.create({ publicKey, signal })
    : navigator.credentials.get({ publicKey, signal });
}

function sentence(form, error) {
  if (error.name === "InvalidStateError" && form.dataset.known) return form.dataset.known;
  if (error.name === "NotAllowedError" || error.name === "AbortError") return form.dataset.none;
  return form.dataset.failed;
}

for (const form of document.querySelectorAll("[data-passkey]")) {
  const button = form.querySelector("button");
  const label = button.querySelector("span");
  const fault = form.querySelector("[data-passkey-fault]");
  const words = label.textContent;
  if (!window.PublicKeyCredential) {
    if (form.dataset.optional !== undefined) form.hidden = true;
    button.disabled = true;
    continue;
  }
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (button.disabled) return;
    button.disabled = true;
    label.textContent = form.dataset.busy;
    fault.hidden = true;
    try {
      form.elements.answer.value = answer(await ask(form));
      form.submit();
      return;
    } catch (error) {
      fault.textContent = sentence(form, error);
      fault.hidden = false;
    }
    button.disabled = false;
    label.textContent = words;
  });
}
