import { describe, expect, it } from "vitest";
import type { HostArray } from "./dtype.js";
import type { Feeds } from "./engine.js";
import { FeedError } from "./errors.js";
import { stepInputs } from "./step-inputs.js";
import { tinyTraining } from "./testing/tiny-network.js";

const { training, initial, feeds, numbers } = tinyTraining(7);
const inputs = stepInputs(training, initial);
const good = feeds(0);
const { image, ...withoutImage } = good;
const { decay: _, ...withoutDecay } = numbers(0);
const { maskWeight: __, ...withoutWeight } = numbers(0);

function array(shape: readonly number[], data: HostArray["data"] = new Float32Array(1)): HostArray {
  return { dtype: "float32", shape, data };
}

describe("the inputs of a training step", () => {
  it("pass when they are what program and plan name", () => {
    expect(() => inputs.check(good, numbers(0))).not.toThrow();
  });

  it("may bring numbers that nobody uses, and scalars as arrays", () => {
    expect(() => inputs.check(good, { ...numbers(0), temperature: 0.5 })).not.toThrow();
    expect(() => inputs.check({ ...good, maskWeight: array([]) }, withoutWeight)).not.toThrow();
  });

  it.each<[string, Feeds, Readonly<Record<string, number>>, RegExp]>([
    ["a missing feed", withoutImage, numbers(0), /image is missing \(float32 \[2, 1, 12, 12\]\)/],
    ["an unknown feed", { ...good, imgae: image! }, numbers(0), /imgae is unknown/],
    ["state as a feed", { ...good, stem: initial.stem! }, numbers(0), /stem is unknown/],
    [
      "another shape",
      { ...good, image: array([2, 1, 6, 6], new Float32Array(72)) },
      numbers(0),
      /image is float32 \[2, 1, 6, 6\] instead of float32 \[2, 1, 12, 12\]/,
    ],
    [
      "another dtype",
      { ...good, label: array([2], new Float32Array(2)) },
      numbers(0),
      /label is float32 \[2\] instead of int32 \[2\]/,
    ],
    [
      "data of another length",
      { ...good, image: array([2, 1, 12, 12], new Float32Array(7)) },
      numbers(0),
      /image holds Float32Array\(7\)/,
    ],
    ["a missing number of the plan", good, withoutDecay, /number decay is missing/],
    ["a missing number of the program", good, withoutWeight, /number maskWeight is missing/],
    ["a number that is none", good, { ...numbers(0), learningRate: Number.NaN }, /learningRate is NaN/],
  ])("are refused with %s", (_name, given, stepNumbers, message) => {
    expect(() => inputs.check(given, stepNumbers)).toThrow(FeedError);
    expect(() => inputs.check(given, stepNumbers)).toThrow(message);
  });

  it("are refused with every complaint at once", () => {
    expect(() => inputs.check({ ...withoutImage, imgae: image! }, withoutDecay)).toThrow(
      /image is missing.*imgae is unknown.*number decay is missing/,
    );
  });
});

describe("the initial state of a training", () => {
  const { stem, ...withoutStem } = initial;
  const { "running mean": ___, ...withoutMean } = initial;

  it.each<[string, Readonly<Record<string, HostArray>>, RegExp]>([
    ["without a parameter", withoutStem, /stem is missing/],
    ["without running statistics", withoutMean, /running mean is missing/],
    [
      "of another shape",
      { ...initial, stem: { ...stem!, shape: [8, 9] } },
      /stem is float32 \[8, 9\] instead/,
    ],
    [
      "that does not fit what it follows",
      { ...initial, "running mean": array([5], new Float32Array(5)) },
      /running mean has 5 elements and follows batch mean of 8/,
    ],
  ])("is refused %s", (_name, state, message) => {
    expect(() => stepInputs(training, state)).toThrow(FeedError);
    expect(() => stepInputs(training, state)).toThrow(message);
  });

  it("is refused where the plan follows an output that the program lacks", () => {
    const plan = { ...training.plan, assigned: [{ state: "running mean", output: "batch maen" }] };
    expect(() => stepInputs({ ...training, plan }, initial)).toThrow(/batch maen.*is unknown/);
  });
});
