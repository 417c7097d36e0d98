import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { bernoulliArray, Key, key, normalArray, permutation, uniformArray } from "./random.js";

const sortedCopy = (items: Iterable<number>) => [...items].sort((a, b) => a - b);
const meanOf = (values: ArrayLike<number>) => {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i]!;
  return sum / values.length;
};
const meanProduct = (a: ArrayLike<number>, b: ArrayLike<number>) => {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i]! - 0.5) * (b[i]! - 0.5);
  return sum / a.length;
};

describe("key", () => {
  it("is a stable function of seed and path", () => {
    // SHA-256 of 16 zero bytes, 02 and 7.0 as a little-endian float64; made with Python's hashlib.
    expect(key(7).words).toEqual([3737193715, 2353210857, 188374667, 412648285]);
    expect(key(7).fork("dropout", 3).words).toEqual([2144971889, 2232867104, 2574959658, 3082314235]);
  });

  it("tells numbers from strings and paths from joined paths", () => {
    const keys = [
      key(1),
      key("1"),
      key(1).fork("a", "b"),
      key(1).fork("ab"),
      key(1).fork("b", "a"),
      key(1).fork(1),
    ];
    expect(new Set(keys.map((each) => each.words.join())).size).toBe(keys.length);
  });

  it("forks step by step as it forks at once, without state", () => {
    const root = key("seed");
    root.stream().uniform();
    expect(root.fork("a").fork(2).words).toEqual(key("seed").fork("a", 2).words);
    expect(new Key(root.words).uniform(9)).toBe(root.uniform(9));
    expect(key(0).words).toEqual(key(-0).words);
  });

  it("refuses what has no stable name", () => {
    expect(() => key(Number.NaN)).toThrow("Key.fork: got NaN; wanted a finite number or a string.");
    expect(() => new Key([1, 2])).toThrow("got 2 words; wanted 4");
    expect(() => key(1).uniform(-1)).toThrow("wanted a whole number >= 0");
    expect(() => key(1).stream(0.5)).toThrow("wanted a whole number >= 0");
  });
});

describe("array draws", () => {
  it("do not depend on their length", () => {
    const source = key("length");
    fc.assert(
      fc.property(fc.nat(9000), fc.nat(9000), (a, b) => {
        const [short, long] = [Math.min(a, b), Math.max(a, b)];
        for (const draw of [uniformArray, normalArray, (k: Key, n: number) => bernoulliArray(k, n, 0.3)]) {
          expect(draw(source, short)).toEqual(draw(source, long).subarray(0, short));
        }
      }),
      { numRuns: 30 },
    );
  });

  it("agree with single draws to float32's 24 bits", () => {
    const source = key("single");
    uniformArray(source, 50).forEach((value, i) => {
      expect(value).toBe(Math.floor(source.uniform(i) * 2 ** 24) / 2 ** 24);
    });
  });

  it("has uniform moments and stays in [0, 1)", () => {
    const draws = uniformArray(key("moments"), 1_000_000);
    const counts = new Float64Array(100);
    for (const value of draws) counts[Math.floor(value * 100)]!++;
    let chiSquare = 0;
    for (const count of counts) chiSquare += (count - 10_000) ** 2 / 10_000;
    expect(counts).toHaveLength(100);
    expect(chiSquare).toBeGreaterThan(57); // 99 degrees of freedom: 0.0003 and 0.9997 quantiles
    expect(chiSquare).toBeLessThan(154);
    // Standard error of a lag product is 1 / 12 / sqrt(n) = 8.3e-5.
    for (const lag of [1, 2, 4, 7]) {
      expect(Math.abs(meanProduct(draws.subarray(lag), draws))).toBeLessThan(5e-4);
    }
  });

  it("is uncorrelated between neighbouring keys and between kinds", () => {
    const n = 200_000;
    const here = uniformArray(key("k").fork(0), n);
    const near = uniformArray(key("k").fork(1), n);
    const coins = bernoulliArray(key("k").fork(0), n, 0.5);
    expect(Math.abs(meanProduct(here, near))).toBeLessThan(1e-3);
    expect(Math.abs(meanProduct(here, coins))).toBeLessThan(3e-3);
  });

  it("has normal moments and tails", () => {
    const draws = normalArray(key("normal"), 1_000_001);
    const moments = [1, 2, 3, 4].map((power) => meanOf(draws.map((value) => value ** power)));
    const wanted = [0, 1, 0, 3];
    moments.forEach((moment, i) => {
      expect(Math.abs(moment - wanted[i]!)).toBeLessThan([0.005, 0.007, 0.02, 0.05][i]!);
    });
    // P(|z| > 1.96) = 0.05
    expect(meanOf(draws.map((value) => (Math.abs(value) > 1.959964 ? 1 : 0)))).toBeCloseTo(0.05, 2);
    expect(Math.abs(meanProduct(draws.subarray(1), draws) - 0.25)).toBeLessThan(5e-3);
  });

  it("draws ones with the wanted probability", () => {
    for (const probability of [0.1, 0.5, 0.9]) {
      const coins = bernoulliArray(key("coin"), 400_000, probability);
      expect(new Set(coins)).toEqual(new Set([0, 1]));
      expect(Math.abs(meanOf(coins) - probability)).toBeLessThan(0.004);
    }
    expect(meanOf(bernoulliArray(key("coin"), 5000, 0))).toBe(0);
    expect(meanOf(bernoulliArray(key("coin"), 5000, 1))).toBe(1);
    expect(() => bernoulliArray(key("coin"), 1, 1.1)).toThrow("got probability 1.1");
  });

  it("permutes: each order equally likely", () => {
    const counts = new Map<string, number>();
    for (let i = 0; i < 24_000; i++) {
      const order = permutation(key("orders").fork(i), 4).join("");
      counts.set(order, (counts.get(order) ?? 0) + 1);
    }
    expect(counts.size).toBe(24);
    let chiSquare = 0;
    for (const count of counts.values()) chiSquare += (count - 1000) ** 2 / 1000;
    expect(chiSquare).toBeLessThan(60); // 23 degrees of freedom: 0.99996 quantile
    expect(sortedCopy(permutation(key("long"), 10_000))).toEqual(Array.from({ length: 10_000 }, (_, i) => i));
    expect(permutation(key("none"), 0)).toHaveLength(0);
  });
});

