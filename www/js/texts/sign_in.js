// @ts-check
// What the sign-in says about the identity provider. Everything else of that page is in index.html.

export const signInWith = (/** @type {string} */ name) => `Sign in with ${name}`;

/** Why a sign-in at the provider has led to nothing, by the server's codes. */
export const NOT_SIGNED_IN = /** @type {Record<string, string>} */ ({
  provider_not_configured: "No identity provider is set here. Sign in by name or API token.",
  provider_unavailable: "The identity provider does not answer. Try again, or sign in by name or API token.",
  provider_unusable: "This server and the identity provider do not understand each other. Whoever runs this server finds out why with `keystile doctor`.",
  sign_in_other_browser: "That sign-in was begun in another browser or window, or is over. Begin again here.",
  sign_in_expired: "That sign-in took longer than ten minutes. Begin again.",
  sign_in_spent: "That sign-in has been used before. Begin again.",
  provider_refused: "The identity provider has not let you in. Ask whoever runs it whether you may use this server.",
  provider_answer_refused: "The identity provider's answer was not what it has to be, so nobody is signed in. Begin again; the server's log says what was wrong.",
  no_role: "The identity provider knows you, and none of your groups there has a role here. Ask an administrator for one.",
  no_name: "The identity provider gives you no name that could stand in the audit log. Ask whoever runs this server.",
  shut_out: "You are shut out here. Ask an administrator.",
  too_many_guesses: "Too many sign-ins have failed from your network. Wait a few seconds, and begin again.",
  too_many_users: "There are as many users here as there can be. Ask an administrator.",
});
export const NOT_SIGNED_IN_OTHERWISE = "Nobody was signed in. Begin again; if it persists, the server's log says why.";
