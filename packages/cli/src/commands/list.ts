import { methods, models, profiles, UserError } from "@hermes-us/hermes";
import { didYouMean, optionFacts, settingFacts } from "@hermes-us/hermes/node";
import { z } from "zod";
import { defineCommand } from "../command.js";
import { textTable } from "../text-table.js";

/** One thing that can be chosen, with all that there is to know of it. */
interface Entry {
  readonly name: string;
  readonly title: string;
  /** Shown below the title, and in --json. */
  readonly facts: Readonly<Record<string, unknown>>;
  readonly options: ReturnType<typeof optionFacts>;
}

const lists = {
  methods: (): Entry[] =>
    Object.values(methods).map(({ name, title, paper, data, modelDefaults, options }) => ({
      name,
      title,
      facts: { paper, data, ...(modelDefaults === undefined ? {} : { modelDefaults }) },
      options: optionFacts(options),
    })),
  models: (): Entry[] =>
    Object.values(models).map(({ name, title, paper, sizeMultiplePx, options }) => ({
      name,
      title,
      facts: { paper, sizeMultiplePx },
      options: optionFacts(options),
    })),
  profiles: (): Entry[] =>
    Object.values(profiles).map((profile) => {
      const { name, title, ...facts } = profile;
      return { name, title, facts, options: settingFacts(profile) };
    }),
} as const;

const options = z.strictObject({
  json: z.enum(["no", "yes"]).default("no").meta({ bare: "yes" }).describe("all facts as JSON"),
});

export const list = defineCommand({
  path: ["list"],
  summary: "what there is to choose from: methods, models or profiles",
  details: `With a name it shows the paper and every option with its type, default and unit.

Examples:
  hermes list methods
  hermes list methods hermes
  hermes list profiles light
  hermes list models --json yes`,
  arguments: [
    { name: "what", describe: Object.keys(lists).join(", "), arity: "one" },
    { name: "name", describe: "one of them, in full", arity: "optional" },
  ],
  options,
  async run({ args, options: { json }, context }) {
    const entries = listed(args.what?.[0] ?? "");
    const name = args.name?.[0];
    const chosen = name === undefined ? entries : [named(entries, name)];
    if (json === "yes") context.print(JSON.stringify(chosen, undefined, 2));
    else if (name === undefined) printTable(entries, context.print);
    else for (const entry of chosen) printEntry(entry, context.print);
    return 0;
  },
});

function listed(what: string): Entry[] {
  if (what === "methods" || what === "models" || what === "profiles") return lists[what]();
  const names = Object.keys(lists);
  throw UserError.of(`list ${what}`, "no such list", names.join(", "), didYouMean(what, names, "choose one"));
}

function named(entries: readonly Entry[], name: string): Entry {
  const names = entries.map((entry) => entry.name);
  const found = entries.find((entry) => entry.name === name);
  if (found !== undefined) return found;
  throw UserError.of(name, "no such name", names.join(", "), didYouMean(name, names, "choose one"));
}

function printTable(entries: readonly Entry[], print: (line: string) => void): void {
  const rows = entries.map(({ name, title }) => [name, title]);
  for (const line of textTable([["name", "title"], ...rows])) print(line);
}

function printEntry({ name, title, facts, options: known }: Entry, print: (line: string) => void): void {
  print(`${name}: ${title}`);
  for (const [key, value] of Object.entries(facts)) {
    print(`  ${key}: ${typeof value === "object" ? JSON.stringify(value) : String(value)}`);
  }
  print("");
  const rows = known.map(({ path, type, default: value, describe }) => [path, type, value, describe]);
  for (const line of textTable([["option", "type", "default", "what"], ...rows])) print(line);
}
