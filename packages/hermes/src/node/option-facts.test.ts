import { readFile, writeFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import * as methods from "../methods/index.js";
import * as models from "../models/index.js";
import { trainingSettingsSchema } from "../train/settings.js";
import { type OptionFacts, optionFacts } from "./option-facts.js";

const docs = new URL("../../../../docs/", import.meta.url);

/** The table that a page must have. */
function markdownTable(facts: readonly OptionFacts[]): string {
  const code = (text: string) => `\`${text}\``;
  const rows = facts.map(({ path, type, default: value, describe: what }) =>
    [code(path), type.replaceAll("|", "\\|"), code(value), what].join(" | "),
  );
  return ["option | type | default | what", "--- | --- | --- | ---", ...rows]
    .map((row) => `| ${row} |`)
    .join("\n");
}

describe("optionFacts", () => {
  it("tells path, type with range, default and description", () => {
    const schema = z.strictObject({
      share: z.number().min(0).lt(1).default(0.5).describe("share kept"),
      task: z.strictObject({ kind: z.enum(["a", "b"]).default("b") }).prefault({}),
      limit: z.number().int().positive().nullable().default(null),
    });
    expect(optionFacts(schema)).toEqual([
      { path: "share", type: "number, at least 0 and below 1", default: "0.5", describe: "share kept" },
      { path: "task.kind", type: "a | b", default: "b", describe: "" },
      { path: "limit", type: "whole number, above 0 | null", default: "null", describe: "" },
    ]);
  });

  it("finds a description at every option of methods, models and training", () => {
    const schemas = [...Object.values(methods), ...Object.values(models)].map(({ options }) => options);
    const bare = [...schemas, trainingSettingsSchema].flatMap((schema) =>
      optionFacts(schema).filter(({ describe: what }) => what === ""),
    );
    expect(bare).toEqual([]);
  });
});

const TABLE = /(?<=<!-- options -->\n)[\s\S]*(?=<!-- \/options -->)/;

/** HERMES_UPDATE_DOCS=1 writes the table instead of comparing it. */
async function expectTable(page: string, schema: z.ZodObject): Promise<void> {
  const path = new URL(page, docs);
  const text = await readFile(path, "utf8");
  const table = `\n${markdownTable(optionFacts(schema))}\n\n`;
  if (process.env.HERMES_UPDATE_DOCS === "1")
    await writeFile(
      path,
      text.replace(TABLE, () => table),
    );
  else expect(TABLE.exec(text)?.[0], "run the test with HERMES_UPDATE_DOCS=1").toBe(table);
}

describe("the documentation's tables are those of the schemas", () => {
  it.each(Object.values(methods).map((method) => [method.name, method.options] as const))(
    "docs/methods/%s.md",
    (name, schema) => expectTable(`methods/${name}.md`, schema),
  );

  it("docs/guide/train.md", () => expectTable("guide/train.md", trainingSettingsSchema));
});
