import { execFileSync, spawnSync } from "node:child_process";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import type { TrainingEvent } from "../train/events.js";
import { crc32c } from "./crc32c.js";
import { TensorboardWriter } from "./tensorboard.js";
import { temporaryFolder } from "./testing/temporary-folder.js";
import { validationPictures } from "./training-pictures.js";

const reader = fileURLToPath(new URL("../../../../fixtures/tensorboard/read_events.py", import.meta.url));
const hasPython = spawnSync("python3", ["--version"]).status === 0;
const skipped = hasPython ? "" : " [skipped: no python3]";

const step: TrainingEvent = {
  kind: "step",
  step: 300,
  loss: 1.5,
  terms: { supervisedClass: 0.25 },
  measures: { keptImages: 0.5 },
  numbers: { "rate.segmentation": 2 ** -10 },
  gradientNorms: { segmentation: 3 },
  pseudoClassAccuracy: null,
  pseudoMaskDice: 0.75,
  stepMs: 8,
  waitedMs: 0,
};

async function written(firstStep: number, write: (writer: TensorboardWriter) => void): Promise<unknown> {
  await using folder = await temporaryFolder();
  write(new TensorboardWriter(folder.path, firstStep, () => 1.7e12 + 500));
  const [name] = await readdir(folder.path);
  expect(name).toMatch(/^events\.out\.tfevents\.1700000000\./);
  return JSON.parse(execFileSync("python3", [reader, join(folder.path, name!)]).toString());
}

describe("TensorboardWriter", () => {
  it.skipIf(!hasPython)(`writes scalars that another reader understands${skipped}`, async () => {
    const validation: TrainingEvent = {
      kind: "validation",
      step: 400,
      scores: { dice: 0.5, auroc: null, accuracy: 0.25 },
      selection: 0.5,
      best: "yes",
    };
    const events = await written(0, (writer) => {
      for (const event of [step, validation, { kind: "end", step: 400, reason: "finished" } as const])
        writer.event(event);
    });
    expect(events).toEqual([
      { time: 1.7e9 + 0.5, step: 0, version: "brain.Event:2" },
      {
        time: 1.7e9 + 0.5,
        step: 300,
        values: [
          { tag: "loss", scalar: 1.5 },
          { tag: "term/supervisedClass", scalar: 0.25 },
          { tag: "measure/keptImages", scalar: 0.5 },
          { tag: "number/rate.segmentation", scalar: 2 ** -10 },
          { tag: "gradient-norm/segmentation", scalar: 3 },
          { tag: "pseudo/maskDice", scalar: 0.75 },
          { tag: "time/stepMs", scalar: 8 },
          { tag: "time/waitedMs", scalar: 0 },
        ],
      },
      {
        time: 1.7e9 + 0.5,
        step: 400,
        values: [
          { tag: "validation/dice", scalar: 0.5 },
          { tag: "validation/accuracy", scalar: 0.25 },
          { tag: "validation/selection", scalar: 0.5 },
        ],
      },
    ]);
  });

  it.skipIf(!hasPython)(`writes pictures, and a session start when a run goes on${skipped}`, async () => {
    const level = new Float32Array(16).fill(0.5);
    const pictures = await validationPictures(
      [
        {
          id: "a",
          image: level,
          content: { leftPx: 0, topPx: 0, widthPx: 4, heightPx: 4 },
          truth: { widthPx: 8, heightPx: 2, data: new Uint8Array(16).fill(1) },
          label: 0,
        },
      ],
      [{ classProbs: level, lesionProbs: level, saliency: level }],
      4,
    );
    const events = await written(400, (writer) => writer.pictures(600, pictures));
    expect(events).toMatchObject([
      { version: "brain.Event:2" },
      { step: 401, session: 1 },
      {
        step: 600,
        values: [{ tag: "validation/0", image: { height: 4, width: 12, colours: 3 }, size: [12, 4] }],
      },
    ]);
  });
});

/** RFC 3720, appendix B.4. */
describe("crc32c", () => {
  it.each([
    ["32 bytes of zeroes", new Uint8Array(32), 0x8a9136aa],
    ["32 bytes of ones", new Uint8Array(32).fill(255), 0x62a8ab43],
    ["32 bytes upwards", Uint8Array.from({ length: 32 }, (_, i) => i), 0x46dd794e],
    ["32 bytes downwards", Uint8Array.from({ length: 32 }, (_, i) => 31 - i), 0x113fdb5c],
  ])("of %s", (_, bytes, sum) => {
    expect(crc32c(bytes)).toBe(sum);
  });
});
