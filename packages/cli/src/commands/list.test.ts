import { describe, expect, it } from "vitest";
import { list } from "./list.js";

async function listed(what: string, name?: string, json: "no" | "yes" = "no"): Promise<string[]> {
  const lines: string[] = [];
  await list.run({
    args: { what: [what], name: name === undefined ? [] : [name] },
    options: { json },
    context: {
      print: (line) => lines.push(line),
      note: () => undefined,
      signal: new AbortController().signal,
    },
  });
  return lines;
}

describe("hermes list", () => {
  it.each([
    ["methods", ["hermes", "mean-teacher", "supervised"]],
    ["models", ["light-pair", "paper-pair", "residual-pair", "unet-pair"]],
    ["profiles", ["light", "paper", "as-published", "small"]],
  ])("%s by name", async (what, names) => {
    const first = (await listed(what)).map((line) => line.split(" ")[0]);
    for (const name of names) expect(first).toContain(name);
  });

  it("shows paper, options, ranges and defaults of one", async () => {
    const text = (await listed("methods", "mean-teacher")).join("\n");
    expect(text).toContain("https://arxiv.org/abs/1703.01780");
    expect(text).toContain(
      'modelDefaults: {"saliency":"off","attention":"off","lesionDescriptors":"off","classView":"image"}',
    );
    expect(text).toMatch(
      /emaDecay +number, at least 0 and below 1 +0\.99 +share of the old teacher kept per step/,
    );
  });

  it("shows the settings that a profile makes", async () => {
    const text = (await listed("profiles", "paper")).join("\n");
    expect(text).toMatch(/sidePx .* 224 /);
    expect(text).toMatch(/classification\.optimizer .* sgd /);
  });

  it("gives all of it as JSON", async () => {
    const [text] = await listed("models", undefined, "yes");
    const models: { name: string; options: { path: string }[] }[] = JSON.parse(text!);
    const pair = models.find(({ name }) => name === "unet-pair");
    expect(pair?.options.map(({ path }) => path)).toContain("width");
  });

  it("suggests the nearest name", async () => {
    await expect(listed("method")).rejects.toThrow("did you mean methods?");
    await expect(listed("models", "lihgt-pair")).rejects.toThrow("did you mean light-pair?");
  });
});
