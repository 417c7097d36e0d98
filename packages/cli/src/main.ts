#!/usr/bin/env node
import { readFileSync } from "node:fs";
import { formatComplaint, UserError } from "@hermes-us/hermes";
import { z } from "zod";
import type { Command, ExitCode } from "./command.js";
import * as registry from "./commands/index.js";
import { type ProcessContext, processContext } from "./process-context.js";
import { runProgram } from "./program.js";

const EXIT = { bug: 1, userMistake: 2, interrupted: 130 } as const;

async function main(): Promise<void> {
  const words = process.argv.slice(2).filter((word) => word !== "--no-color");
  if (words.length < process.argv.length - 2) process.env.NO_COLOR = "1";
  const context = processContext();
  const commands: readonly Command[] = Object.values(registry);
  try {
    process.exitCode = await runProgram({ commands, version: ownVersion(), context }, words);
  } catch (error) {
    process.exitCode = reportFailure(error, context);
  } finally {
    context.release();
  }
}

function ownVersion(): string {
  const text = readFileSync(new URL("../package.json", import.meta.url), "utf8");
  return z.object({ version: z.string() }).parse(JSON.parse(text)).version;
}

function reportFailure(error: unknown, context: ProcessContext): ExitCode {
  if (error instanceof UserError) {
    for (const complaint of error.complaints) context.note(formatComplaint(complaint));
    return EXIT.userMistake;
  }
  if (context.signal.aborted) {
    context.note("stopped");
    return EXIT.interrupted;
  }
  const message = error instanceof Error ? error.message : String(error);
  context.note(`this is a bug in hermes, not your mistake: ${message}`);
  if (process.env.HERMES_DEBUG === "1" && error instanceof Error) context.note(error.stack ?? "");
  else context.note("run again with HERMES_DEBUG=1 for the stack, and report it with the command line");
  return EXIT.bug;
}

await main();
