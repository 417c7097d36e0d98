import type { z } from "zod";

/** 0 done, 1 our fault, 2 the user's mistake; single commands may give others a meaning and say so in `details`. */
export type ExitCode = number;

export interface CommandContext {
  /** Results: standard output. */
  print(line: string): void;
  /** Progress and remarks: standard error. */
  note(line: string): void;
  /** Aborted on Ctrl-C or SIGTERM. */
  readonly signal: AbortSignal;
}

export interface CommandArgument {
  readonly name: string;
  readonly describe: string;
  readonly arity: "one" | "optional" | "many";
}

export interface CommandInput<O extends z.ZodObject> {
  /** Values by argument name, in order; empty for an optional one left out. */
  readonly args: Readonly<Record<string, readonly string[]>>;
  readonly options: z.output<O>;
  readonly context: CommandContext;
}

/** One command of the program. Flags, help, defaults and checks come from the schema of `options`. */
export interface Command<O extends z.ZodObject = z.ZodObject> {
  /** The words after `hermes`: `["data", "import"]`. */
  readonly path: readonly string[];
  readonly summary: string;
  /** Shown below the options: examples, exit codes. */
  readonly details: string;
  readonly arguments: readonly CommandArgument[];
  /** A strict object; key `labelBudget` becomes `--label-budget`; `.describe()` gives the help line with its unit. */
  readonly options: O;
  run(input: CommandInput<O>): Promise<ExitCode>;
}

export function defineCommand<O extends z.ZodObject>(command: Command<O>): Command<O> {
  return Object.freeze(command);
}
