// @ts-check
// The ways in besides an API token: the identity provider, a name with its password and a passkey after it, and an invitation to
// choose a password.
import * as api from "./api.js";
import { byId, prose, show } from "./element.js";
import { makePasskey, usePasskey } from "./passkey.js";
import { CHOSEN } from "./texts/people.js";
import { MAKE, USE } from "./texts/passkeys.js";
import { NOT_SIGNED_IN, NOT_SIGNED_IN_OTHERWISE, signInWith } from "./texts/sign_in.js";

/** A sign-in whose password was right, and which waits for a passkey. @type {any} */
let unfinished = null;

/** Forgets a sign-in that waits for a passkey, and shows the ways in again. */
export function startAgain() {
  unfinished = null;
  byId("passkey-form").hidden = true;
  byId("passkey-form").reset();
  byId("passkey-error").textContent = "";
}

/** @param {(who: any) => void} enter */
export function prepareSignIn(enter) {
  prepareProvider();
  on("password-form", "password-error", async () => {
    const answer = await api.signInByName(byId("name").value.trim(), byId("password").value);
    byId("password").value = "";
    if (!answer.attempt) return enter(answer);
    wait(answer);
    // Asked at once: whoever has just typed their password is there. The form stays for when nothing comes of it.
    if (answer.use_passkey) byId("passkey-form").requestSubmit();
  });
  on("passkey-form", "passkey-error", async () => {
    const go = byId("passkey-go");
    go.disabled = true;
    await finish(unfinished, enter).finally(() => { go.disabled = false; });
  });
  byId("start-again").addEventListener("click", startAgain);
  on("invitation-form", "invitation-error", async () => {
    const { name } = await api.acceptInvitation(byId("invitation").value.trim(), byId("new-password").value);
    byId("invitation-form").reset();
    byId("name").value = name;
    show(byId("invitation-error"), CHOSEN);
    byId("password").focus();
  });
}

/** The button where there is a provider, and what became of a sign-in there that has led back here. */
function prepareProvider() {
  on("provider-form", "provider-error", async () => location.assign((await api.beginAtProvider()).location));
  api.provider().then(({ name }) => {
    byId("provider-form").hidden = !name;
    byId("provider-go").textContent = signInWith(name ?? "");
    byId("token-go").classList.toggle("primary", !name);
  }, () => {});
  const why = new URLSearchParams(location.search).get("sign_in");
  if (why === null) return;
  // Anybody can write an address: what is shown is ours, whatever stands there.
  show(byId("provider-error"), prose(Object.hasOwn(NOT_SIGNED_IN, why) ? NOT_SIGNED_IN[why] : NOT_SIGNED_IN_OTHERWISE));
  history.replaceState(null, "", location.pathname);
}

/**
 * Asks the browser, and the server with what it answered. Only an answer uses the attempt up: who closes the question may be asked
 * again.
 *
 * @param {any} attempt @param {(who: any) => void} enter
 */
async function finish(attempt, enter) {
  const { attempt: secret, use_passkey: use } = attempt;
  const credential = await (use ? usePasskey(attempt) : makePasskey(attempt));
  if (attempt !== unfinished) return;
  try {
    const who = await (use ? api.finishSignIn({ attempt: secret, credential })
      : api.finishWithFirstPasskey({ attempt: secret, name: byId("passkey-name").value, credential }));
    startAgain();
    enter(who);
  } catch (refusal) {
    startAgain();
    show(byId("password-error"), prose(/** @type {Error} */ (refusal).message));
    byId("password").focus();
  }
}

/** Shows the second step in place of the ways in. @param {any} answer */
function wait(answer) {
  unfinished = answer;
  const texts = answer.use_passkey ? USE : MAKE;
  for (const part of /** @type {const} */ (["title", "words", "go"])) byId(`passkey-${part}`).textContent = texts[part];
  byId("passkey-named").hidden = Boolean(answer.use_passkey);
  byId("passkey-name").disabled = Boolean(answer.use_passkey);
  byId("passkey-error").textContent = "";
  byId("passkey-form").hidden = false;
  byId(answer.use_passkey ? "passkey-go" : "passkey-name").focus();
}

/** @param {string} form @param {string} error @param {() => Promise<void>} deed */
function on(form, error, deed) {
  byId(form).addEventListener("submit", async (/** @type {SubmitEvent} */ event) => {
    event.preventDefault();
    byId(error).textContent = "";
    try {
      await deed();
    } catch (refusal) {
      show(byId(error), prose(/** @type {Error} */ (refusal).message));
    }
  });
}
