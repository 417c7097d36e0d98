import {
  add,
  divide,
  key,
  log,
  multiply,
  referenceEngine,
  square,
  sum,
  type Tensor,
} from "@hermes-us/tensor";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import type { TrainingBatch } from "../data/batch.js";
import { defineMethod } from "../methods/define-method.js";
import type { JointModel } from "../nn/joint-net.js";
import type { TrainingEvent } from "./events.js";
import { initialState } from "./initial-state.js";
import { trainingSettingsSchema } from "./settings.js";
import { START, train, type TrainingPosition } from "./trainer.js";
import { buildTrainingProgram, type MethodProgram } from "./training-program.js";
import type { ValidationScores } from "./validation.js";

const SIDE_PX = 32;

/** One number per network, which its logits are made of. */
const model: JointModel = (scope, image) => {
  const start = { kind: "constant", value: 0.5 } as const;
  const [seg, cls] = ["seg", "cls"].map((part) => scope.child(part).parameter("weight", [1], start)) as [
    Tensor,
    Tensor,
  ];
  return {
    maskLogits: multiply(image, seg),
    classLogits: cls,
    imageEmbedding: cls,
    pixelEmbedding: seg,
    classProjection: cls,
    maskProjection: seg,
    saliency: null,
  };
};

/** From `brokenFrom` on, `bad` is not finite: in its value alone, or in its gradients. */
const fragile = defineMethod({
  name: "fragile",
  title: "breaks at a step",
  paper: "https://example.org",
  data: "labelled",
  options: z.strictObject({
    brokenFrom: z.number().default(1e9),
    breaks: z.enum(["value", "gradient"]).default("value"),
  }),
  networks: (build) => ({ student: build("train") }),
  predictor: "student",
  schedule: ({ brokenFrom }, { step }) => ({ health: step >= brokenFrom ? 0 : 1 }),
  losses({ nets, labelled, scalars, options }) {
    const { classLogits, maskLogits } = nets.student(labelled.image, "labelled");
    // At health 0: ln 0 is infinite, which no gradient shows; 0 / 0 breaks the gradients.
    const sick =
      options.breaks === "value"
        ? log(scalars.health)
        : divide(square(multiply(scalars.health, sum(classLogits))), scalars.health);
    return {
      terms: {
        good: { loss: sum(square(maskLogits)), weight: 1e-3 },
        bad: { loss: add(sum(square(classLogits)), sick), weight: 1 },
      },
    };
  },
});

const batch = (step: number): TrainingBatch => ({
  step,
  labelled: {
    sidePx: SIDE_PX,
    ids: ["a"],
    image: new Float32Array(SIDE_PX ** 2).fill(0.5),
    mask: new Int32Array(SIDE_PX ** 2),
    label: new Int32Array(1),
    hasMask: new Float32Array([1]),
    hasClass: new Float32Array([1]),
  },
  unlabelled: null,
});

interface Scenario {
  readonly settings?: z.input<typeof trainingSettingsSchema>;
  readonly options?: z.input<typeof fragile.options>;
  /** Dice at each validation in turn; the last one stays. */
  readonly dice?: readonly number[];
  readonly from?: TrainingPosition;
  /** Abort before this step. */
  readonly abortAt?: number;
}

async function run({ settings = {}, options = {}, dice = [0.5], from = START, abortAt }: Scenario) {
  const checked = trainingSettingsSchema.parse({
    sidePx: SIDE_PX,
    labelledBatch: 1,
    steps: 12,
    validateEvery: 4,
    logEvery: 5,
    criterion: "dice",
    ...settings,
  });
  const methodOptions = fragile.options.parse(options);
  const program: MethodProgram = buildTrainingProgram({
    method: fragile,
    methodOptions,
    model,
    settings: checked,
    classes: 2,
    pretrained: [],
  });
  const engine = referenceEngine();
  const abort = new AbortController();
  const events: TrainingEvent[] = [];
  const saved: { position: TrainingPosition; best: "best" | "last" }[] = [];
  let [validations, batches] = [0, from.step];
  await using session = await engine.train(
    program.training,
    initialState(program, fragile, key(1), new Map()),
  );
  const reason = await train(
    { runId: "run", method: fragile, methodOptions, settings: checked, program, key: key(1), from },
    {
      engine,
      session,
      nextBatch: async () => {
        if (batches + 1 === abortAt) abort.abort();
        return batch(batches++);
      },
      waitedMs: () => 0,
      validate: async (): Promise<ValidationScores> => ({
        dice: dice[Math.min(validations++, dice.length - 1)]!,
        auroc: null,
        accuracy: null,
      }),
      saveCheckpoint: async (position, _, best) => {
        saved.push({ position, best: best === null ? "last" : "best" });
      },
      emit: (event) => events.push(event),
      hidden: { label: () => null, prepared: async () => null },
      now: () => 0,
      signal: abort.signal,
    },
  );
  const told = events.map((event) => `${event.kind} ${event.step}`);
  return { reason, told, events, saved };
}

