import { UserError } from "@hermes-us/hermes";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { type Command, defineCommand } from "./command.js";
import { runProgram } from "./program.js";

const probe = defineCommand({
  path: ["data", "probe"],
  summary: "a command for tests",
  details: "Exit code 3: seen.",
  arguments: [
    { name: "DIR", describe: "a folder", arity: "one" },
    { name: "REST", describe: "more", arity: "many" },
  ],
  options: z.strictObject({
    seed: z.number().int().min(0).default(1).describe("same seed, same result"),
    share: z.number().gt(0).lt(1).optional().describe("of the images"),
    labelBudget: z.array(z.number()).default([]).describe("numbers of images"),
    normals: z.enum(["exclude", "include"]).default("exclude").describe("normal images"),
    classMap: z.record(z.string(), z.string()).optional(),
    folds: z.union([z.number().int().min(2), z.literal("own")]).optional(),
    name: z
      .string()
      .regex(/^[a-z]+$/, "small letters")
      .optional(),
  }),
  run: async ({ args, options, context }) => {
    context.print(JSON.stringify({ args, options }));
    return 3;
  },
});

async function run(words: readonly string[], commands: readonly Command[] = [probe]) {
  const printed: string[] = [];
  const noted: string[] = [];
  const context = {
    print: (line: string) => printed.push(line),
    note: (line: string) => noted.push(line),
    signal: new AbortController().signal,
  };
  const exitCode = await runProgram({ commands, version: "9.9.9", context }, words);
  return { exitCode, printed: printed.join("\n"), noted: noted.join("\n") };
}

async function complaintsOf(words: readonly string[]): Promise<string[]> {
  try {
    await run(words);
  } catch (error) {
    if (error instanceof UserError) return error.message.split("\n");
    throw error;
  }
  throw new Error("the command line was accepted");
}

const given = async (...words: readonly string[]) =>
  JSON.parse((await run(["data", "probe", "d", "r", ...words])).printed);

