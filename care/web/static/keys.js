// Security keys: the browser asks the key, and the form sends what it answered. Nothing of it is kept here.
const bytesOf = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (one) => one.charCodeAt(0));

const textOf = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");

const named = (keys) => (keys || []).map((one) => ({ ...one, id: bytesOf(one.id) }));

const answerOf = async (form) => {
  const headers = { "X-CSRFToken": form.elements.csrf_token.value };
  const asked = await fetch(form.dataset.options, { method: "POST", headers });
  if (!asked.ok) throw new Error(`the server answered ${asked.status}`);
  const publicKey = await asked.json();
  publicKey.challenge = bytesOf(publicKey.challenge);
  if (form.dataset.key === "get") {
    publicKey.allowCredentials = named(publicKey.allowCredentials);
    return navigator.credentials.get({ publicKey });
  }
  publicKey.user.id = bytesOf(publicKey.user.id);
  publicKey.excludeCredentials = named(publicKey.excludeCredentials);
  return navigator.credentials.create({ publicKey });
};

const told = (key) => {
  const response = {};
  for (const part of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"]) {
    if (key.response[part]) response[part] = textOf(key.response[part]);
  }
  if (key.response.getTransports) response.transports = key.response.getTransports();
  return JSON.stringify({ id: key.id, rawId: textOf(key.rawId), type: key.type, response });
};

document.addEventListener("submit", async (event) => {
  const form = event.target;
  if (!form.dataset.key || form.elements.answer.value) return;
  event.preventDefault();
  const failed = form.querySelector("[data-key-failed]"), button = form.querySelector("button");
  failed.hidden = true;
  button.disabled = true;
  try {
    form.elements.answer.value = told(await answerOf(form));
    form.submit();
  } catch (_error) {
    failed.hidden = false;
    button.disabled = false;
  }
});
