// @ts-check
// Follows the server: asks every two seconds, more seldom while it does not answer, and not at all while nobody looks.

const RHYTHM = 2_000;
const LONGEST_PAUSE = 30_000;

/**
 * @param {() => Promise<void>} read asks the server once; a rejection means that it did not answer
 * @param {(lost: {since: number, nextTry: number, error: Error} | null) => void} report
 */
export function follow(read, report) {
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  let failures = 0;
  let answered = Date.now();
  let running = true;
  let asking = false;

  const again = (/** @type {number} */ pause) => {
    clearTimeout(timer);
    if (running && !document.hidden) timer = setTimeout(ask, pause);
  };

  async function ask() {
    if (asking) return;
    asking = true;
    try {
      await read();
      failures = 0;
      answered = Date.now();
      if (running) report(null);
      again(RHYTHM);
    } catch (error) {
      failures += 1;
      const pause = Math.min(RHYTHM * 2 ** failures, LONGEST_PAUSE);
      if (running) report({ since: answered, nextTry: Date.now() + pause, error: /** @type {Error} */ (error) });
      again(pause);
    } finally {
      asking = false;
    }
  }

  const onVisibility = () => again(0);
  document.addEventListener("visibilitychange", onVisibility);
  again(0);
  return {
    now: () => again(0),
    stop() {
      running = false;
      clearTimeout(timer);
      document.removeEventListener("visibilitychange", onVisibility);
    },
  };
}
