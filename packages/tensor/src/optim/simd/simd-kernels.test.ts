import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Arena } from "../arena.js";
import type { Kernels } from "../kernels.js";
import { plainKernels } from "../plain-kernels.js";
import { simdArena } from "./simd-arena.js";

const f = Math.fround;
const LONGEST = 5000;
const GUARD = 77;

/** The same arithmetic one number at a time, rounded to float32 after every operation. */
const scalarKernels: Omit<Kernels, "sumOfSquares"> = {
  descend(p, g, at) {
    p.forEach((x, i) => {
      const slope = f(f(f(at.gradientScale) * g[i]!) + f(f(at.decay) * x));
      p[i] = x - f(f(at.rate) * slope);
    });
  },
  descendWithMomentum(p, m, g, at) {
    p.forEach((x, i) => {
      const slope = f(f(f(at.gradientScale) * g[i]!) + f(f(at.decay) * x));
      const direction = f(f(f(at.momentum) * m[i]!) + slope);
      const step = f(f(f(at.slopeShare) * slope) + f(f(at.directionShare) * direction));
      m[i] = direction;
      p[i] = x - f(f(at.rate) * step);
    });
  },
  descendByMoments(p, m, v, g, at) {
    p.forEach((old, i) => {
      const x = f(f(at.keep) * old);
      const slope = f(f(f(at.gradientScale) * g[i]!) + f(f(at.decay) * x));
      const first = f(m[i]! + f(f(1 - at.beta1) * f(slope - m[i]!)));
      const second = f(f(f(at.beta2) * v[i]!) + f(f(f(1 - at.beta2) * slope) * slope));
      const root = f(f(f(at.rootScale) * f(Math.sqrt(second))) + f(at.epsilon));
      m[i] = first;
      v[i] = second;
      p[i] = x - f(f(at.rate) * f(first / root));
    });
  },
  average(a, s, decay) {
    a.forEach((old, i) => {
      const gap = f(s[i]! - old);
      a[i] = decay < 0.5 ? s[i]! + f(f(-decay) * gap) : old + f(f(1 - decay) * gap);
    });
  },
  scale(values, factor) {
    values.forEach((value, i) => {
      values[i] = f(factor) * value;
    });
  },
};

type Call = (kernels: Omit<Kernels, "sumOfSquares">, operands: readonly Float32Array[]) => void;
const at = { rate: 0.037, decay: 0.011, gradientScale: 0.73 };
const momentum = { ...at, momentum: 0.9, slopeShare: 1, directionShare: 0.9 };
const moments = { ...at, keep: 0.98, beta1: 0.9, beta2: 0.999, rootScale: 2.5, epsilon: 1e-3 };
/** The operands' count and how many of the first ones change. */
const CALLS: readonly [name: string, operands: number, changed: number, call: Call][] = [
  ["descend", 2, 1, (k, [p, g]) => k.descend(p!, g!, at)],
  ["descendWithMomentum", 3, 2, (k, [p, m, g]) => k.descendWithMomentum(p!, m!, g!, momentum)],
  ["descendByMoments", 4, 3, (k, [p, m, v, g]) => k.descendByMoments(p!, m!, v!, g!, moments)],
  ["average, long", 2, 1, (k, [a, s]) => k.average(a!, s!, 0.99)],
  ["average, short", 2, 1, (k, [a, s]) => k.average(a!, s!, 0.3)],
  ["scale", 1, 1, (k, [v]) => k.scale(v!, 0.31)],
];

function arenaFor(...lengths: number[]): Arena {
  const arena = simdArena(lengths);
  if (arena === null) throw new Error("this machine has no WebAssembly SIMD");
  return arena;
}

/** Positive (a second moment must be), spread over six decades. */
function numbers(length: number, salt: number): Float32Array {
  return Float32Array.from({ length }, (_, i) => 10 ** (((i * 0.6180339 + salt * 0.377) % 1) * 6 - 4));
}

/** A view in the middle of an array, with guards around, inside or outside the arena. */
function place(arena: Arena, home: "arena" | "heap", shift: number, values: Float32Array) {
  const length = values.length + shift + 20;
  const whole = home === "arena" ? arena.allocate(length) : new Float32Array(length);
  whole.fill(GUARD);
  const view = whole.subarray(shift, shift + values.length);
  view.set(values);
  const guardsHold = () =>
    whole.every((value, i) => (i >= shift && i < shift + values.length) || value === GUARD);
  return { view, guardsHold };
}

