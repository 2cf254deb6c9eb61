// @ts-check

/** How each scope is spoken of, within a sentence and in the form. */
export const SCOPES = /** @type {Record<string, {words: string, choice: string}>} */ ({
  sid: { words: "session", choice: "A session (sid)" },
  sub: { words: "subject", choice: "A person or service (sub)" },
  jti: { words: "token", choice: "One token (jti)" },
  client_id: { words: "client", choice: "A client (client_id)" },
  kid: { words: "key", choice: "A key (kid)" },
  all: { words: "everybody", choice: "Everybody" },
});

export const WHOSE_TOKENS = "Whose tokens";
export const INTRODUCTION = "They are refused at every edge from then on. Nothing is done before you have seen what it would do.";
export const TAKEN_BACK = "Taken back already";
export const WHOSE = "Whose";
export const ITS_VALUE = "Its value";
export const SHOW = "Show what would happen…";
export const noKey = (/** @type {string} */ typed) => `No key starts with \`${typed}\`.`;
export const severalKeys = (/** @type {string} */ typed) => `Several keys start with \`${typed}\`: type more of it.`;

export const PLAN = {
  title: (/** @type {string} */ whom) => `Take back the tokens of ${whom}?`,
  within: (/** @type {string} */ bound) => `Every edge that can read the store refuses them within ${bound}.`,
  forGood: "This cannot be undone: whoever was meant by mistake signs in again and gets a new token.",
  start: "The start of whom it is about.",
  issuer: "The name of the issuer.",
  go: "Take back for good",
  done: (/** @type {string} */ whom) => `The tokens of ${whom} are taken back; the edge learns of it now.`,
  known: "It is taken back already, and for as long: nothing would change.",
  token: (/** @type {string} */ jti, /** @type {string} */ until) => `The token with the jti ${jti} is refused, until ${until}: by then it has expired anyway.`,
  session: (/** @type {string} */ sid, /** @type {string} */ until) =>
    `Every token of the session ${sid} is refused, those that are issued from now on too, until ${until}: by then it has expired anyway.`,
  everything: "Every token",
  everyTokenOf: (/** @type {string} */ whom) => `Every token of ${whom}`,
  before: (/** @type {string} */ whose, /** @type {string} */ at) => `${whose} that was issued before ${at} is refused; what is issued from then on is good.`,
  seen: (/** @type {string} */ count, /** @type {string} */ keys) => `The edge has seen ${count} tokens of ${keys} so far.`,
  allKeys: "all keys",
  key: (/** @type {string} */ kid) => `key ${kid}`,
};

const count = (/** @type {number} */ number, /** @type {string} */ written, /** @type {string} */ word) => `${written} ${word}${number === 1 ? "" : "s"}`;
/** How many there are, and how that is written. @param {[number, string]} tokens @param {[number, string]} sessions */
export const byName = ([tokens, writtenTokens], [sessions, writtenSessions]) =>
  (tokens + sessions === 0
    ? "No token and no session is taken back by name."
    : `Taken back by name: ${count(tokens, writtenTokens, "token")} and ${count(sessions, writtenSessions, "session")}.`);
export const nextExpires = (/** @type {string} */ at) => ` The next one expires at ${at}.`;
export const onTheirWay = (/** @type {string} */ number) => ` Of these, ${number} are still on their way to the edge.`;
export const CAPTION = "Instants before which tokens are refused";
export const COLUMNS = ["Whose", "Value", "Refused if issued before"];
