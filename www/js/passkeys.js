// @ts-check
// One's own passkeys: which there are, a new one, and taking one away.
import * as api from "./api.js";
import { ask } from "./dialog.js";
import { element } from "./element.js";
import { time } from "./instant.js";
import { empty, panel, part } from "./part.js";
import { makePasskey } from "./passkey.js";
import { table } from "./table.js";
import { ABOUT, LIST, NEW, NOT_BY_NAME, REMOVE, TITLE } from "./texts/passkeys.js";
import { NEVER } from "./texts/shared.js";

export const reads = { passkeys: api.ownPasskeys };

/** @param {import("./pages.js").View} view */
export function render({ read, now, who }) {
  if (!who.principal.startsWith("user:")) return empty(NOT_BY_NAME);
  return [
    panel(TITLE, {},
      element("p", {}, ABOUT),
      part(read.passkeys, (/** @type {any[]} */ known) => known.length === 0 ? empty(LIST.none) : passkeyTable(known, now, ""))),
    panel(NEW.title, {},
      element("form", { class: "take-back" },
        element("label", {}, NEW.name, element("input", { name: "name", required: true, maxlength: 64, autocomplete: "off", placeholder: NEW.example })),
        element("button", { type: "submit" }, NEW.go))),
  ];
}

/** @param {any[]} known @param {number} now @param {string} whose a user's name; nothing where they are one's own */
export function passkeyTable(known, now, whose) {
  return table(LIST.caption, LIST.columns, known.map(({ id, name, created_at: made, last_used_at: used, shared }) => [
    element("div", {}, name, element("span", { class: "soft" }, element("code", {}, id))),
    time(made, now),
    used ? time(used, now) : element("span", { class: "soft" }, NEVER),
    shared ? LIST.shared : LIST.single,
    element("button", {
      type: "button", class: "small danger", "data-action": "remove-passkey", "data-text": id, "data-name": name, "data-whose": whose,
      "aria-label": LIST.removeLabel(name),
    }, LIST.remove),
  ]));
}

/** @param {HTMLFormElement} form @param {import("./pages.js").Place} _ @param {import("./pages.js").Tell} tell */
export async function onSubmit(form, _, tell) {
  const name = String(new FormData(form).get("name"));
  const question = await api.beginPasskey();
  const made = await api.addPasskey({ attempt: question.attempt, name, credential: await makePasskey(question) });
  form.reset();
  tell(NEW.done(made.name));
}

/** @param {string} action @param {DOMStringMap} button @param {import("./pages.js").Place} _ @param {import("./pages.js").Tell} tell */
export function onAction(action, button, _, tell) {
  return action === "remove-passkey" ? removePasskey(button, tell) : undefined;
}

/** @param {DOMStringMap} button @param {import("./pages.js").Tell} tell */
export async function removePasskey({ text: id = "", name = "", whose = "" }, tell) {
  ask({ title: REMOVE.title(name), plan: whose ? REMOVE.planOfOther : REMOVE.plan, fields: [], go: REMOVE.go, danger: true }, async () => {
    await (whose ? api.removePasskeyOf(whose, id) : api.removePasskey(id));
    tell(REMOVE.done(name));
  });
}
