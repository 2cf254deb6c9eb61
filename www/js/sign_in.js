// @ts-check
// The ways in besides an API token: a name with its password, and an invitation to choose one.
import * as api from "./api.js";
import { byId, prose, show } from "./element.js";
import { CHOSEN } from "./texts/people.js";

/** @param {(who: any) => void} enter */
export function prepareSignIn(enter) {
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
