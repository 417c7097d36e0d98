import type { CommandContext } from "./command.js";

const INTERVAL_MS = 3000;

/**
 * A line on standard error every few seconds; work that is done sooner stays silent.
 *
 * @param describe what to say
 */
export function progressNotes(
  context: CommandContext,
  describe: (done: number, total: number | undefined) => string,
): (done: number, total: number | undefined) => void {
  let lastMs = Date.now();
  return (done, total) => {
    const nowMs = Date.now();
    if (nowMs - lastMs < INTERVAL_MS) return;
    lastMs = nowMs;
    context.note(describe(done, total));
  };
}
