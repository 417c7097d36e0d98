import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { type Engine, referenceEngine } from "@hermes-us/tensor";
import { ortNodeEngine } from "@hermes-us/tensor/ort-node";
import { describe, expect, it } from "vitest";
import { UserError } from "../errors.js";
import { sharedPath } from "../node/testing/shared.js";
import { checkLossesGolden } from "./golden-losses.js";

const fixture = fileURLToPath(new URL("../../../../fixtures/golden/hermes-losses.json", import.meta.url));
const contents = readFileSync(fixture, "utf8");
const shared = sharedPath("golden", "hermes-losses.json");

const engines: readonly [string, () => Engine | Promise<Engine>][] = [
  ["reference", () => referenceEngine()],
  ["ort-node", () => ortNodeEngine({ threads: 1 })],
];

describe.each(engines)("the published losses on %s", (_, makeEngine) => {
  it("have the values and gradients of the released code", async () => {
    await using engine = await makeEngine();
    const rows = await checkLossesGolden(contents, engine);
    expect(rows.filter(({ ok }) => !ok)).toEqual([]);
    expect(new Set(rows.map((row) => row.case)).size).toBe(10);
    expect(rows.filter(({ kind }) => kind === "gradients").length).toBeGreaterThanOrEqual(12);
  });
});

describe("the golden check", () => {
  it.skipIf(shared === undefined)("runs on the file that the values came in", async () => {
    await using engine = referenceEngine();
    expect((await checkLossesGolden(readFileSync(shared!, "utf8"), engine)).every(({ ok }) => ok)).toBe(true);
  });

  it("fails on a value, a gradient, a salt and a case that differ", async () => {
    await using engine = referenceEngine();
    const failed = async (change: (file: { salt: string; cases: Record<string, unknown>[] }) => void) => {
      const file = JSON.parse(contents);
      file.cases = file.cases.filter((entry: { case: string }) => entry.case === "supervised_classification");
      change(file);
      const rows = await checkLossesGolden(JSON.stringify(file), engine);
      return rows.filter(({ ok }) => !ok).map(({ kind, worstField }) => `${kind} ${worstField}`);
    };
    expect(await failed(() => {})).toEqual([]);
    expect(await failed(({ cases }) => Object.assign(cases[0]!, { loss: 0.5931 }))).toEqual(["values loss"]);
    const gradient = { grad_logits: { shape: [4, 2], data: [0, 0, 0, 0, 0, 0, 0, 0.1] } };
    expect(await failed(({ cases }) => Object.assign(cases[0]!, gradient))).toEqual([
      "gradients grad_logits",
    ]);
    expect(await failed((file) => Object.assign(file, { salt: "other" }))).toHaveLength(2);
    expect(await failed(({ cases }) => Object.assign(cases[0]!, { case: "novel" }))).toEqual([
      "values no check is known for this case",
    ]);
  });

  it("refuses what is no golden file", async () => {
    await using engine = referenceEngine();
    await expect(checkLossesGolden("{}", engine)).rejects.toThrow(UserError);
    const bare = JSON.stringify({ salt: "public", cases: [{ case: "supervised_classification" }] });
    await expect(checkLossesGolden(bare, engine)).rejects.toThrow(/no input cls.logits/);
    await expect(checkLossesGolden("not JSON", engine)).rejects.toThrow(/golden file: got .*; wanted JSON/s);
  });
});
