import { join, relative, sep } from "node:path";
import type { Engine } from "@hermes-us/tensor";
import type { OrtNodeModelOptions } from "@hermes-us/tensor/ort-node";
import type { TrainingEvent } from "../train/events.js";
import { type DemoData, DEMO_SPLIT, demoData } from "./demo-data.js";
import { demoPage } from "./demo-page.js";
import { demoPictures } from "./demo-pictures.js";
import { evaluateRun, evaluationFiles } from "./evaluate-run.js";
import { resolvePlan } from "./resolve-plan.js";
import { trainRun } from "./train-run.js";
import { writeFileAtomic } from "./write-file-atomic.js";

/** In the order they are trained and shown. */
export const DEMO_METHODS = ["supervised", "hermes"] as const;
export type DemoMethod = (typeof DEMO_METHODS)[number];

export interface DemoRequest {
  /** Folder of everything that the demo writes. */
  readonly out: string;
  readonly images: number;
  readonly labels: number;
  readonly seeds: readonly number[];
  /** `key=value`, over the profile `small`. */
  readonly settings: readonly string[];
  /** For training. */
  readonly engine: Engine;
  /** How trained models are run. */
  readonly runtime: OrtNodeModelOptions;
  readonly codeVersion: string;
  readonly signal: AbortSignal;
  onStage(what: string): void;
  onTraining(event: TrainingEvent, totalSteps: number): void;
}

export interface DemoScore {
  readonly method: DemoMethod;
  readonly seed: number;
  /** Mean over test images of the lesion's Dice at the image's own size. */
  readonly dice: number | null;
  readonly auroc: number | null;
  /** Path of the run's report from the demo's folder. */
  readonly report: string;
}

/** `interrupted`: the same demo goes on where it stopped. */
export type DemoResult =
  | { readonly kind: "interrupted" | "not-finite" }
  | { readonly kind: "finished"; readonly scores: readonly DemoScore[]; readonly page: string };

const demoFiles = { page: "index.html", pictures: "pictures.png", scores: "scores.json" } as const;

/**
 * Trains on a few labelled phantoms with and without the unlabelled ones and compares the two on test images.
 * What an earlier call finished is used again.
 */
export async function runDemo(request: DemoRequest): Promise<DemoResult> {
  const { out, images, labels, seeds, runtime, signal } = request;
  request.onStage(`${images} simulated images, ${labels} of them with labels`);
  const data = await demoData({ folder: join(out, "phantoms"), images, labels, signal });
  const scores: DemoScore[] = [];
  const pictured: { title: string; folder: string }[] = [];
  for (const seed of seeds) {
    for (const method of DEMO_METHODS) {
      request.onStage(`training: ${method}, seed ${seed}`);
      const run = await trainOne(request, data, method, seed);
      if (run.reason === "interrupted" || run.reason === "not-finite") return { kind: run.reason };
      scores.push(await scoreRun(request, data, { method, seed, folder: run.folder }));
      if (seed === seeds[0]) pictured.push({ title: method, folder: run.folder });
    }
  }
  request.onStage("pictures");
  const page = join(out, demoFiles.page);
  await writeFileAtomic(
    join(out, demoFiles.pictures),
    await demoPictures({ data, runtime, runs: pictured, signal }),
  );
  await writeFileAtomic(join(out, demoFiles.scores), `${JSON.stringify(scores, undefined, 2)}\n`);
  await writeFileAtomic(page, demoPage({ scores, labels, images, pictures: demoFiles.pictures }));
  return { kind: "finished", scores, page };
}

async function trainOne(request: DemoRequest, data: DemoData, method: DemoMethod, seed: number) {
  const plan = resolvePlan({
    method,
    profile: "small",
    seed,
    split: DEMO_SPLIT,
    labels: String(request.labels),
    dataset: data.dataset,
    training: data.training,
    weights: [],
    settings: request.settings,
    config: {},
    codeVersion: request.codeVersion,
  });
  return trainRun({
    plan,
    engine: request.engine,
    training: data.training,
    weights: [],
    out: join(request.out, "runs"),
    loaderWorkers: 1,
    resume: "auto",
    signal: request.signal,
    onEvent: (event) => request.onTraining(event, plan.training.steps),
    // Without files of weights there is nothing to say of them.
    onNote() {},
  });
}

interface DemoRun {
  readonly method: DemoMethod;
  readonly seed: number;
  readonly folder: string;
}

async function scoreRun(
  { out, runtime, codeVersion, signal }: DemoRequest,
  { dataset }: DemoData,
  { method, seed, folder }: DemoRun,
): Promise<DemoScore> {
  const { evaluation, folder: written } = await evaluateRun({
    path: folder,
    data: dataset.folder,
    split: "test",
    classMap: new Map(),
    spacingMm: null,
    runtime,
    codeVersion,
    signal,
  });
  return {
    method,
    seed,
    dice: evaluation.segmentation?.metrics["dice"]?.value ?? null,
    auroc: evaluation.classification?.metrics["auroc"]?.value ?? null,
    report: relative(out, join(written, evaluationFiles.report)).split(sep).join("/"),
  };
}
