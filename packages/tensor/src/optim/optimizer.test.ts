import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Arena, createArena, heapArena } from "./arena.js";
import { clipScale } from "./clip-gradients.js";
import { createOptimizer, type OptimizerSpec, type ParameterGroup, slotsOf } from "./optimizer.js";

type Numbers = Record<string, number[]>;
interface Fixture {
  learningRate: number;
  initial: Numbers;
  gradients: Numbers[];
  optimisers: { spec: OptimizerSpec; after: Record<string, Numbers> }[];
}

const fixture: Fixture = JSON.parse(
  readFileSync(new URL("../../../../fixtures/optim/optimisers.json", import.meta.url), "utf8"),
);
const mapOf = (numbers: Numbers) =>
  new Map(Object.entries(numbers).map(([name, values]) => [name, Float32Array.from(values)]));
/** The fixture's parameters and room for an optimiser's state, in an arena with fast kernels. */
function inArena(spec: OptimizerSpec): { parameters: Map<string, Float32Array>; arena: Arena } {
  const initial = mapOf(fixture.initial);
  const each = 1 + slotsOf(spec).length;
  const arena = createArena([...initial.values()].flatMap(({ length }) => new Array(each).fill(length)));
  const parameters = new Map(
    [...initial].map(([name, values]) => {
      const array = arena.allocate(values.length);
      array.set(values);
      return [name, array];
    }),
  );
  return { parameters, arena };
}
const HOMES = {
  "plain arrays": () => ({ parameters: mapOf(fixture.initial), arena: heapArena }),
  "an arena": inArena,
};
const CASES = Object.entries(HOMES).flatMap(([home, create]) =>
  fixture.optimisers.map(({ spec, after }) => ({ home, create, spec, after })),
);
const momentumSgd: OptimizerSpec = {
  kind: "sgd",
  momentum: 0.9,
  momentumForm: "classical",
  weightDecay: 0.01,
};
const adamSpec: OptimizerSpec = { kind: "adam", beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0.01 };

function worstRelativeError(got: ReadonlyMap<string, Float32Array>, wanted: Numbers): number {
  let worst = 0;
  for (const [name, values] of Object.entries(wanted)) {
    values.forEach((value, i) => {
      worst = Math.max(worst, Math.abs(got.get(name)![i]! - value) / Math.abs(value));
    });
  }
  return worst;
}

describe("createOptimizer, against PyTorch", () => {
  it.each(CASES)("in $home: $spec", ({ create, spec, after }) => {
    const { parameters, arena } = create(spec);
    const optimizer = createOptimizer(spec, parameters, undefined, arena);
    const compared: number[] = [];
    fixture.gradients.forEach((gradients, i) => {
      optimizer.step(mapOf(gradients), fixture.learningRate);
      const wanted = after[String(i + 1)];
      if (wanted !== undefined) compared.push(worstRelativeError(parameters, wanted));
    });
    expect(compared).toHaveLength(3);
    expect(Math.max(...compared)).toBeLessThanOrEqual(1e-5);
    // The comparison can fail: the start is far from the end.
    expect(worstRelativeError(mapOf(fixture.initial), after["20"]!)).toBeGreaterThan(1e-2);
  });
});

describe("state and restore", () => {
  it.each(CASES)("resumes bit for bit in $home: $spec", ({ create, spec }) => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 20 }), (pause) => {
        const { parameters: straight, arena } = create(spec);
        const first = createOptimizer(spec, straight, undefined, arena);
        fixture.gradients.slice(0, pause).forEach((each) => {
          first.step(mapOf(each), 0.01);
        });
        const { parameters: resumed, arena: other } = create(spec);
        for (const [name, values] of resumed) values.set(straight.get(name)!);
        const second = createOptimizer(spec, resumed, undefined, other);
        second.restore(structuredClone(first.state()));
        for (const each of fixture.gradients.slice(pause)) {
          first.step(mapOf(each), 0.01);
          second.step(mapOf(each), 0.01);
        }
        expect(resumed).toEqual(straight);
        expect(second.state()).toEqual(first.state());
      }),
      { numRuns: 10 },
    );
  });

  it("names its arrays", () => {
    const parameters = mapOf({ w: [1, 2] });
    expect(createOptimizer(momentumSgd, parameters).state()).toEqual({
      step: 0,
      "momentum/w": new Float32Array(2),
    });
    expect(Object.keys(createOptimizer(adamSpec, parameters).state())).toEqual([
      "step",
      "firstMoment/w",
      "secondMoment/w",
    ]);
    expect(createOptimizer({ ...momentumSgd, momentum: 0 }, parameters).state()).toEqual({ step: 0 });
  });

  it.each([
    [{ "momentum/w": new Float32Array(2) }, "got step undefined"],
    [{ step: 1.5, "momentum/w": new Float32Array(2) }, "got step 1.5"],
    [{ step: 1 }, 'got undefined for "momentum/w"; wanted 2 numbers'],
    [{ step: 1, "momentum/w": new Float32Array(3) }, 'got 3 numbers for "momentum/w"'],
    [{ step: 1, "momentum/w": 4 }, 'got 4 for "momentum/w"'],
    [{ step: 1, "momentum/w": new Float32Array(2), "momentum/v": 1 }, 'got an entry "momentum/v"'],
  ])("refuses a state that does not fit: %o", (state, message) => {
    const optimizer = createOptimizer(momentumSgd, mapOf({ w: [1, 2] }));
    expect(() => optimizer.restore(state)).toThrow(message);
    expect(optimizer.state()).toEqual({ step: 0, "momentum/w": new Float32Array(2) });
  });
});

