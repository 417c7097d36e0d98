import { key } from "../random.js";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { bootstrap } from "./bootstrap.js";
import { clustersOf } from "./clusters.js";
import { forEachResample } from "./resample.js";
import { meanOf } from "./testing/statistics.js";

const alone = (n: number) => clustersOf(Array<null>(n).fill(null));

describe("bootstrap", () => {
  it("gives the same interval for the same key and another one for another", () => {
    const values = Array.from({ length: 40 }, (_, i) => Math.sin(i * i));
    const run = (seed: number) =>
      bootstrap({ mean: meanOf(values) }, alone(40), key(seed), { resamples: 500 }).mean;
    expect(run(1)).toEqual(run(1));
    expect(run(1).interval).not.toEqual(run(2).interval);
    expect(run(1)).toMatchObject({
      kind: "sampling",
      images: 40,
      clusters: 40,
      resamples: 500,
      undefinedResamples: 0,
    });
  });

  it.each(["percentile", "bca"] as const)("%s intervals hold the estimate", (method) => {
    const values = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 5, maxLength: 30 });
    fc.assert(
      fc.property(values, fc.integer(), (list, seed) => {
        const options = { resamples: 400, method };
        const { value, interval } = bootstrap(
          { mean: meanOf(list) },
          alone(list.length),
          key(seed),
          options,
        ).mean;
        expect(interval!.low).toBeLessThanOrEqual(value! + 1e-12);
        expect(interval!.high).toBeGreaterThanOrEqual(value! - 1e-12);
        expect(interval!.low).toBeGreaterThanOrEqual(Math.min(...list) - 1e-12);
        expect(interval!.high).toBeLessThanOrEqual(Math.max(...list) + 1e-12);
      }),
      { numRuns: 60 },
    );
  });

  it("draws whole clusters, as many as there are", () => {
    const clusters = clustersOf(["a", "b", "a", null, "b", "a"]);
    const drawn = new Set<string>();
    forEachResample(clusters, 300, key("clusters"), (weights) => {
      const [a, b, a2, single, b2, a3] = weights;
      expect([a2, a3, b2]).toEqual([a, a, b]);
      expect(a! + b! + single!).toBe(3);
      drawn.add(`${a} ${b} ${single}`);
    });
    // 3 draws of 3 clusters have 10 outcomes.
    expect(drawn.size).toBe(10);
  });

  it("covers the truth about as often as it says, for clustered images only when it knows the clusters", () => {
    const stream = key("coverage").stream();
    const patients = 40;
    const perPatient = 5;
    const groups = Array.from({ length: patients * perPatient }, (_, i) => `p${Math.floor(i / perPatient)}`);
    const covered = { clustered: 0, single: 0 };
    const trials = 200;
    for (let trial = 0; trial < trials; trial++) {
      const ofPatient = Array.from({ length: patients }, () => stream.normal());
      const values = groups.map((_, i) => ofPatient[Math.floor(i / perPatient)]! + 0.3 * stream.normal());
      for (const [name, clusters] of [
        ["clustered", clustersOf(groups)],
        ["single", alone(groups.length)],
      ] as const) {
        const { mean } = bootstrap({ mean: meanOf(values) }, clusters, key(trial), { resamples: 300 });
        if (mean.interval!.low <= 0 && mean.interval!.high >= 0) covered[name]++;
      }
    }
    expect(covered.clustered / trials).toBeGreaterThan(0.9);
    expect(covered.clustered / trials).toBeLessThan(0.985);
    expect(covered.single / trials).toBeLessThan(0.75);
  });

  it("has no interval for one cluster, an undefined value, or a statistic that most resamples lack", () => {
    const mean = meanOf([1, 2, 3]);
    expect(bootstrap({ mean }, clustersOf(["p", "p", "p"]), key(1)).mean).toMatchObject({
      value: 2,
      interval: null,
    });
    const never = bootstrap({ never: () => Number.NaN }, alone(3), key(1)).never;
    expect(never).toMatchObject({ value: null, interval: null });
    const onlyWhole = (weights: Float64Array) => (weights.every((weight) => weight === 1) ? 1 : Number.NaN);
    const rare = bootstrap({ onlyWhole }, alone(6), key(1), { resamples: 200 }).onlyWhole;
    expect(rare).toMatchObject({ value: 1, interval: null });
    expect(rare.undefinedResamples).toBeGreaterThan(150);
  });

  it("leaves out and counts single resamples without a value", () => {
    const first = (weights: Float64Array) => (weights[0] === 0 ? Number.NaN : weights[0]!);
    const { interval, undefinedResamples } = bootstrap({ first }, alone(4), key(3), {
      resamples: 1000,
    }).first;
    // (3/4)^4 = 0.316 of the resamples lack the first image.
    expect(undefinedResamples / 1000).toBeGreaterThan(0.26);
    expect(undefinedResamples / 1000).toBeLessThan(0.37);
    expect(interval!.low).toBe(1);
  });

  it("takes less than 2 s of processor time for 10,000 resamples of 2,000 images", () => {
    const values = Array.from({ length: 2000 }, (_, i) => (i % 97) / 97);
    const start = process.cpuUsage();
    const { mean } = bootstrap({ mean: meanOf(values) }, alone(2000), key("speed"));
    expect(mean.resamples).toBe(10_000);
    const { user, system } = process.cpuUsage(start);
    expect((user + system) / 1000).toBeLessThan(2000);
  });
});
