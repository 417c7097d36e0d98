import {
  type Engine,
  type Feeds,
  gradientsOf,
  referenceEngine,
  sumSquares,
  trace,
  type TrainingSession,
} from "@hermes-us/tensor";
import { ortNodeEngine } from "@hermes-us/tensor/ort-node";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { profiles } from "../train/profiles.js";
import { readTerms, scalarFeeds, type TermReading } from "../train/term-program.js";
import type { MethodProgram, Task } from "../train/training-program.js";
import { stepNames, taskOf } from "../train/training-program.js";
import type { Method } from "./define-method.js";
import * as registry from "./index.js";
import { type MethodOptions, tinyTraining, TOTAL_STEPS } from "./testing/tiny-training.js";

/** What a method's contract needs besides the method: how to open its thresholds, and whom each term teaches. */
interface Contract {
  readonly opened: readonly MethodOptions[];
  readonly teaches: Readonly<Record<string, readonly Task[]>>;
  /** A weight of 0 per option, and the term that goes with it. */
  readonly weights: Readonly<Record<string, string>>;
}

const both = ["segmentation", "classification"] as const;
const openThresholds = { lowestThreshold: 0, highestThreshold: 0, combine: "or", minPositions: 1 };

/** Attention reads detached maps and saliency is detached, so a task's own losses stay with its network. */
const contracts: { readonly [K in keyof typeof registry]: Contract } = {
  supervised: {
    opened: [{}],
    teaches: { supervisedClass: ["classification"], supervisedMask: ["segmentation"] },
    weights: { segmentationWeight: "supervisedMask" },
  },
  meanTeacher: {
    opened: [{}],
    teaches: {
      supervisedClass: ["classification"],
      supervisedMask: ["segmentation"],
      consistencyClass: ["classification"],
      consistencyMask: ["segmentation"],
    },
    weights: { classWeight: "consistencyClass", maskWeight: "consistencyMask" },
  },
  hermes: {
    opened: [
      openThresholds,
      { ...openThresholds, labelSource: "student" },
      { ...openThresholds, labelSource: "student", uncertainty: "ema-teacher" },
    ],
    teaches: {
      supervisedClass: ["classification"],
      supervisedMask: ["segmentation"],
      pseudoClass: ["classification"],
      pseudoMask: ["segmentation"],
      imageContrast: ["classification"],
      pixelContrast: ["segmentation"],
      interTaskConsistency: both,
    },
    weights: {
      supervisedClassWeight: "supervisedClass",
      supervisedMaskWeight: "supervisedMask",
      pseudoClassWeight: "pseudoClass",
      pseudoMaskWeight: "pseudoMask",
      imageContrastWeight: "imageContrast",
      pixelContrastWeight: "pixelContrast",
      consistencyWeight: "interTaskConsistency",
    },
  },
};

let engine: Engine;
beforeAll(async () => {
  engine = await ortNodeEngine({ threads: 2 });
});
afterAll(() => engine[Symbol.asyncDispose]());

/** Past every warm-up. */
const LATE = TOTAL_STEPS - 1;

async function steps(session: TrainingSession, tiny: ReturnType<typeof tinyTraining>, count: number) {
  const losses: Record<string, number>[] = [];
  for (let step = 0; step < count; step++) {
    const { outputs } = await session.step(tiny.feeds(step), tiny.numbers(LATE));
    losses.push(Object.fromEntries(Object.entries(outputs).map(([name, { data }]) => [name, data[0]!])));
  }
  return losses;
}

/** Everything a term reads at a late step of a run that has done a few, so that its banks are filled. */
async function lateValues(tiny: ReturnType<typeof tinyTraining>): Promise<Feeds> {
  await using session = await engine.train(tiny.program.training, tiny.initial);
  await steps(session, tiny, 3);
  const { state } = await session.snapshot();
  return { ...state, ...tiny.feeds(3), ...scalarFeeds(tiny.numbers(LATE)) };
}

function averagedNetworks(method: Method): string[] {
  return Object.keys(method.averages ?? {});
}

