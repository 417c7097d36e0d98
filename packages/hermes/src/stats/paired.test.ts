import { key } from "../random.js";
import { describe, expect, it } from "vitest";
import { UserError } from "../errors.js";
import { clustersOf } from "./clusters.js";
import { definedInBoth, pairById, pairedDifference } from "./paired.js";
import { meanOf } from "./testing/statistics.js";

describe("pairedDifference", () => {
  const images = 80;
  const stream = key("paired").stream();
  const difficulty = Array.from({ length: images }, () => stream.normal());
  const a = difficulty.map((value) => value + 0.1 + 0.05 * stream.normal());
  const clusters = clustersOf(difficulty.map(() => null));

  it("sees a small difference that the two intervals alone would hide", () => {
    const result = pairedDifference(meanOf(a), meanOf(difficulty), clusters, "higher-is-better", key(1), {
      resamples: 1000,
    });
    expect(result.difference.value).toBeCloseTo(result.a.value! - result.b.value!, 12);
    expect(result.verdict).toBe("a-better");
    expect(result.difference.interval!.low).toBeGreaterThan(0.08);
    expect(result.a.interval!.low).toBeLessThan(result.b.interval!.high);
  });

  it("turns with the direction of the metric and with the order of the runs", () => {
    const run = (first: number[], second: number[], direction: "higher-is-better" | "lower-is-better") =>
      pairedDifference(meanOf(first), meanOf(second), clusters, direction, key(1), { resamples: 400 })
        .verdict;
    expect(run(a, difficulty, "lower-is-better")).toBe("b-better");
    expect(run(difficulty, a, "higher-is-better")).toBe("b-better");
    expect(run(a, a, "higher-is-better")).toBe("undecided");
  });
});

describe("pairById", () => {
  it("joins by id in the order of the first run", () => {
    const pairs = pairById(
      [
        { id: "x", v: 1 },
        { id: "y", v: 2 },
      ],
      [
        { id: "y", w: 3 },
        { id: "x", w: 4 },
      ],
    );
    expect(pairs.map(([first, second]) => [first.v, second.w])).toEqual([
      [1, 4],
      [2, 3],
    ]);
  });

  it("refuses other images and names them", () => {
    const list = (...ids: string[]) => ids.map((id) => ({ id }));
    expect(() => pairById(list("x", "y"), list("x", "z"))).toThrow(/1 images only in the first \(y\).*\(z\)/);
    expect(() => pairById(list("x", "x"), list("x"))).toThrow(/first run: got 1 ids more than once \(x\)/);
    expect(() => pairById(list("x"), list())).toThrow(UserError);
  });
});

describe("definedInBoth", () => {
  it("keeps images with a value in both runs and counts the others", () => {
    const pairs = [
      [1, 2],
      [null, 2],
      [1, null],
      [0, 0],
    ] as const;
    expect(definedInBoth<number | null>(pairs, (value) => value)).toEqual({
      pairs: [
        [1, 2],
        [0, 0],
      ],
      leftOut: 2,
    });
  });
});
