import { describe, expect, it } from "vitest";
import type { Feeds, Fetches } from "./engine.js";
import { NonFiniteGradientError } from "./optim/clip-gradients.js";
import { TrainingCore, type TrainingPlan } from "./training.js";

const LENGTH = 37;
const floats = (values: Float32Array) => ({
  dtype: "float32" as const,
  shape: [values.length],
  data: values,
});
const filled = (value: number) => floats(new Float32Array(LENGTH).fill(value));

const plan: TrainingPlan = {
  trained: [
    {
      name: "net",
      optimizer: { kind: "sgd", momentum: 0.5, momentumForm: "classical", weightDecay: 0 },
      parameters: ["w"],
      groups: {},
      learningRate: "rate",
      clipNorm: 2,
    },
  ],
  averages: [{ target: "teacher", source: "w", decay: "decay" }],
  assigned: [{ state: "queue", output: "next queue" }],
  blended: [{ state: "mean", outputs: ["batch mean"], share: 0.25 }],
};
const initial = {
  w: filled(1),
  teacher: filled(3),
  mean: filled(8),
  queue: { dtype: "int32" as const, shape: [2], data: Int32Array.of(1, 2) },
};
const program = {
  inputs: new Map(Object.entries(initial).map(([name, { dtype, shape }]) => [name, { dtype, shape }])),
};

/** A core whose program gives a gradient of the given norm, the same for every weight. */
function coreWith(norm: () => number, home: "given" | "own") {
  const seen: Feeds[] = [];
  const run = async (feeds: Feeds): Promise<Fetches> => {
    seen.push(
      Object.fromEntries(
        Object.entries(feeds).map(([name, each]) => [name, floats(Float32Array.from(each.data))]),
      ),
    );
    const gradient = home === "given" ? core.gradientHomes.get("gradient of w")! : new Float32Array(LENGTH);
    gradient.fill(norm() / Math.sqrt(LENGTH));
    return {
      loss: floats(Float32Array.of(5)),
      "gradient of w": floats(gradient),
      "squares of net": floats(Float32Array.of(norm() ** 2)),
      "next queue": { dtype: "int32", shape: [2], data: Int32Array.of(2, 3) },
      "batch mean": filled(4),
    };
  };
  const core: TrainingCore = new TrainingCore({ program, plan }, initial, run);
  return { core, seen };
}
const numbers = { rate: 0.5, decay: 0.75 };

describe("TrainingCore", () => {
  it.each(["given", "own"] as const)(
    "steps, averages, assigns and blends; gradients in %s arrays",
    async (home) => {
      const { core, seen } = coreWith(() => 8, home);
      const { outputs, gradientNorms } = await core.step({}, numbers);
      expect(Object.keys(outputs)).toEqual(["loss"]);
      expect(gradientNorms.net).toBeCloseTo(8, 6);
      expect([...seen[0]!.w!.data]).toEqual([...initial.w.data]);
      // Clipped from norm 8 to 2; the second step adds half of the first's direction.
      const slope = 2 / Math.sqrt(LENGTH);
      const { state, optimizers } = core.snapshot();
      const w = 1 - 0.5 * slope;
      expect(state.w!.data[LENGTH - 1]).toBeCloseTo(w, 6);
      expect(state.teacher!.data[0]).toBeCloseTo(0.75 * 3 + 0.25 * w, 6);
      expect([...state.queue!.data]).toEqual([2, 3]);
      expect(state.mean!.data[5]).toBe(7);
      expect((optimizers.net!["momentum/w"] as Float32Array)[36]).toBeCloseTo(slope, 6);
      await core.step({}, numbers);
      expect(core.snapshot().state.w!.data[0]).toBeCloseTo(w - 0.5 * 1.5 * slope, 6);
    },
  );

  it("does not change what it was given, and snapshots are copies", async () => {
    const { core } = coreWith(() => 1, "own");
    const before = core.snapshot();
    await core.step({}, numbers);
    expect(before.state.w!.data).toEqual(new Float32Array(LENGTH).fill(1));
    expect(initial.w.data).toEqual(new Float32Array(LENGTH).fill(1));
    // A copy of its own size: a view would drag the whole arena through every message.
    expect(before.state.w!.data.buffer.byteLength).toBe(LENGTH * 4);
    expect((before.optimizers.net!["momentum/w"] as Float32Array).buffer.byteLength).toBe(LENGTH * 4);
  });

  it("resumes bit for bit", async () => {
    const [first, second] = [coreWith(() => 3, "given").core, coreWith(() => 3, "own").core];
    for (let i = 0; i < 3; i++) await first.step({}, numbers);
    second.restore(structuredClone(first.snapshot()));
    for (let i = 0; i < 3; i++) await Promise.all([first.step({}, numbers), second.step({}, numbers)]);
    expect(second.snapshot()).toEqual(first.snapshot());
  });

  it("changes nothing after a gradient that is not finite", async () => {
    const { core } = coreWith(() => Number.NaN, "given");
    const before = core.snapshot();
    await expect(core.step({}, numbers)).rejects.toThrow(NonFiniteGradientError);
    expect(core.snapshot()).toEqual(before);
  });
});
