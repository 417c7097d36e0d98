import { execFile } from "node:child_process";
import { promisify } from "node:util";

const MAX_OUTPUT_BYTES = 1 << 24;

/**
 * Runs a program to its end.
 * @param stdin what it reads
 * @returns its standard output
 * @throws Error with what it wrote to standard error
 */
export async function outputOf(program: string, args: readonly string[], stdin = ""): Promise<string> {
  const running = promisify(execFile)(program, args, { maxBuffer: MAX_OUTPUT_BYTES });
  running.child.stdin?.end(stdin);
  return (await running).stdout;
}
