// @ts-check
// Follows the server: listens to its events; where those do not come, asks instead, more seldom while it does not answer;
// and does neither while nobody looks.
import * as api from "./api.js";

const RHYTHM = 2_000;
const LONGEST_PAUSE = 30_000;

/** @typedef {{since: number, nextTry: number, error: Error}} Lost */

/**
 * @param {(status: any) => Promise<void>} take is given the status of the server; a rejection means that it did not answer
 * @param {(lost: Lost | null) => void} report
 */
export function follow(take, report) {
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  let stopListening = () => {};
  let failures = 0;
  let answered = Date.now();
  let listenAgainAt = 0;
  let running = true;

  const again = (/** @type {number} */ pause) => {
    clearTimeout(timer);
    if (running && !document.hidden) timer = setTimeout(ask, pause);
  };

  /** @param {() => Promise<any>} read */
  async function answer(read) {
    try {
      await take(await read());
      failures = 0;
      answered = Date.now();
      if (running) report(null);
      return true;
    } catch (error) {
      failures += 1;
      const pause = Math.min(RHYTHM * 2 ** failures, LONGEST_PAUSE);
      if (running) report({ since: answered, nextTry: Date.now() + pause, error: /** @type {Error} */ (error) });
      again(pause);
      return false;
    }
  }

  async function ask() {
    if (!(await answer(api.status)) || !running) return;
    if (Date.now() < listenAgainAt) again(RHYTHM);
    else listen();
  }

  function listen() {
    stopListening();
    let heard = false;
    stopListening = api.events(
      (status) => {
        heard = true;
        answer(async () => status);
      },
      () => {
        // A stream that never spoke is refused, by the server or by a proxy: asking does for a while.
        if (!heard) listenAgainAt = Date.now() + LONGEST_PAUSE;
        again(heard ? 0 : RHYTHM);
      },
    );
  }

  const onVisibility = () => {
    if (document.hidden) stopListening();
    again(0);
  };
  document.addEventListener("visibilitychange", onVisibility);
  again(0);
  return {
    now: () => again(0),
    stop() {
      running = false;
      clearTimeout(timer);
      stopListening();
      document.removeEventListener("visibilitychange", onVisibility);
    },
  };
}
