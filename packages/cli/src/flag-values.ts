import { type Complaint, UserError } from "@hermes-us/hermes";
import type { z } from "zod";
import type { Flag } from "./flags.js";

/** What was typed: all texts given to each flag, by the flag's key. */
export type TypedTexts = Readonly<Record<string, readonly string[]>>;

/**
 * Turns what was typed into the checked options of a command.
 *
 * @throws UserError with one complaint per bad option
 */
export function parseOptions<O extends z.ZodObject>(
  schema: O,
  flags: readonly Flag[],
  typed: TypedTexts,
  helpCommand: string,
): z.output<O> {
  const fix = `see \`${helpCommand}\``;
  const complaints: Complaint[] = [];
  const input: Record<string, unknown> = {};
  for (const flag of flags) {
    const texts = typed[flag.key];
    if (texts !== undefined) input[flag.key] = inputOf(flag, texts, complaints, fix);
  }
  const parsed = schema.safeParse(input);
  if (!parsed.success) {
    complaints.push(...parsed.error.issues.map((issue) => complaintOf(issue, flags, input, helpCommand)));
  }
  if (!parsed.success || complaints.length > 0) throw new UserError(complaints);
  return parsed.data;
}

function inputOf(flag: Flag, texts: readonly string[], complaints: Complaint[], fix: string): unknown {
  if (flag.kind === "list") return splitList(texts).map((entry) => entryOf(flag, entry));
  if (flag.kind === "map") return mapOf(flag, texts, complaints, fix);
  return entryOf(flag, texts.at(-1) ?? "");
}

function splitList(texts: readonly string[]): string[] {
  return texts.flatMap((text) => text.split(",")).map((entry) => entry.trim());
}

function mapOf(flag: Flag, texts: readonly string[], complaints: Complaint[], fix: string) {
  const entries: [string, unknown][] = [];
  for (const pair of splitList(texts)) {
    const cut = pair.indexOf("=");
    if (cut > 0) entries.push([pair.slice(0, cut), entryOf(flag, pair.slice(cut + 1))]);
    else complaints.push({ what: flag.name, got: quote(pair), wanted: "name=value", fix });
  }
  return Object.fromEntries(entries);
}

/** Text that is no number stays text: the schema then says what it wanted. */
function entryOf(flag: Flag, text: string): string | number {
  if (flag.entryKind === "text" || text.trim() === "") return text;
  const number = Number(text);
  return Number.isFinite(number) ? number : text;
}

function complaintOf(
  issue: z.core.$ZodIssue,
  flags: readonly Flag[],
  input: Readonly<Record<string, unknown>>,
  helpCommand: string,
): Complaint {
  const flag = flags.find(({ key }) => key === issue.path[0]);
  const fix = `see \`${helpCommand}\``;
  if (flag === undefined) {
    const command = helpCommand.replace(/ --help$/, "");
    return { what: command, got: "options that do not fit together", wanted: issue.message, fix };
  }
  const value = issue.path.reduce<unknown>(stepInto, input);
  if (value === undefined)
    return { what: flag.name, got: "nothing", wanted: flag.description || flag.wanted, fix };
  const own = issue.code === "custom" || issue.code === "invalid_format";
  const ofList = issue.path.length === 1 && (flag.kind === "list" || flag.kind === "map");
  return { what: flag.name, got: quote(value), wanted: own || ofList ? issue.message : flag.wanted, fix };
}

function stepInto(value: unknown, key: PropertyKey): unknown {
  if (typeof value !== "object" || value === null) return undefined;
  return Object.entries(value).find(([name]) => name === String(key))?.[1];
}

function quote(value: unknown): string {
  return typeof value === "string"
    ? JSON.stringify(value)
    : Array.isArray(value)
      ? value.join(",")
      : String(value);
}
