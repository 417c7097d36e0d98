import { describe, expect, it } from "vitest";
import { UserError } from "../../errors.js";
import { makeEvaluation, makeImages } from "../testing/make-evaluation.js";
import { compareEvaluations } from "./compare-evaluations.js";
import { comparisonCsv, comparisonMarkdown } from "./comparison-tables.js";
import { comparisonPage } from "./comparison-page.js";

const run = (method: string, seed: number, gain: number, labels = 10) =>
  makeEvaluation({ method, seed, labels, images: makeImages(`${method} ${seed} ${labels}`, gain) });

describe("compareEvaluations", () => {
  const comparison = compareEvaluations(
    [
      run("better", 1, 2),
      run("better", 2, 2),
      run("supervised", 1, 0),
      run("supervised", 2, 0),
      run("alone", 9, 2),
    ],
    "supervised",
  );

  it("pairs runs by budget, split and seed", () => {
    const difference = comparison.differences.find(({ metric, a }) => metric === "dice" && a === "better")!;
    expect(difference.pairs.map(({ seed }) => seed)).toEqual([1, 2]);
    const value = (method: string, seed: number, gain: number) =>
      run(method, seed, gain).segmentation!.metrics["dice"]!.value!;
    const byHand =
      (value("better", 1, 2) -
        value("supervised", 1, 0) +
        value("better", 2, 2) -
        value("supervised", 2, 0)) /
      2;
    expect(difference.mean).toBeCloseTo(byHand, 12);
    expect(difference.verdict).toBe("a-better");
    expect(difference.adjustedPValue).toBe(difference.pValue);
    expect(comparison.notes[0]).toContain("alone-10-s9");
  });

  it("says where no patient is known, and only there", () => {
    const note = expect.stringContaining("No patient is known");
    expect(comparison.notes).toContainEqual(note);
    const known = [run("better", 1, 2), run("supervised", 1, 0)].map((one) => ({
      ...one,
      data: { ...one.data, groups: 7 },
    }));
    expect(compareEvaluations(known, "supervised").notes).not.toContainEqual(note);
  });

  it("keeps the spread over trainings apart from intervals over patients", () => {
    const cell = comparison.cells.find(({ arm }) => arm === "better")!;
    expect(cell.metrics.dice!.seeds).toMatchObject({ kind: "seeds", runs: 2 });
    expect(cell.metrics.dice!.runs.map(({ low, high }) => low !== null && high !== null)).toEqual([
      true,
      true,
    ]);
  });

  it("prints no best value while a run has no partner, nor where an interval holds 0", () => {
    expect(comparison.best.dice).toEqual({ "10": null });
    const two = compareEvaluations([run("better", 1, 2), run("supervised", 1, 0)], "supervised");
    expect(two.best.dice).toEqual({ "10": "better" });
    expect(comparisonMarkdown(two)).toMatch(/\| better \| \*\*0\.\d+ \[/);
    const same = compareEvaluations([run("other", 1, 0), run("supervised", 1, 0)], "supervised");
    expect(same.differences.find(({ metric }) => metric === "dice")!.verdict).toBe("undecided");
    const [dice] = comparisonMarkdown(same).split("### AUROC");
    expect(dice).not.toContain("**");
    expect(same.best.dice).toEqual({ "10": null });
    expect(comparisonPage(same)).toContain("undecided");
  });

  it("corrects p values over all differences of a metric", () => {
    const three = compareEvaluations(
      [
        run("b", 1, 1),
        run("c", 1, 1),
        run("supervised", 1, 0),
        run("b", 1, 0, 20),
        run("supervised", 1, 0, 20),
      ],
      "supervised",
    );
    const dice = three.differences.filter(({ metric }) => metric === "dice");
    expect(dice).toHaveLength(3);
    const smallest = Math.min(...dice.map(({ pValue }) => pValue!));
    expect(Math.min(...dice.map(({ adjustedPValue }) => adjustedPValue!))).toBeCloseTo(3 * smallest, 12);
    expect(three.budgets).toEqual(["10", "20"]);
    expect(
      comparisonCsv(three)
        .split("\r\n")
        .filter((line) => line.startsWith("difference,dice")),
    ).toHaveLength(3);
  });

  it("refuses runs on other images, of one plan, and a baseline that is not there", () => {
    const images = makeImages("x", 1);
    const fewer = makeEvaluation({ method: "fewer", images: images.slice(1) });
    const full = makeEvaluation({ method: "supervised", images });
    expect(() => compareEvaluations([fewer, full], "supervised")).toThrow(/image 0/);
    const changed = images.map((image) => ({ ...image, sha256: "other" }));
    const other = makeEvaluation({ method: "other", images: changed });
    expect(() => compareEvaluations([other, full], "supervised")).toThrow(/other files under the same ids/);
    expect(() => compareEvaluations([full, full], "supervised")).toThrow(UserError);
    expect(() => compareEvaluations([full], "hermes")).toThrow(/no run of that method/);
  });
});