describe("gradientScale", () => {
  it.each(CASES)("is clipping without a pass of its own, in $home: $spec", ({ create, spec }) => {
    const [scaled, clipped] = [create(spec), create(spec)];
    const first = createOptimizer(spec, scaled.parameters, undefined, scaled.arena);
    const second = createOptimizer(spec, clipped.parameters, undefined, clipped.arena);
    const scale = clipScale(4, 1);
    expect(scale).toBeCloseTo(0.25, 6);
    for (const gradients of fixture.gradients) {
      first.step(mapOf(gradients), 0.01, scale);
      const scaledBefore = mapOf(gradients);
      for (const values of scaledBefore.values()) clipped.arena.kernels.scale(values, scale);
      second.step(scaledBefore, 0.01);
    }
    const wanted: Numbers = {};
    for (const [name, values] of clipped.parameters) wanted[name] = [...values];
    expect(worstRelativeError(scaled.parameters, wanted)).toBeLessThan(1e-5);
    expect(worstRelativeError(mapOf(fixture.initial), wanted)).toBeGreaterThan(1e-3);
  });
});

describe("groups", () => {
  const groupOf = (name: string): ParameterGroup =>
    name.startsWith("head")
      ? { name: "head", learningRateScale: 10, weightDecay: "apply" }
      : { name: "body", learningRateScale: 1, weightDecay: name.endsWith("bias") ? "exclude" : "apply" };
  const plain: OptimizerSpec = { kind: "sgd", momentum: 0, momentumForm: "classical", weightDecay: 0.5 };

  it("scale the rate and leave out the decay", () => {
    const parameters = mapOf({ "body.weight": [2], "body.bias": [2], "head.weight": [2] });
    const gradients = mapOf({ "body.weight": [1], "body.bias": [1], "head.weight": [1] });
    createOptimizer(plain, parameters, groupOf).step(gradients, 0.125);
    // 2 - 0.125 (1 + 0.5 * 2) = 1.75; without decay 2 - 0.125; with ten times the rate 2 - 1.25 * 2.
    expect(Object.fromEntries([...parameters].map(([name, [value]]) => [name, value]))).toEqual({
      "body.weight": 1.75,
      "body.bias": 1.875,
      "head.weight": -0.5,
    });
  });

  it("take a rate each", () => {
    const parameters = mapOf({ "body.bias": [2], "head.bias": [2] });
    const optimizer = createOptimizer({ ...plain, weightDecay: 0 }, parameters, groupOf);
    optimizer.step(mapOf({ "body.bias": [1], "head.bias": [1] }), { body: 0.5, head: 0.0625 });
    expect([...parameters.values()].map(([value]) => value)).toEqual([1.5, 1.375]);
    expect(() => optimizer.step(mapOf({ "body.bias": [1], "head.bias": [1] }), { body: 0.5 })).toThrow(
      'learning rate of group "head": got undefined; wanted a finite number >= 0',
    );
  });

  it("decouple AdamW's decay from its gradient", () => {
    const parameters = mapOf({ "body.weight": [4], "body.bias": [4] });
    const spec: OptimizerSpec = { kind: "adamw", beta1: 0.9, beta2: 0.99, epsilon: 1e-8, weightDecay: 0.5 };
    createOptimizer(spec, parameters, groupOf).step(mapOf({ "body.weight": [0], "body.bias": [0] }), 0.25);
    expect([...parameters.values()].map(([value]) => value)).toEqual([3.5, 4]);
  });
});

describe("bad input is refused before anything changes", () => {
  const start = { w: [1, 2], v: [3] };

  it.each([
    [{ w: [1, 1] }, 0.1, 'gradient of "v": got none; wanted 1 numbers'],
    [{ w: [1, 1], v: [1, 1] }, 0.1, 'gradient of "v": got 2 numbers; wanted 1 numbers'],
    [{ w: [1, 1], v: [1], u: [1] }, 0.1, 'got gradients of unknown parameters "u"; wanted one of "w", "v"'],
    [{ w: [1, 1], v: [1] }, Number.NaN, "got NaN; wanted a finite number >= 0"],
    [{ w: [1, 1], v: [1] }, -1, "got -1"],
  ])("gradients %o with rate %d", (gradients, rate, message) => {
    const parameters = mapOf(start);
    const optimizer = createOptimizer(momentumSgd, parameters);
    expect(() => optimizer.step(mapOf(gradients), rate)).toThrow(message);
    expect(parameters).toEqual(mapOf(start));
    expect(optimizer.state().step).toBe(0);
  });

  it.each<[OptimizerSpec, string]>([
    [{ ...momentumSgd, momentum: 1 }, 'optimiser "sgd": got momentum 1; wanted momentum in [0, 1)'],
    [{ ...momentumSgd, momentum: 0, momentumForm: "nesterov" }, "got Nesterov momentum 0"],
    [{ ...momentumSgd, weightDecay: -1 }, "got weightDecay -1"],
    [{ ...adamSpec, beta2: 1 }, "got beta2 1"],
    [{ ...adamSpec, epsilon: Number.NaN }, "got epsilon NaN"],
  ])("spec %o", (spec, message) => {
    expect(() => createOptimizer(spec, mapOf(start))).toThrow(message);
  });
});
