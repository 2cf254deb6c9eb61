// @ts-check
// Every page: what it reads besides the status, and what it shows.
import * as approvals from "./approvals.js";
import * as audit from "./audit.js";
import * as edge from "./edge.js";
import * as emergency from "./emergency.js";
import * as inspector from "./inspector.js";
import * as keyPage from "./key_page.js";
import * as keys from "./keys.js";
import * as overview from "./overview.js";
import * as passkeys from "./passkeys.js";
import * as people from "./people.js";
import * as takeBack from "./revocation.js";
import * as settings from "./settings.js";
import { empty } from "./part.js";
import { GONE_ADDRESS } from "./texts/frame.js";

/**
 * What a page may look at. `read` holds what the page reads, by name: undefined before the answer, an Error where it was
 * refused.
 *
 * @typedef {{
 *   who: {role: string, label: string, principal: string}, status: any, issuer: any, policy: any, settings: any, read: Record<string, any>,
 *   now: number, barrier: string | null, kid: string,
 * }} View
 * @typedef {{issuerId: string, activeKid: string, view: View}} Place
 * @typedef {(outcome: string, tone?: string) => void} Tell
 * @typedef {import("./element.js").Child} Child
 * @typedef {{
 *   reads?: Record<string, (issuerId: string, kid: string) => Promise<any>>,
 *   render: (view: View) => Child | Child[],
 *   heading?: (view: View) => Child[],
 *   onAction?: (action: string, button: DOMStringMap, place: Place, tell: Tell) => Promise<void> | undefined,
 *   onSubmit?: (form: HTMLFormElement, place: Place, tell: Tell) => Promise<void>,
 *   onChange?: (field: HTMLElement) => void,
 *   leave?: () => void,
 * }} Page
 */

/** @type {Record<string, Page>} */
export const pages = {
  overview,
  keys,
  key: keyPage,
  edge,
  inspector,
  "take-back": takeBack,
  audit,
  people,
  passkeys,
  approvals,
  settings,
  emergency,
  nothing: { render: () => empty(GONE_ADDRESS) },
};
