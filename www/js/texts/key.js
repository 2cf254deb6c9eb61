// @ts-check

export const noSuchKey = (/** @type {string} */ kid) => `This issuer has no key ${kid}. `;
export const ALL_KEYS = "All keys";
export const STATE = "State";
export const REFUSED_TITLE = "Refused";
export const PUBLIC_HALF = "Public half";
export const HISTORY = "History";
export const THROW_OUT = "Throw this key out";

export const FACTS = {
  state: "State",
  kind: "Kind",
  privateHalf: "Private half",
  here: "on this server, sealed",
  notHere: "not on this server",
  longestLife: "Longest token life",
  seen: "Tokens seen at the edge",
  lastSeen: "Last seen there",
  made: "Made",
  published: "Published",
  confirmed: "Confirmed everywhere",
  signing: "Signing since",
  superseded: "Superseded",
  safeToRemove: "Safe to remove",
  retired: "Retired",
  revoked: "Revoked",
  why: "Why",
  kid: "kid (RFC 7638 thumbprint)",
  print: "SHA-256 of the SPKI",
};

export const REFUSED = {
  none: "No edge has refused a token that names this key.",
  introduction: "Tokens that name this key, at all edges and ever since. A token names its key itself: whoever forges one can name any.",
  caption: "Refused tokens that name this key, by reason",
  columns: ["Reason", "Tokens"],
};

export const NO_HISTORY = "The log says nothing about this key.";
export const CAPTION = "What was done to this key, newest first";
export const COLUMNS = ["When", "Who", "What", "Why", "Entry"];
export const entry = (/** @type {number} */ seq) => `#${seq}`;
