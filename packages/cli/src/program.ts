import { type Complaint, UserError } from "@hermes-us/hermes";
import { CommanderError, Command as CommanderCommand, Option } from "commander";
import type { Command, CommandContext, ExitCode } from "./command.js";
import { parseOptions, type TypedTexts } from "./flag-values.js";
import { type Flag, flagsOf } from "./flags.js";
import { suggestion } from "./nearest.js";

const PROGRAM_NAME = "hermes";

const GROUP_SUMMARIES: Readonly<Record<string, string>> = {
  model: "what a model file says of itself",
  weights: "public weights for the encoders to begin from",
  data: "from a folder of images to an audited, locked split",
};

export interface Program {
  readonly commands: readonly Command[];
  readonly version: string;
  readonly context: CommandContext;
}

/**
 * Runs one command line.
 *
 * @param words what was typed after `hermes`
 * @returns the command's exit code
 * @throws UserError for a mistake in the words; whatever the command throws
 */
export async function runProgram(program: Program, words: readonly string[]): Promise<ExitCode> {
  const outcome: { exitCode: ExitCode } = { exitCode: 0 };
  const root = buildProgram(program, outcome);
  try {
    await root.parseAsync([...words], { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0 || error.code === "commander.help") return 0;
    throw new UserError([complaintOf(error, root, words)]);
  }
  return outcome.exitCode;
}

function buildProgram(program: Program, outcome: { exitCode: ExitCode }): CommanderCommand {
  const root = quiet(new CommanderCommand(PROGRAM_NAME), program.context)
    .description("Semi-supervised classification and segmentation of ultrasound images")
    .version(program.version, "--version", "print the version")
    .addHelpText(
      "after",
      "\nAll commands: --no-color or NO_COLOR=1 for plain text, HERMES_DEBUG=1 for stacks.",
    );
  checkPaths(program.commands);
  for (const command of program.commands) addCommand(root, command, program.context, outcome);
  return root;
}

function checkPaths(commands: readonly Command[]): void {
  const seen = new Set<string>();
  for (const { path } of commands) {
    const name = path.join(" ");
    if (path.length === 0 || seen.has(name)) throw new Error(`two commands are named "${name}"`);
    seen.add(name);
  }
}

/** Nothing is printed by commander but help and version; its mistakes arrive as exceptions. */
function quiet(command: CommanderCommand, context: CommandContext): CommanderCommand {
  return command
    .exitOverride()
    .showSuggestionAfterError(false)
    .helpOption("--help", "show this help")
    .helpCommand(false)
    .configureHelp({ styleTitle: (title) => title, showGlobalOptions: false })
    .configureOutput({
      writeOut: (text) => context.print(text.replace(/\n$/, "")),
      writeErr: (text) => context.note(text.replace(/\n$/, "")),
      outputError: () => undefined,
    });
}

function addCommand(
  root: CommanderCommand,
  command: Command,
  context: CommandContext,
  outcome: { exitCode: ExitCode },
): void {
  const parent = command.path.slice(0, -1).reduce((group, word) => groupOf(group, word, context), root);
  const leaf = quiet(parent.command(command.path.at(-1) ?? ""), context).description(command.summary);
  if (command.details !== "") leaf.addHelpText("after", `\n${command.details}`);
  for (const { name, arity, describe } of command.arguments) {
    leaf.argument(
      arity === "one" ? `<${name}>` : arity === "optional" ? `[${name}]` : `<${name}...>`,
      describe,
    );
  }
  const flags = flagsOf(command.options);
  for (const flag of flags) leaf.addOption(commanderOption(flag));
  const helpCommand = [PROGRAM_NAME, ...command.path, "--help"].join(" ");
  leaf.action(async () => {
    const options = parseOptions(command.options, flags, typedTexts(flags, leaf), helpCommand);
    outcome.exitCode = await command.run({ args: argumentsOf(command, leaf), options, context });
  });
}

function groupOf(parent: CommanderCommand, word: string, context: CommandContext): CommanderCommand {
  const known = parent.commands.find((child) => child.name() === word);
  return known ?? quiet(parent.command(word), context).description(GROUP_SUMMARIES[word] ?? "");
}

function commanderOption(flag: Flag): Option {
  const collect = (text: string, before: readonly string[] | undefined) => [...(before ?? []), text];
  const names = flag.short === undefined ? flag.name : `-${flag.short}, ${flag.name}`;
  if (flag.bare === undefined)
    return new Option(`${names} ${flag.placeholder}`, flag.help).argParser(collect);
  const optional = flag.placeholder.replace(/^<(.*)>$/, "[$1]");
  return new Option(`${names} ${optional}`, flag.help).preset(flag.bare).argParser(collect);
}

function typedTexts(flags: readonly Flag[], leaf: CommanderCommand): TypedTexts {
  const values = leaf.opts<Record<string, readonly string[] | undefined>>();
  const typed: Record<string, readonly string[]> = {};
  for (const { key, name } of flags) {
    const option = leaf.options.find(({ long }) => long === name);
    const texts = option === undefined ? undefined : values[option.attributeName()];
    if (texts !== undefined) typed[key] = texts;
  }
  return typed;
}

function argumentsOf(command: Command, leaf: CommanderCommand): Record<string, readonly string[]> {
  const typed = leaf.args;
  return Object.fromEntries(
    command.arguments.map(({ name, arity }, index) => [
      name,
      arity === "many" ? typed.slice(index) : typed.slice(index, index + 1),
    ]),
  );
}

/** Commander's mistakes in our four parts. */
function complaintOf(error: CommanderError, root: CommanderCommand, words: readonly string[]): Complaint {
  const { command, path } = commandAt(root, words);
  const helpCommand = `${path} --help`;
  const quoted = /'([^']*)'/.exec(error.message)?.[1] ?? "";
  const fix = `see \`${helpCommand}\``;
  switch (error.code) {
    case "commander.unknownOption": {
      const typed = quoted.split("=")[0] ?? quoted;
      const names = [...command.options.map(({ long }) => long ?? ""), "--help"];
      return {
        what: path,
        got: `the unknown option ${quoted}`,
        wanted: "an option of this command",
        fix: suggestion(typed, names, helpCommand),
      };
    }
    case "commander.unknownCommand": {
      const names = command.commands.map((child) => child.name());
      return {
        what: path,
        got: `the unknown command ${JSON.stringify(quoted)}`,
        wanted: `one of ${names.join(", ")}`,
        fix: suggestion(quoted, names, helpCommand),
      };
    }
    case "commander.missingArgument":
      return {
        what: path,
        got: `no ${quoted.toUpperCase()}`,
        wanted: `the argument ${quoted.toUpperCase()}`,
        fix,
      };
    case "commander.optionMissingArgument":
      return { what: path, got: `${quoted.split(" ")[0]} at the end`, wanted: "a value after it", fix };
    case "commander.excessArguments": {
      const known = command.registeredArguments.length;
      return {
        what: path,
        got: "more words than it has arguments",
        wanted: known === 0 ? "options only" : `${known} argument${known === 1 ? "" : "s"}`,
        fix: `${fix}, and put quotes round names with spaces`,
      };
    }
    default:
      return { what: path, got: error.message.replace(/^error: /, ""), wanted: "another command line", fix };
  }
}

/** The deepest command that the words name. */
function commandAt(
  root: CommanderCommand,
  words: readonly string[],
): { command: CommanderCommand; path: string } {
  let command = root;
  const path = [root.name()];
  for (const word of words) {
    const child = command.commands.find((candidate) => candidate.name() === word);
    if (child === undefined) break;
    command = child;
    path.push(word);
  }
  return { command, path: path.join(" ") };
}
