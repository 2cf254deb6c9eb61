// @ts-check
// Addresses and pages. Links are links: they can be opened in a new tab, kept and sent; a click on one only saves the load.

/** @typedef {{page: string, kid: string}} Route */

const ADDRESSES = /** @type {Record<string, string>} */ ({
  "/": "overview",
  "/keys": "keys",
  "/edge": "edge",
  "/inspector": "inspector",
  "/take-back": "take-back",
  "/audit": "audit",
  "/people": "people",
  "/passkeys": "passkeys",
  "/approvals": "approvals",
  "/settings": "settings",
  "/emergency": "emergency",
});

/** The inspector's document may compile WebAssembly and the others may not, so that the way to it and back is a load. */
const LOADED_ANEW = ["/inspector"];

/** @param {string} page */
export const addressOf = (page) => Object.keys(ADDRESSES).find((address) => ADDRESSES[address] === page) ?? "/";

/** @param {string} kid */
export const keyAddress = (kid) => `/keys/${encodeURIComponent(kid)}`;

/** The page that the address bar names. @returns {Route} */
export function route() {
  const path = location.pathname.replace(/(.)\/$/, "$1");
  const [, kid] = path.match(/^\/keys\/([\w-]+)$/) ?? [];
  if (kid) return { page: "key", kid };
  return { page: ADDRESSES[path] ?? "nothing", kid: "" };
}

/** Follows links within the console without loading it anew. @param {() => void} onMove */
export function prepareRouter(onMove) {
  addEventListener("popstate", onMove);
  document.addEventListener("click", (event) => {
    const link = event.target instanceof Element ? event.target.closest("a[href]") : null;
    const plain = event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey;
    if (!(link instanceof HTMLAnchorElement) || !plain || !leadsHere(link)) return;
    event.preventDefault();
    go(link.pathname, onMove);
  });
}

/** @param {string} address @param {() => void} onMove */
export function go(address, onMove) {
  if (address !== location.pathname) history.pushState(null, "", address);
  onMove();
}

/** @param {HTMLAnchorElement} link */
function leadsHere(link) {
  const isOurs = link.origin === location.origin && !link.hash && !link.download && !link.target;
  const isLoaded = [link.pathname, location.pathname].some((path) => LOADED_ANEW.includes(path));
  return isOurs && !isLoaded && (link.pathname in ADDRESSES || link.pathname.startsWith("/keys/"));
}
