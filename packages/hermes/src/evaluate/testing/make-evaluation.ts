import { measureSegmentation } from "../../metrics/measure-segmentation.js";
import { key } from "../../random.js";
import type { Evaluation } from "../evaluation.js";
import type { ImageResult } from "../image-result.js";
import { summariseImages } from "../summarise-images.js";
import { classUncertainty } from "../uncertainty.js";

export const CLASSES = ["benign", "malignant"] as const;
const SIDE = 12;

export interface ImageWish {
  readonly id: string;
  readonly group?: string | null;
  readonly className?: string | null;
  /** Probability of malignant. */
  readonly prob: number;
  /** Columns 2 .. 2 + n of 8 rows are lesion; the truth has 4. `null`: no outline is known. */
  readonly columns: number | null;
  readonly attributes?: Readonly<Record<string, string | number>>;
}

/** An image result measured on a hand-made pair of masks. */
export function makeImage(wish: ImageWish): ImageResult {
  const { id, prob, columns } = wish;
  const group = wish.group ?? null;
  const classProbs = [1 - prob, prob];
  return {
    id,
    group,
    sha256: `sha of ${id}`,
    widthPx: SIDE,
    heightPx: SIDE,
    className: wish.className === undefined ? "benign" : wish.className,
    classProbs,
    segmentation:
      columns === null
        ? null
        : measureSegmentation({ id, group, truth: stripe(4), prediction: stripe(columns), spacingMm: null }),
    classUncertainty: classUncertainty(classProbs),
    maskUncertainty: 0.25,
    attributes: { ...wish.attributes },
  };
}

function stripe(columns: number) {
  const data = Uint8Array.from({ length: SIDE * SIDE }, (_, i) => {
    const [x, y] = [i % SIDE, Math.floor(i / SIDE)];
    return x >= 2 && x < 2 + columns && y >= 2 && y < 10 ? 1 : 0;
  });
  return { widthPx: SIDE, heightPx: SIDE, data };
}

export interface EvaluationWish {
  readonly method: string;
  readonly seed?: number;
  readonly labels?: number;
  readonly options?: Readonly<Record<string, unknown>>;
  readonly images: readonly ImageResult[];
}

export function makeEvaluation({
  method,
  seed = 1,
  labels = 10,
  options,
  images,
}: EvaluationWish): Evaluation {
  return {
    kind: "hermes-evaluation",
    version: 1,
    time: "2026-01-02T03:04:05.000Z",
    codeVersion: "0.1.0",
    run: {
      id: `${method}-${labels}-s${seed}`,
      planHash: "a".repeat(64),
      weightsSha256: "b".repeat(64),
      method,
      model: "light-pair",
      profile: "light",
      labels: String(labels),
      labelledImages: labels,
      unlabelledImages: 100,
      seed,
      splitName: "default",
      splitHash: "c".repeat(64),
      manifestHash: "d".repeat(64),
      dataTitle: "Set <one>",
      classes: [...CLASSES],
      codeVersion: "0.1.0",
      plan: { method: { name: method, options: options ?? {} }, training: { steps: 5, sidePx: 64 } },
    },
    data: {
      title: "Set <one>",
      format: "generic",
      licence: "CC0",
      citation: null,
      manifestHash: "d".repeat(64),
      relation: "own",
      part: "test",
      imagesHash: "e".repeat(64),
      images: images.length,
      groups: 0,
    },
    testLooks: { all: 2, byThisRun: 1 },
    notes: [],
    ...summariseImages(images, CLASSES, []),
    images: [...images],
  };
}

/** Twenty images with other predictions per run; `gain` widens each outline towards the truth. */
export function makeImages(run: string, gain: number): ImageResult[] {
  const stream = key("images").fork(run).stream();
  return Array.from({ length: 20 }, (_, i) =>
    makeImage({
      id: `image ${i}`,
      group: `patient ${Math.floor(i / 2)}`,
      className: CLASSES[i % 2]!,
      prob: Math.min(0.99, Math.max(0.01, (i % 2) * 0.3 + stream.uniform() * 0.7)),
      columns: 1 + gain + (stream.uniform() < 0.5 ? 0 : 1),
    }),
  );
}
