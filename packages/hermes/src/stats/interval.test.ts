import { describe, expect, it } from "vitest";
import { bestRun } from "./best-run.js";
import { type Interval, verdictOf } from "./interval.js";

const interval = (low: number, high: number): Interval => ({ low, high, level: 0.95, method: "bca" });

describe("verdictOf", () => {
  it.each([
    { low: 0.01, high: 0.05, dice: "a-better", hd95: "b-better" },
    { low: -0.05, high: -0.01, dice: "b-better", hd95: "a-better" },
    { low: -0.01, high: 0.05, dice: "undecided", hd95: "undecided" },
    { low: 0, high: 0.05, dice: "undecided", hd95: "undecided" },
    { low: -0.05, high: 0, dice: "undecided", hd95: "undecided" },
  ])("[$low, $high]", ({ low, high, dice, hd95 }) => {
    expect(verdictOf(interval(low, high), "higher-is-better")).toBe(dice);
    expect(verdictOf(interval(low, high), "lower-is-better")).toBe(hd95);
  });

  it("decides nothing without an interval", () => {
    expect(verdictOf(null, "higher-is-better")).toBe("undecided");
  });
});

describe("bestRun", () => {
  const decided = [
    { a: "hermes", b: "cps", verdict: "a-better" },
    { a: "supervised", b: "hermes", verdict: "b-better" },
  ] as const;

  it("is the run that beats every other, on either side of a comparison", () => {
    expect(bestRun(["supervised", "cps", "hermes"], decided)).toBe("hermes");
  });

  it("does not exist where one comparison is undecided or missing, or there is one run", () => {
    expect(bestRun(["supervised", "cps", "hermes", "uamt"], decided)).toBeNull();
    expect(bestRun(["cps", "hermes"], [{ a: "hermes", b: "cps", verdict: "undecided" }])).toBeNull();
    expect(bestRun(["hermes"], decided)).toBeNull();
  });
});
