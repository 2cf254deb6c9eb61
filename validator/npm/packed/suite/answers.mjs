// An address at the referee's server, which answers what a case tells it to.

let made = 0;

export class Answers {
  #url;

  constructor(server) {
    // Several runtimes may ask one server at once.
    this.#url = `${server}/answers/${crypto.randomUUID()}-${made++}`;
  }

  get url() {
    return this.#url;
  }

  /** Sets what is answered from now on: { status, headers, body, delay }; forgets what was asked. */
  async give(answer) {
    const body = typeof answer.body === "string" ? answer.body : JSON.stringify(answer.body);
    await fetch(this.#url, { method: "PUT", body: JSON.stringify({ ...answer, body }) });
    return this;
  }

  /** The headers of the requests since. */
  async asked() {
    return (await fetch(`${this.#url}/asked`)).json();
  }
}
