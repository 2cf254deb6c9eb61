// @ts-check
// The ways in besides an API token: the identity provider, a name with its password, and an invitation to choose one.
import * as api from "./api.js";
import { byId, prose, show } from "./element.js";
import { CHOSEN } from "./texts/people.js";
import { NOT_SIGNED_IN, NOT_SIGNED_IN_OTHERWISE, signInWith } from "./texts/sign_in.js";

/** @param {(who: any) => void} enter */
export function prepareSignIn(enter) {
  prepareProvider();
  on("password-form", "password-error", async () => {
    const who = await api.signInByName(byId("name").value.trim(), byId("password").value);
    byId("password").value = "";
    enter(who);
  });
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
