// What was run, what failed, and the totals, in the words that `cargo xtask test` counts.

/** What fails often fails for one reason. */
const SHOWN = 20;

export class Report {
  #passed = 0;
  #failed = 0;
  #skipped = 0;

  /** Runs a suite, and counts its cases; one that cannot be run at all has failed. */
  async suite(name, run) {
    try {
      const { version = name, engine, passed, failed } = await run();
      this.#passed += passed;
      this.#failed += failed.length;
      console.log(`${failed.length ? "✖" : "✔"} ${name === version ? name : `${name}, ${version}`}${engine ? ` (${engine})` : ""}: ${passed} passed, ${failed.length} failed`);
      for (const { title, message } of failed.slice(0, SHOWN)) console.log(`    ${title}\n      ${message.split("\n").slice(0, 3).join("\n      ")}`);
    } catch (error) {
      this.#failed += 1;
      console.log(`✖ ${name} did not run: ${error?.stack ?? error}`);
    }
  }

  /** One case; it holds if `run` returns, or what it returns resolves. */
  async case(name, run) {
    try {
      await run();
      this.#passed += 1;
      console.log(`✔ ${name}`);
    } catch (error) {
      this.#failed += 1;
      console.log(`✖ ${name}: ${error.message}`);
    }
  }

  skipped(name, reason) {
    this.#skipped += 1;
    console.log(`- ${name} is left out: ${reason}`);
  }

  /** Writes the totals and returns the exit code. */
  end() {
    console.log(`# pass ${this.#passed}\n# fail ${this.#failed}\n# skipped ${this.#skipped}`);
    return this.#failed === 0 && this.#passed > 0 ? 0 : 1;
  }
}
