import type { CommandContext } from "./command.js";

export interface ProcessContext extends CommandContext {
  /** Takes the handlers off again, so that the process can end. */
  release(): void;
}

const INTERRUPTED = 130;

/** The context of a real process: its two output streams, its signals. */
export function processContext(): ProcessContext {
  const controller = new AbortController();
  const onSignal = (): void => {
    if (controller.signal.aborted) process.exit(INTERRUPTED);
    process.stderr.write("\nstopping; once more to leave at once\n");
    controller.abort();
  };
  process.on("SIGINT", onSignal);
  process.on("SIGTERM", onSignal);
  const print = lineWriter(process.stdout);
  const note = lineWriter(process.stderr);
  return {
    print,
    note,
    signal: controller.signal,
    release() {
      process.off("SIGINT", onSignal);
      process.off("SIGTERM", onSignal);
    },
  };
}

/** A reader that goes away (`hermes … | head`) ends the output, not the work. */
function lineWriter(stream: NodeJS.WriteStream): (line: string) => void {
  let open = true;
  stream.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
    open = false;
  });
  return (line) => {
    if (open) stream.write(`${line}\n`);
  };
}
