// A browser as far as sign-in needs one: it keeps cookies for each host, and follows redirects when it is told to.

let visitors = 0;

export class Visitor {
  /** @type {Map<string, Map<string, string>>} */
  #jars = new Map();

  constructor() {
    visitors += 1;
    this.address = `192.0.2.${visitors % 250}`;
  }

  /** The cookies for an address. @param {string} url */
  jar(url) {
    const { host } = new URL(url);
    if (!this.#jars.has(host)) this.#jars.set(host, new Map());
    return this.#jars.get(host);
  }

  /** @param {string} url @param {RequestInit & {headers?: Record<string, string>}} init */
  async ask(url, init = {}) {
    const cookie = [...this.jar(url)].map(([name, value]) => `${name}=${value}`).join("; ");
    const headers = { ...init.headers, "x-forwarded-for": this.address, ...(cookie && { cookie }) };
    const answer = await fetch(url, { redirect: "manual", ...init, headers });
    for (const line of answer.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(line);
      if (!value || /max-age=0|expires=Thu, 01 Jan 1970/i.test(line)) this.jar(url).delete(name);
      else this.jar(url).set(name, value);
    }
    return answer;
  }

  /** Presses the button: where the browser is sent. @param {{url: string}} keystile */
  async begin(keystile) {
    const headers = { "x-keystile-csrf": "1", "sec-fetch-site": "same-origin" };
    const answer = await this.ask(`${keystile.url}/v1/session/provider`, { method: "POST", headers });
    if (!answer.ok) throw Object.assign(new Error("the sign-in does not begin"), await answer.json());
    return new URL((await answer.json()).location);
  }

  /** Signs in at the real provider as somebody: where the browser is sent back. @param {URL} location @param {string} login */
  async signInThere(location, login) {
    let at = location.href;
    for (let step = 0; step < 12; step += 1) {
      const answer = await this.ask(at);
      const next = answer.headers.get("location");
      if (next && new URL(next, at).pathname === "/v1/session/provider/callback") return new URL(next, at);
      if (next) at = new URL(next, at).href;
      else at = await this.#fillIn(await answer.text(), at, login);
    }
    throw new Error(`the provider leads nowhere: ${at}`);
  }

  async #fillIn(page, at, login) {
    if (login === "turns-back") {
      const [, abort] = /href="([^"]+\/abort)"/.exec(page);
      return new URL(abort, at).href;
    }
    const [, action] = /action="([^"]+)"/.exec(page);
    const [, prompt] = /name="prompt" value="([^"]+)"/.exec(page);
    const body = new URLSearchParams(prompt === "login" ? { prompt, login, password: "any" } : { prompt });
    const answer = await this.ask(new URL(action, at).href, { method: "POST", body });
    return new URL(answer.headers.get("location"), at).href;
  }

  /** Comes back: the code of the refusal, or nothing where somebody is signed in. @param {URL} callback */
  async comeBack(callback) {
    const answer = await this.ask(callback.href);
    if (answer.status !== 303) throw new Error(`the way back ends with ${answer.status}: ${await answer.text()}`);
    const location = answer.headers.get("location");
    if (location === "/") return null;
    return /^\/\?sign_in=([a-z_]+)$/.exec(location)[1];
  }

  /** Who is signed in. @param {{url: string}} keystile */
  async who(keystile) {
    const answer = await this.ask(`${keystile.url}/v1/session`);
    return answer.ok ? answer.json() : null;
  }
}
