import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { decodeImage, writePhantoms } from "@hermes-us/hermes/node";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { runHermes } from "../testing/hermes-process.js";

const demo = (...words: string[]) => runHermes(["demo", ...words]);

describe("hermes demo", () => {
  let parent = "";
  beforeAll(async () => {
    parent = await mkdtemp(join(tmpdir(), "hermes-demo-"));
  });
  afterAll(() => rm(parent, { recursive: true, force: true }));

  it("trains both methods on the same labels, prints the table, writes pictures and page, and repeats nothing", async () => {
    const out = join(parent, "demo");
    const tiny = ["--out", out, "--images", "60", "--labels", "8", "--steps", "3"];
    const first = await demo(...tiny);
    expect(first).toMatchObject({ code: 0 });
    const table = first.out.split("\n").slice(0, 3);
    expect(table.map((line) => line.split(/\s+/)[0])).toEqual(["method", "supervised", "hermes"]);
    const scores: { method: string; dice: number; report: string }[] = JSON.parse(
      await readFile(join(out, "scores.json"), "utf8"),
    );
    for (const [i, { dice, report }] of scores.entries()) {
      expect(table[i + 1]).toContain(dice.toFixed(3));
      expect(await readFile(join(out, report), "utf8")).toContain("<html");
    }
    expect(JSON.parse(await readFile(join(out, "phantoms", "truth.json"), "utf8"))).toMatchObject({
      count: 60,
      lesions: "clear",
    });
    expect(await readFile(join(out, "index.html"), "utf8")).toContain("pictures.png");
    expect((await decodeImage(join(out, "pictures.png"))).widthPx).toBeGreaterThan(1000);
    const plans = await Promise.all(
      scores.map(({ report }) =>
        readFile(join(out, report.split("/").slice(0, 2).join("/"), "plan.json"), "utf8"),
      ),
    );
    const data = plans.map((text): unknown => JSON.parse(text).data);
    expect(data[0]).toMatchObject({ labels: "8", labelledImages: 8 });
    expect(data[1]).toEqual(data[0]);
    const second = await demo(...tiny);
    expect(second.out).toBe(first.out);
    expect(second.err).not.toContain("step 3/3");
  }, 120_000);

  it("does not take other phantoms for its own", async () => {
    const out = join(parent, "natural");
    await writePhantoms({
      out: join(out, "phantoms"),
      count: 60,
      sizePx: 96,
      seed: 7,
      layout: "bus-bra",
      lesions: "natural",
      plants: [],
    });
    const run = await demo("--out", out, "--images", "60", "--labels", "8", "--steps", "1");
    expect(run.code).toBe(2);
    expect(run.err).toContain("phantoms");
  }, 30_000);

  it("refuses a budget larger than the training part, with exit code 2", async () => {
    const run = await demo("--out", join(parent, "large"), "--images", "60", "--labels", "500");
    expect(run.code).toBe(2);
    expect(run.err).toContain("500");
  }, 30_000);
});