/** Largest sum of squares of any term's gradients for parameters of averaged networks. */
async function pullOnAverages(program: MethodProgram, method: Method, values: Feeds): Promise<number> {
  const averaged = averagedNetworks(method);
  const parameters = [...program.declarations.parameters.keys()].filter((name) =>
    averaged.includes(name.split("/")[0]!),
  );
  if (parameters.length === 0) return 0;
  const outputs = [...program.weightedTerms].flatMap(([term, loss]) =>
    gradientsOf(
      loss,
      parameters.map((name) => program.declarations.tensors.get(name)!),
    ).map((gradient, i) => [`${term} on ${parameters[i]}`, sumSquares(gradient)] as const),
  );
  await using executable = await engine.compile(trace(Object.fromEntries(outputs)));
  const own = [...executable.program.inputs.keys()].map((name) => [name, values[name]!] as const);
  const fetched = await executable.run(Object.fromEntries(own));
  return Math.max(...Object.values(fetched).map(({ data }) => data[0]!));
}

const all: { readonly [K in keyof typeof registry]: Method } = { ...registry };

describe.each(Object.keys(all) as (keyof typeof all)[])("method %s", (name) => {
  const method = all[name];
  const contract = contracts[name];

  it.each(contract.opened)("takes two steps with finite numbers: %o", async (options) => {
    const tiny = tinyTraining(method, options);
    await using session = await engine.train(tiny.program.training, tiny.initial);
    const losses = await steps(session, tiny, 2);
    expect(losses.flatMap((values) => Object.values(values)).every(Number.isFinite)).toBe(true);
    const { state } = await session.snapshot();
    expect(Object.values(state).every(({ data }) => data.every(Number.isFinite))).toBe(true);
  });

  it.each(contract.opened)(
    "lets the running statistics that predict follow labelled images alone: %o",
    async (options) => {
      const tiny = tinyTraining(method, options);
      const observed = async (changed: Feeds): Promise<number[]> => {
        await using session = await engine.train(tiny.program.training, tiny.initial);
        const taken = Object.entries(changed).filter(([view]) =>
          tiny.program.training.program.inputs.has(view),
        );
        await session.step({ ...tiny.feeds(0), ...Object.fromEntries(taken) }, tiny.numbers(LATE));
        const { state } = await session.snapshot();
        const buffers = [...tiny.program.declarations.buffers.keys()].filter((buffer) =>
          buffer.startsWith(`${method.predictor}/`),
        );
        expect(buffers.length).toBeGreaterThan(0);
        return buffers.flatMap((buffer) => [...state[buffer]!.data]);
      };
      const other = tiny.feeds(1);
      const change = (...views: readonly string[]): Feeds =>
        Object.fromEntries(views.flatMap((view) => (other[view] === undefined ? [] : [[view, other[view]]])));
      const wanted = await observed({});
      expect(await observed(change(stepNames.weak, stepNames.strong))).toEqual(wanted);
      expect(await observed(change(stepNames.image))).not.toEqual(wanted);
    },
  );

  it.each(contract.opened)("each term teaches the networks it should and no other: %o", async (options) => {
    const tiny = tinyTraining(method, options);
    const values = await lateValues(tiny);
    const readings = await readTerms(engine, tiny.program, values);
    expect(Object.fromEntries([...readings].map(([term, reading]) => [term, taught(reading)]))).toEqual(
      contract.teaches,
    );
    expect(await pullOnAverages(tiny.program, method, values)).toBe(0);
  });

  it("leaves a term of weight 0 out of the objective", async () => {
    for (const [option, term] of Object.entries(contract.weights)) {
      const { program } = tinyTraining(method, { ...contract.opened[0], [option]: 0 });
      expect([...program.weightedTerms.keys()]).not.toContain(term);
      expect(program.weightedTerms.size).toBe(Object.keys(contract.teaches).length - 1);
    }
  });

  it("moves averaged networks by their rule alone, and trains no parameter of them", async () => {
    const tiny = tinyTraining(method, contract.opened[0]);
    const { plan } = tiny.program.training;
    const trained = plan.trained.flatMap((group) => group.parameters);
    const own = averagedNetworks(method);
    expect(trained.filter((parameter) => own.includes(parameter.split("/")[0]!))).toEqual([]);
    const declared = [...tiny.program.declarations.parameters.keys()];
    const targets = new Set(plan.averages.map(({ target }) => target));
    for (const parameter of declared.filter((each) => own.includes(each.split("/")[0]!)))
      expect(targets).toContain(parameter);
    await using session = await engine.train(tiny.program.training, tiny.initial);
    const before = (await session.snapshot()).state;
    const numbers: Record<string, number> = { ...tiny.numbers(LATE) };
    if (own.length > 0) numbers.emaDecay = 0.75;
    await session.step(tiny.feeds(0), numbers);
    const after = (await session.snapshot()).state;
    for (const { target, source, decay } of plan.averages) {
      const share = numbers[decay]!;
      const [old, followed, now] = [before[target]!.data, after[source]!.data, after[target]!.data];
      const worst = Array.from(now).reduce(
        (most, value, i) => Math.max(most, Math.abs(value - (share * old[i]! + (1 - share) * followed[i]!))),
        0,
      );
      expect(worst, target).toBeLessThan(1e-5);
    }
    const moved = trained.filter((parameter) => !sameBits(before[parameter]!.data, after[parameter]!.data));
    expect(moved.some((parameter) => taskOf(parameter) === "segmentation")).toBe(true);
    expect(moved.some((parameter) => taskOf(parameter) === "classification")).toBe(true);
  });

  it("gives the same bits for the same seed on the reference engine", async () => {
    const run = async () => {
      const tiny = tinyTraining(method, contract.opened[0]);
      await using session = await referenceEngine().train(tiny.program.training, tiny.initial);
      await session.step(tiny.feeds(0), tiny.numbers(LATE));
      return (await session.snapshot()).state;
    };
    const [first, second] = [await run(), await run()];
    const start = tinyTraining(method, contract.opened[0]).initial;
    expect(Object.keys(first)).toEqual(Object.keys(second));
    for (const array of Object.keys(first))
      expect(sameBits(first[array]!.data, second[array]!.data)).toBe(true);
    expect(Object.keys(first).some((array) => !sameBits(first[array]!.data, start[array]!.data))).toBe(true);
  });

  it("has a finite schedule over a whole run, however short", () => {
    const options = method.options.parse({});
    for (const totalSteps of [1, 2, 7, 1200]) {
      for (let step = 0; step < totalSteps; step++) {
        const numbers = method.schedule(options, { step, totalSteps });
        expect(Object.values(numbers).every(Number.isFinite), `${step} of ${totalSteps}`).toBe(true);
      }
    }
  });

  it("keeps all state as float32, which checkpoints can hold", () => {
    for (const options of contract.opened)
      for (const { dtype } of Object.values(tinyTraining(method, options).initial))
        expect(dtype).toBe("float32");
  });

  it("logs all it says: terms, measures, pseudo-labels", () => {
    const { program } = tinyTraining(method, contract.opened[0]);
    const outputs = [...program.training.program.outputs.keys()];
    for (const term of program.terms) expect(outputs).toContain(stepNames.term(term));
    for (const measure of program.measures) expect(outputs).toContain(stepNames.measure(measure));
  });
});