describe("RandomStream", () => {
  it("continues where it stood", () => {
    fc.assert(
      fc.property(fc.nat(100), (drawn) => {
        const straight = key("resume").stream();
        for (let i = 0; i < drawn; i++) straight.uniform();
        straight.normal();
        const resumed = key("resume").stream(straight.position);
        expect([resumed.normal(), resumed.integer(0, 1000), resumed.uniform()]).toEqual([
          straight.normal(),
          straight.integer(0, 1000),
          straight.uniform(),
        ]);
      }),
    );
  });

  it("draws whole numbers evenly, bounds as named", () => {
    const stream = key("dice").stream();
    const counts = new Array<number>(6).fill(0);
    for (let i = 0; i < 60_000; i++) counts[stream.integer(-2, 4) + 2]!++;
    for (const count of counts) expect(Math.abs(count - 10_000)).toBeLessThan(450);
    expect(stream.integer(5, 6)).toBe(5);
    expect(() => stream.integer(3, 3)).toThrow("[3, 3)");
    expect(() => stream.integer(0, 2.5)).toThrow("whole numbers");
    expect(() => stream.integer(0, 2 ** 32 + 1)).toThrow("at most 2^32 apart");
  });

  it("draws from a range that fills two thirds of 2^32 without bias", () => {
    const stream = key("wide").stream();
    const span = 3 * 2 ** 30;
    let below = 0;
    for (let i = 0; i < 30_000; i++) if (stream.integer(0, span) < span / 3) below++;
    // Taking the word modulo the span would give one half.
    expect(below / 30_000).toBeCloseTo(1 / 3, 1);
    expect(Math.abs(below / 30_000 - 1 / 3)).toBeLessThan(0.015);
  });

  it("shuffles copies, chooses members", () => {
    const items = Object.freeze(["a", "b", "c", "d"]);
    const stream = key("cards").stream();
    const firsts = new Set<string>();
    for (let i = 0; i < 100; i++) {
      const shuffled = stream.shuffle(items);
      expect([...shuffled].sort()).toEqual([...items]);
      firsts.add(shuffled[0]!);
      expect(items).toContain(stream.choose(items));
    }
    expect(firsts.size).toBe(4);
    expect(() => stream.choose([])).toThrow("got no items");
  });

  it("has normal moments", () => {
    const stream = key("normal stream").stream();
    const draws = Float64Array.from({ length: 100_000 }, () => stream.normal());
    expect(Math.abs(meanOf(draws))).toBeLessThan(0.016);
    expect(Math.abs(meanOf(draws.map((value) => value * value)) - 1)).toBeLessThan(0.023);
  });
});