describe("SIMD kernels", () => {
  it.each(CALLS)(
    "%s is float32 arithmetic to the last bit, wherever the arrays are",
    (_, operands, changed, call) => {
      const places = fc.array(
        fc.record({ home: fc.constantFrom("arena" as const, "heap" as const), shift: fc.nat(20) }),
        { minLength: operands, maxLength: operands },
      );
      const lengths = fc.oneof(fc.integer({ min: 0, max: 40 }), fc.integer({ min: 2040, max: LONGEST }));
      fc.assert(
        fc.property(lengths, places, (length, chosen) => {
          const arena = arenaFor(...chosen.map(() => LONGEST + 40));
          const values = chosen.map((_each, i) => numbers(length, i + 1));
          const placed = chosen.map(({ home, shift }, i) => place(arena, home, shift, values[i]!));
          call(
            arena.kernels,
            placed.map(({ view }) => view),
          );
          const wanted = values.map((each) => each.slice());
          call(scalarKernels, wanted);
          placed.forEach(({ view, guardsHold }, i) => {
            expect(view).toEqual(wanted[i]);
            expect(guardsHold()).toBe(true);
            if (length > 0) expect(view.some((value, j) => value !== values[i]![j])).toBe(i < changed);
          });
        }),
        { numRuns: 40 },
      );
    },
  );

  it.each(CALLS)("%s agrees with plain JavaScript", (_, operands, _changed, call) => {
    const arena = arenaFor();
    const start = Array.from({ length: operands }, (_each, i) => numbers(3001, i + 1));
    const [fast, plain] = [start.map((each) => each.slice()), start.map((each) => each.slice())];
    call(arena.kernels, fast);
    call(plainKernels, plain);
    fast.forEach((array, i) => {
      const error = (value: number, j: number) =>
        Math.abs(value - plain[i]![j]!) / Math.max(Math.abs(plain[i]![j]!), start[i]![j]!);
      expect(array.map(error).reduce((most, each) => Math.max(most, each), 0)).toBeLessThan(1e-6);
    });
  });
});

describe("sumOfSquares", () => {
  it("is the float64 sum for any length and place", () => {
    const arena = arenaFor(...Array.from({ length: 9 }, () => LONGEST));
    for (const length of [0, 1, 15, 16, 17, 64, 2048, 2049, 4999]) {
      const values = numbers(length, 1);
      const inside = arena.allocate(length);
      inside.set(values);
      const wanted = values.reduce((sum, value) => sum + value * value, 0);
      for (const array of [values, inside]) {
        expect(Math.abs(arena.kernels.sumOfSquares(array) - wanted)).toBeLessThanOrEqual(1e-13 * wanted);
      }
    }
  });

  it("is finite exactly if every value is", () => {
    const { kernels } = arenaFor();
    for (const index of [0, 3, 16, 40]) {
      const values = new Float32Array(41).fill(3.4e38);
      expect(kernels.sumOfSquares(values)).toBeCloseTo(41 * f(3.4e38) ** 2, -70);
      values[index] = Number.NEGATIVE_INFINITY;
      expect(kernels.sumOfSquares(values)).toBe(Number.POSITIVE_INFINITY);
      values[index] = Number.NaN;
      expect(kernels.sumOfSquares(values)).toBeNaN();
    }
  });
});

describe("rounding at the edges", () => {
  it("never moves an average of a constant, and copies with decay 0", () => {
    const { kernels } = arenaFor();
    const source = numbers(100, 1);
    const average = source.slice();
    for (let i = 0; i < 50; i++) kernels.average(average, source, 0.9999);
    expect(average).toEqual(source);
    const other = numbers(100, 2);
    kernels.average(average, other, 0);
    expect(average).toEqual(other);
  });

  it("ends moments that fall below the smallest normal number", () => {
    const { kernels } = arenaFor();
    const [p, m, v, g] = [1, 1.2e-38, 1.175e-38, 0].map((value) => new Float32Array(16).fill(value));
    kernels.descendWithMomentum(p!, m!, g!, { ...momentum, decay: 0 });
    expect(m).toEqual(new Float32Array(16));
    m!.fill(-1.2e-38);
    kernels.descendByMoments(p!, m!, v!, g!, { ...moments, decay: 0, keep: 1 });
    expect([m, v]).toEqual([new Float32Array(16), new Float32Array(16)]);
  });

  it("never hide numbers that are not finite", () => {
    const { kernels } = arenaFor();
    const bad = Float32Array.of(Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY);
    const [p, m] = [new Float32Array(3), new Float32Array(3)];
    kernels.descendWithMomentum(p, m, bad, momentum);
    expect(m).toEqual(bad);
    expect(p).toEqual(Float32Array.of(Number.NaN, Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY));
    const [q, first, second] = [new Float32Array(3), new Float32Array(3), new Float32Array(3)];
    kernels.descendByMoments(q, first, second, bad, moments);
    expect(first).toEqual(bad);
    expect(second).toEqual(Float32Array.of(Number.NaN, Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY));
    expect(q).toEqual(new Float32Array(3).fill(Number.NaN));
  });
});

it("kernels.generated.ts was made from kernels.wat", () => {
  const read = (name: string) => readFileSync(new URL(name, import.meta.url), "utf8");
  const hash = createHash("sha256").update(read("kernels.wat")).digest("hex");
  expect(read("kernels.generated.ts")).toContain(hash);
});