describe("hermes as published", () => {
  const published = { ...profiles["as-published"].methodOptions.hermes, ...openThresholds };

  it("adds its terms up as the released code does", async () => {
    const tiny = tinyTraining(all.hermes, published);
    await using session = await engine.train(tiny.program.training, tiny.initial);
    for (const step of [20, LATE]) {
      const { outputs } = await session.step(tiny.feeds(step), tiny.numbers(step));
      const term = (name: string) => outputs[stepNames.term(name)]!.data[0]!;
      // hermes.md section 4; the supervised mask term is (CE + D) / 2, of which the released code takes a half.
      const classification =
        1.1 * (term("supervisedClass") + 0.1 * term("pseudoClass") + 0.2 * term("imageContrast"));
      const segmentation =
        0.5 * (0.5 * term("supervisedMask") + 0.1 * 0.5 * term("pseudoMask") + 0.8 * term("pixelContrast"));
      // Steps 0 to 99 are one block of the released ramp.
      const consistency = Math.exp(-5) * term("interTaskConsistency");
      const wanted = classification + segmentation + consistency;
      expect(outputs[stepNames.loss]!.data[0]! / wanted).toBeCloseTo(1, 4);
    }
  });

  it("teaches the segmentation alone by the consistency", async () => {
    const tiny = tinyTraining(all.hermes, published);
    const readings = await readTerms(engine, tiny.program, await lateValues(tiny));
    expect(taught(readings.get("interTaskConsistency")!)).toEqual(["segmentation"]);
  });
});

/** Below this a gradient is rounding. */
const NOTHING = 1e-20;

function taught({ squares }: TermReading): Task[] {
  return both.filter((task) => squares[task] > NOTHING);
}

function sameBits(a: ArrayLike<number>, b: ArrayLike<number>): boolean {
  return a.length === b.length && Array.from(a).every((value, i) => Object.is(value, b[i]));
}