describe("train", () => {
  it("tells, validates and saves at its steps, and at the last one too", async () => {
    const { reason, told, saved } = await run({ settings: { steps: 10 }, dice: [0.3, 0.2, 0.4] });
    expect(reason).toBe("finished");
    expect(told).toEqual([
      "start 0",
      "validation 4",
      "step 5",
      "validation 8",
      "step 10",
      "validation 10",
      "end 10",
    ]);
    expect(
      saved.map(({ position, best }) => [position.step, best, position.best?.step, position.stale]),
    ).toEqual([
      [4, "best", 4, 0],
      [8, "last", 4, 1],
      [10, "best", 10, 0],
    ]);
  });

  it("stops after so many validations without a gain, also when it was killed right there", async () => {
    const settings = { steps: 100, patience: 2 };
    const stopped = await run({ settings, dice: [0.5, 0.4, 0.5] });
    expect(stopped.reason).toBe("no-gain");
    expect(stopped.told.at(-1)).toBe("end 12");
    const from = stopped.saved.at(-1)!.position;
    expect(await run({ settings, from })).toMatchObject({ reason: "no-gain", told: ["start 12", "end 12"] });
    const atTheEnd = await run({ settings: { steps: 12, patience: 2 }, dice: [0.5, 0.4] });
    expect(atTheEnd.reason).toBe("finished");
  });

  it("validates once more where a run is over and its best weights were lost", async () => {
    const settings = { steps: 12, patience: 2 };
    for (const [from, reason] of [
      [{ step: 12, best: null, stale: 1 }, "finished"],
      [{ step: 8, best: null, stale: 2 }, "no-gain"],
    ] as const) {
      const repaired = await run({ settings, from });
      const { step } = from;
      expect(repaired.reason).toBe(reason);
      expect(repaired.told).toEqual([`start ${step}`, `validation ${step}`, `end ${step}`]);
      expect(repaired.saved).toEqual([
        { position: { ...from, best: { step, selection: 0.5 } }, best: "best" },
      ]);
    }
  });

  it("neither keeps as best nor counts for patience what it had before all tasks learned", async () => {
    const settings = { steps: 24, patience: 2, classification: { learnFrom: 0.5 } };
    const { reason, saved } = await run({ settings, dice: [0.9, 0.8, 0.7, 0.4, 0.3, 0.35] });
    expect(saved.map(({ best, position: { step, stale } }) => [step, best, stale])).toEqual([
      [4, "best", 0],
      [8, "best", 0],
      [12, "best", 0],
      [16, "best", 0],
      [20, "last", 1],
      [24, "last", 2],
    ]);
    expect(reason).toBe("finished");
  });

  it("takes the last weights where nothing chooses", async () => {
    const { saved } = await run({ settings: { criterion: "last", patience: 1 }, dice: [0.9, 0.1] });
    expect(saved.map(({ best }) => best)).toEqual(["best", "best", "best"]);
  });

  it("saves where it is when it is asked to stop", async () => {
    const { reason, saved, told } = await run({ abortAt: 6 });
    expect(reason).toBe("interrupted");
    expect(saved.at(-1)).toMatchObject({ position: { step: 6 }, best: "last" });
    expect(told.at(-1)).toBe("end 6");
  });

  it.each(["value", "gradient"] as const)(
    "stops at a %s that is not finite, and names the term",
    async (breaks) => {
      const { reason, events, saved } = await run({ options: { brokenFrom: 6, breaks } });
      expect(reason).toBe("not-finite");
      expect(saved.map(({ position }) => position.step)).toEqual([4]);
      const warnings = events.filter(({ kind }) => kind === "warning");
      expect(warnings).toMatchObject([{ step: 6, code: "not-finite" }]);
      expect(warnings[0]).toMatchObject({
        message: expect.stringMatching(/^not finite at step 7: bad[;,]/),
      });
    },
  );

  it.each([
    ["none yet", 2, {}, /no checkpoint was written before it; lower/],
    ["one of this process", 6, {}, /the checkpoint of step 4 is good; lower/],
    [
      "the one it went on from",
      6,
      { from: { step: 5, best: null, stale: 0 } },
      /checkpoint of step 5 is good/,
    ],
  ])("says which checkpoint is left after a fault: %s", async (_, brokenFrom, scenario, wanted) => {
    const { events } = await run({ options: { brokenFrom }, ...scenario });
    expect(events.find(({ kind }) => kind === "warning")).toMatchObject({
      message: expect.stringMatching(wanted),
    });
  });

  it("lets a task wait, and fills the rest of the run with its schedule", async () => {
    const { events } = await run({
      settings: {
        steps: 8,
        logEvery: 1,
        schedule: "poly",
        warmUpSteps: 1,
        segmentation: { learningRate: 1e-3 },
        classification: { learningRate: 1e-2, learnFrom: 0.5 },
      },
    });
    const rates = (task: string) =>
      events.flatMap((event) => (event.kind === "step" ? [event.numbers[`rate.${task}`]!] : []));
    const poly = (done: number) => (1 - done) ** 0.9;
    expect(rates("segmentation")[1]).toBeCloseTo(1e-3, 12);
    expect(rates("segmentation")[7]).toBeCloseTo(1e-3 * poly(6 / 7), 12);
    const wanted = [0, 0, 0, 0, 0, 1e-2, 1e-2 * poly(1 / 3), 1e-2 * poly(2 / 3)];
    rates("classification").forEach((rate, step) => {
      expect(rate).toBeCloseTo(wanted[step]!, 12);
    });
  });

  it("logs means over the steps since the last line", async () => {
    const { events } = await run({
      settings: {
        steps: 5,
        logEvery: 5,
        segmentation: { optimizer: "sgd", learningRate: 1e-9 },
        schedule: "constant",
      },
    });
    const [step] = events.filter((event) => event.kind === "step");
    // 1024 pixels of (0.5 * 0.5)^2.
    expect(step?.terms.good).toBeCloseTo(64, 3);
    expect(step?.loss).toBeCloseTo(64e-3 + step!.terms.bad!, 5);
  });
});
