// @ts-check

export const ABSENT = "This server was built without the validator: build it with `cargo xtask build admin`, which makes both";
export const A_TOKEN = "A token";
export const STAYS_HERE = "The edge's own validator judges it in this page. The token does not leave your browser.";
export const TOKEN = "Token";

export const ASKING = "Asking the exact list of what is revoked…";
export const VERDICT = "Verdict";
export const judgedBy = (/** @type {number | undefined} */ version, /** @type {string} */ issuer) =>
  `Judged by key set version ${version ?? "–"}, for the issuer ${issuer}.`;
export const BELIEVES = "The edge believes this token.";
export const SIGNED_BY = "Signed by key ";
export const ROUTES_DEMAND_MORE = ". A route of the gateway may demand more than that: a scope, a claim.";
export const REFUSES = "The edge refuses this token.";
export const CLAIM_IS = "The claim is ";
export const claimReason = (/** @type {string | undefined} */ reason) => (reason ? `: ${reason}.` : ".");
export const ANSWERS = "It answers ";
export const UNAVAILABLE = "503 Service Unavailable";
export const UNAUTHORIZED = '401 Unauthorized, WWW-Authenticate: Bearer error="invalid_token"';

export const HEADER = "Header";
export const CLAIMS = "Claims";
export const AS_WRITTEN = "As they are written in the token: only the verdict says whether they are true.";
export const UNREADABLE = {
  header: "The header cannot be read: this part is not base64url of a JSON object.",
  claims: "The claims cannot be read: this part is not base64url of a JSON object.",
};