describe("runProgram", () => {
  it("hands over arguments, defaults and the exit code", async () => {
    expect(await given()).toEqual({
      args: { DIR: ["d"], REST: ["r"] },
      options: { seed: 1, labelBudget: [], normals: "exclude" },
    });
    expect((await run(["data", "probe", "d", "r"])).exitCode).toBe(3);
    expect((await given("s t")).args.REST).toEqual(["r", "s t"]);
  });

  it.each([
    [["--seed", "7"], { seed: 7 }],
    [["--seed=7"], { seed: 7 }],
    [["--seed", "7", "--seed", "8"], { seed: 8 }],
    [["--share", "1e-3"], { share: 0.001 }],
    [["--label-budget", "72,144", "--label-budget", "216"], { labelBudget: [72, 144, 216] }],
    [["--normals", "include"], { normals: "include" }],
    [["--class-map", "normal=benign,4a=x=y"], { classMap: { normal: "benign", "4a": "x=y" } }],
    [["--folds", "5"], { folds: 5 }],
    [["--folds", "own"], { folds: "own" }],
    [["--name", "abc"], { name: "abc" }],
  ])("reads %j", async (words, expected) => {
    expect((await given(...words)).options).toMatchObject(expected);
  });

  it.each([
    [["--seed", "x"], '--seed: got "x"; wanted a whole number at least 0; see `hermes data probe --help`.'],
    [["--seed", "-1"], "--seed: got -1; wanted a whole number at least 0; see `hermes data probe --help`."],
    [["--seed", ""], '--seed: got ""; wanted a whole number at least 0; see `hermes data probe --help`.'],
    [
      ["--share", "1"],
      "--share: got 1; wanted a number above 0 and below 1; see `hermes data probe --help`.",
    ],
    [
      ["--label-budget", "72,many"],
      '--label-budget: got "many"; wanted a number; see `hermes data probe --help`.',
    ],
    [
      ["--normals", "yes"],
      '--normals: got "yes"; wanted one of exclude, include; see `hermes data probe --help`.',
    ],
    [
      ["--class-map", "normal"],
      '--class-map: got "normal"; wanted name=value; see `hermes data probe --help`.',
    ],
    [
      ["--folds", "1"],
      "--folds: got 1; wanted a whole number at least 2 or own; see `hermes data probe --help`.",
    ],
    [["--name", "ABC"], '--name: got "ABC"; wanted small letters; see `hermes data probe --help`.'],
    [
      ["--normal", "x"],
      "hermes data probe: got the unknown option --normal; wanted an option of this command; did you mean --normals? See `hermes data probe --help`.",
    ],
    [
      ["--name"],
      "hermes data probe: got --name at the end; wanted a value after it; see `hermes data probe --help`.",
    ],
  ])("refuses %j in one line", async (words, line) => {
    expect(await complaintsOf(["data", "probe", "d", "r", ...words])).toEqual([line]);
  });

  it("reports all bad values together", async () => {
    expect(
      await complaintsOf(["data", "probe", "d", "r", "--seed", "x", "--normals", "y", "--class-map", "z"]),
    ).toHaveLength(3);
  });

  it.each([
    [
      ["dat"],
      'hermes: got the unknown command "dat"; wanted one of data; did you mean data? See `hermes --help`.',
    ],
    [
      ["data", "porbe"],
      'hermes data: got the unknown command "porbe"; wanted one of probe; did you mean probe? See `hermes data --help`.',
    ],
    [
      ["data", "probe"],
      "hermes data probe: got no DIR; wanted the argument DIR; see `hermes data probe --help`.",
    ],
    [
      ["--wersion"],
      "hermes: got the unknown option --wersion; wanted an option of this command; did you mean --version? See `hermes --help`.",
    ],
  ])("helps with %j", async (words, line) => {
    expect(await complaintsOf(words)).toEqual([line]);
  });

  it("shows type, choices, default and description in the help", async () => {
    const { printed, exitCode } = await run(["data", "probe", "--help"]);
    const help = printed.replace(/\s+/g, " ");
    for (const part of [
      "--seed <number> same seed, same result (at least 0; default: 1)",
      "--share <number> of the images (above 0 and below 1)",
      "--label-budget <number,...> numbers of images",
      "--normals <word> normal images (one of: exclude, include; default: exclude)",
      "--folds <number|own>",
      "Exit code 3: seen.",
    ]) {
      expect(help).toContain(part);
    }
    expect(exitCode).toBe(0);
    expect((await run(["--version"])).printed).toBe("9.9.9");
  });

  it("does not take a boolean option, or two commands of one name", async () => {
    const bad: Command = { ...probe, options: z.strictObject({ fast: z.boolean().optional() }) };
    await expect(run(["data"], [bad])).rejects.toThrow(/use words/);
    await expect(run(["data"], [probe, probe])).rejects.toThrow(/two commands/);
  });

  it("lets the failure of a command through", async () => {
    const failing: Command = {
      ...probe,
      arguments: [],
      options: z.strictObject({}),
      run: () => Promise.reject(new RangeError("a bug")),
    };
    await expect(run(["data", "probe"], [failing])).rejects.toThrow(RangeError);
  });
});

describe("flags with a short name, or a meaning without a value", () => {
  const bare = defineCommand({
    path: ["bare"],
    summary: "a command for tests",
    details: "",
    arguments: [],
    options: z.strictObject({
      json: z.enum(["yes", "no"]).default("no").meta({ bare: "yes" }).describe("as JSON"),
      out: z.string().default("here").meta({ short: "o" }).describe("where to"),
    }),
    run: async ({ options, context }) => {
      context.print(JSON.stringify(options));
      return 0;
    },
  });

  it.each([
    [["bare"], { json: "no", out: "here" }],
    [["bare", "--json", "-o", "there"], { json: "yes", out: "there" }],
    [["bare", "--json", "no", "--out", "there"], { json: "no", out: "there" }],
  ])("%j", async (words, options) => {
    const { printed } = await run(words, [bare]);
    expect(JSON.parse(printed)).toEqual(options);
  });
});
