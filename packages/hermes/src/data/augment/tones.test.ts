import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { key } from "../../random.js";
import { gaussianBlur } from "./blur.js";
import type { Tone, ToneName } from "./policy.js";
import { applyTones } from "./tones.js";

const SIDE = 64;

/** Noise between 0.2 and 0.7 with a black frame of 8 pixels. */
function scan(): Float32Array {
  const stream = key("scan").stream();
  return Float32Array.from({ length: SIDE * SIDE }, (_, i) => {
    const [x, y] = [i % SIDE, Math.floor(i / SIDE)];
    const inside = Math.min(x, y, SIDE - 1 - x, SIDE - 1 - y) >= 8;
    return inside ? 0.2 + 0.5 * stream.uniform() : 0;
  });
}

const examples: { readonly [K in ToneName]: Extract<Tone, { op: K }> } = {
  brightness: { op: "brightness", probability: 1, factor: [1.2, 1.2] },
  contrast: { op: "contrast", probability: 1, factor: [0.5, 0.5] },
  gamma: { op: "gamma", probability: 1, exponent: [2, 2] },
  blur: { op: "blur", probability: 1, sigmaShare: [1 / SIDE, 1 / SIDE] },
  speckle: { op: "speckle", probability: 1, deviation: [0.1, 0.1] },
  posterise: { op: "posterise", probability: 1, levels: [5, 5] },
  equalise: { op: "equalise", probability: 1, share: [1, 1] },
  "time-gain": { op: "time-gain", probability: 1, maxDb: 3 },
};

function applied(name: ToneName, view = scan(), seed = 1): Float32Array {
  applyTones(view, SIDE, [examples[name]], key(seed));
  return view;
}

const interior = (view: Float32Array) => view.filter((_, i) => scan()[i]! > 0);
const mean = (values: Float32Array) => values.reduce((a, b) => a + b, 0) / values.length;
const middle = (SIDE / 2) * SIDE + SIDE / 2;

describe("every tone", () => {
  it.each(Object.values(examples))(
    "$op changes the picture, within 0 to 1, the same for the same key",
    (tone) => {
      const view = applied(tone.op);
      expect([...view]).not.toEqual([...scan()]);
      expect(view.every((v) => v >= 0 && v <= 1)).toBe(true);
      expect([...applied(tone.op)]).toEqual([...view]);
    },
  );

  it.each(Object.values(examples).filter(({ op }) => op !== "contrast"))(
    "$op keeps black black",
    ({ op }) => {
      expect(applied(op)[0]).toBe(0);
    },
  );

  it("is applied with its probability", () => {
    const tone: Tone = { ...examples.brightness, probability: 0.3 };
    const changed = Array.from({ length: 1000 }, (_, seed) => {
      const view = new Float32Array(4).fill(0.5);
      applyTones(view, 2, [tone], key(seed));
      return view[0] === 0.5 ? 0 : 1;
    }).reduce((sum: number, one) => sum + one, 0);
    // Four standard deviations of a binomial of 1000 at 0.3.
    expect(Math.abs(changed - 300)).toBeLessThan(58);
  });

  it("stays within 0 to 1 in any combination", () => {
    const tones = fc.shuffledSubarray(Object.values(examples));
    fc.assert(
      fc.property(tones, fc.integer(), (chosen, seed) => {
        const view = scan();
        applyTones(view, SIDE, chosen, key(seed));
        return view.every((v) => v >= 0 && v <= 1);
      }),
      { numRuns: 30 },
    );
  });
});

describe("what each does", () => {
  it("brightness multiplies", () => {
    expect(applied("brightness")[middle]).toBeCloseTo(1.2 * scan()[middle]!, 5);
  });

  it("contrast halves the distance from the mean", () => {
    const [before, after] = [scan(), applied("contrast")];
    expect(mean(after)).toBeCloseTo(mean(before), 4);
    expect(after[middle]! - mean(after)).toBeCloseTo(0.5 * (before[middle]! - mean(before)), 4);
  });

  it("gamma raises to a power", () => {
    expect(applied("gamma")[middle]).toBeCloseTo(scan()[middle]! ** 2, 4);
  });

  it("posterise leaves five levels", () => {
    expect(new Set(applied("posterise")).size).toBeLessThanOrEqual(5);
  });

  it("equalise makes the levels of the scan even", () => {
    const sorted = interior(applied("equalise")).sort();
    [0.1, 0.5, 0.9].forEach((share) => {
      expect(sorted[Math.floor(share * sorted.length)]).toBeCloseTo(share, 1);
    });
  });

  it("speckle has the asked deviation relative to the level, and a grain", () => {
    const flat = applied("speckle", new Float32Array(SIDE * SIDE).fill(0.5), 2);
    const relative = flat.map((v) => v / 0.5 - 1);
    const deviation = Math.sqrt(mean(relative.map((v) => v * v)));
    expect(deviation).toBeGreaterThan(0.085);
    expect(deviation).toBeLessThan(0.115);
    const neighbours = relative.map((v, i) => v * (relative[i + 1] ?? 0));
    expect(mean(neighbours) / deviation ** 2).toBeGreaterThan(0.2);
  });

  it("time gain is one factor per row, within the limit, smooth in depth", () => {
    const view = applied("time-gain", new Float32Array(SIDE * SIDE).fill(0.4));
    const gains = Array.from({ length: SIDE }, (_, row) => 20 * Math.log10(view[row * SIDE]! / 0.4));
    view.forEach((v, i) => {
      expect(v).toBe(view[Math.floor(i / SIDE) * SIDE]);
    });
    // The curve through the sliders may overshoot them a little.
    expect(gains.every((db) => Math.abs(db) < 1.3 * 3)).toBe(true);
    expect(Math.max(...gains) - Math.min(...gains)).toBeGreaterThan(0.2);
    expect(Math.max(...gains.slice(1).map((db, i) => Math.abs(db - gains[i]!)))).toBeLessThan(1);
  });
});

describe("gaussianBlur", () => {
  it("spreads a point by a Gaussian that adds up to 1", () => {
    const view = new Float32Array(SIDE * SIDE);
    view[middle] = 1;
    gaussianBlur(view, SIDE, 1.5);
    expect(view.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 5);
    expect(view[middle + 1]! / view[middle]!).toBeCloseTo(Math.exp(-1 / (2 * 1.5 ** 2)), 5);
    expect(view[middle + 2 * SIDE]! / view[middle]!).toBeCloseTo(Math.exp(-4 / (2 * 1.5 ** 2)), 5);
  });

  it("keeps constants up to the edge", () => {
    const view = new Float32Array(SIDE * SIDE).fill(0.3);
    gaussianBlur(view, SIDE, 2);
    expect(view.every((v) => Math.abs(v - 0.3) < 1e-6)).toBe(true);
  });
});
