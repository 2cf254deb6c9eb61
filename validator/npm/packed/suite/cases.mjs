// What a suite needs of a test framework, in every runtime alike: cases by title, run one after the other, and assertions
// that throw.

export class Cases {
  #cases = [];

  /** Adds a case. It holds if `body` returns, or what it returns resolves. */
  test = (title, body) => void this.#cases.push({ title, body });

  /** Runs every case: { passed, failed: [{ title, message }] }. */
  async run() {
    const failed = [];
    for (const { title, body } of this.#cases) {
      try {
        await body();
      } catch (error) {
        failed.push({ title, message: error?.stack?.includes(error.message) ? error.stack : String(error) });
      }
    }
    return { passed: this.#cases.length - failed.length, failed };
  }
}

/** The same text, structure and types. A member that is undefined is not one that is absent. */
export function equal(got, wanted, where = "") {
  const [one, other] = [canonical(got), canonical(wanted)];
  if (one !== other) throw new Error(`${where && `${where}: `}got ${one}, wanted ${other}`);
}

export function ok(value, what) {
  if (!value) throw new Error(`not so: ${what}`);
}

/** That `body` throws what has these members; a regular expression stands for any text that it matches. */
export function throws(body, wanted, where = "") {
  let returned;
  try {
    returned = body();
  } catch (error) {
    return thrown(error, wanted, where);
  }
  throw new Error(`${where && `${where}: `}nothing is thrown, but ${canonical(returned)} returned`);
}

/** The same for a promise. */
export async function rejects(promise, wanted, where = "") {
  const settled = await promise.then((value) => ({ value }), (error) => ({ error }));
  if ("value" in settled) throw new Error(`${where && `${where}: `}nothing is thrown, but ${canonical(settled.value)} returned`);
  return thrown(settled.error, wanted, where);
}

function thrown(error, wanted, where) {
  for (const [name, value] of Object.entries(wanted)) {
    if (!(value instanceof RegExp && value.test(error[name]))) equal(error[name], value instanceof RegExp ? String(value) : value, `${where} \`${name}\` of ${error}`);
  }
  return error;
}

function canonical(value) {
  return JSON.stringify(value, (_, it) => {
    if (it === undefined || typeof it === "number" && !Number.isFinite(it)) return `\0${it}`;
    if (typeof it === "bigint" || typeof it === "symbol" || typeof it === "function") return `\0${String(it)}`;
    if (it === null || typeof it !== "object" || Array.isArray(it)) return it;
    return Object.fromEntries(Object.keys(it).sort().map((name) => [`.${name}`, it[name]]));
  });
}
