import { rm } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Sample } from "../data/sample.js";
import type { TrainingView } from "../data/split/training-view.js";
import { UserError } from "../errors.js";
import { planHash, runId } from "../train/plan.js";
import type { Dataset } from "./dataset-folder.js";
import { partsFromFiles, type PublicWeights } from "./pretrained-weights.js";
import { type PlanRequest, resolvePlan } from "./resolve-plan.js";
import { makeSmallDataset } from "./testing/small-dataset.js";

let dataset: Dataset;
beforeAll(async () => {
  dataset = await makeSmallDataset(12);
});
afterAll(() => rm(dataset.root, { recursive: true }));

interface Case {
  readonly validation?: "one image" | "none";
  readonly classes?: readonly string[];
  readonly choose?: (sample: Sample) => boolean;
  readonly change?: (sample: Sample) => Sample;
  readonly request?: Partial<PlanRequest>;
}

/** A plan for the chosen images as labelled ones and all others as unlabelled. */
function plan({
  choose = () => true,
  change = (sample) => sample,
  request = {},
  validation = "one image",
  classes = dataset.manifest.header.classes,
}: Case = {}) {
  const samples = dataset.manifest.samples.map(change);
  const labelled = samples.filter(choose).slice(0, 8);
  const last = samples.at(-1)!;
  const ids = (some: readonly Sample[]) => some.map(({ id }) => id);
  const view: TrainingView = {
    splitHash: "s".repeat(64),
    manifestHash: dataset.manifestHash,
    labelled: ids(labelled),
    unlabelled: ids(samples.filter((sample) => sample !== last && !labelled.includes(sample))),
    val: validation === "none" ? [] : ids([last]),
  };
  return resolvePlan({
    method: "hermes",
    profile: "small",
    seed: 1,
    split: "default",
    labels: "8",
    dataset,
    training: {
      dataset: {
        ...dataset,
        manifest: { header: { ...dataset.manifest.header, classes: [...classes] }, samples },
      },
      view,
    },
    weights: [],
    settings: [],
    config: {},
    codeVersion: "1",
    ...request,
  });
}

function complaints(of: Case): string[] {
  try {
    plan(of);
  } catch (error) {
    if (error instanceof UserError)
      return error.complaints.map(
        ({ what, got, wanted, fix }) => `${what}: ${got}; ${fix}; wanted ${wanted}`,
      );
    throw error;
  }
  return [];
}

describe("resolvePlan", () => {
  it("lays settings over the config file over the profile over the defaults", () => {
    const config = {
      training: { steps: 7, segmentation: { optimizer: "sgd" } },
      methodOptions: { temperature: 0.2 },
      modelOptions: { width: 16 },
    };
    const settings = ["steps=9", "segmentation.weightDecay=1e-4", "method.bankCapacity=0", "attention=off"];
    const { training, method, model } = plan({ request: { config, settings } });
    expect(training).toMatchObject({ steps: 9, sidePx: 64, labelledBatch: 8, patience: null });
    expect(training.segmentation).toEqual({
      optimizer: "sgd",
      learningRate: 2e-3,
      pretrainedShare: 1,
      weightDecay: 1e-4,
      learnFrom: 0,
    });
    expect(method.options).toMatchObject({ temperature: 0.2, bankCapacity: 0, combine: "and" });
    expect(model.options).toMatchObject({ width: 16, attention: "off", saliency: "input-gradient" });
  });

  it("keeps the paths between the tasks to Hermes, unless they are asked for", () => {
    const paths = (method: string, settings: readonly string[] = []) => {
      const { saliency, attention, lesionDescriptors, classView } = plan({ request: { method, settings } })
        .model.options;
      return [saliency, attention, lesionDescriptors, classView];
    };
    expect(paths("hermes")).toEqual(["input-gradient", "residual", "fused", "image"]);
    expect(paths("supervised")).toEqual(["off", "off", "off", "image"]);
    const light = plan({ request: { profile: "light" } }).model.options;
    expect(light).toMatchObject({
      saliency: "off",
      attention: "off",
      lesionDescriptors: "fused",
      classView: "lesion",
    });
    expect(() => plan({ request: { profile: "light", settings: ["attention=residual"] } })).toThrow(
      "add --set attention=off, or --set classView=image",
    );
    const published = (method: string) =>
      plan({ request: { method, profile: "as-published" } }).model.options;
    expect(published("hermes")).toMatchObject({ attention: "published", attentionOn: "labelled-pass" });
    expect(published("supervised")).toMatchObject({ attention: "off", saliency: "off" });
    expect(paths("mean-teacher", ["attention=published"])).toEqual(["off", "published", "off", "image"]);
  });

  it("names runs by all that decides them", () => {
    const [one, again] = [plan(), plan()];
    expect(planHash(one)).toBe(planHash(again));
    expect(runId(one)).toMatch(/^hermes-8-s1-[0-9a-f]{12}$/);
    for (const request of [
      { seed: 2 },
      { settings: ["steps=5"] },
      { method: "supervised" },
      { codeVersion: "2" },
    ])
      expect(planHash(plan({ request }))).not.toBe(planHash(one));
  });

  it("takes `null` for what may be null", () => {
    const request = { settings: ["patience=3", "patience=null"] };
    expect(plan({ request }).training.patience).toBeNull();
  });

  it.each<[string, Case, RegExp[]]>([
    ["no labelled images", { choose: () => false }, [/^labelled images: none; .*data split --labels/]],
    [
      "one class only",
      { choose: ({ className }) => className === "benign" },
      [/^classes of the labelled images: only benign; raise the budget/],
    ],
    [
      "one class of three missing",
      { classes: ["normal", "benign", "malignant"] },
      [/^classes of the labelled images: only benign, malignant; raise the budget/],
    ],
    [
      "labelled images that all hold no lesion",
      { change: (sample) => ({ ...sample, masks: sample.masks === null ? null : [] }) },
      [/^outlines of the labelled images: none with a lesion \(6 known/],
    ],
    [
      "a side that the model does not take",
      { request: { settings: ["sidePx=100"] } },
      [/^training\.sidePx: 100; take the nearest: --set sidePx=96 or --set sidePx=112/],
    ],
    [
      "a lowest threshold above the highest",
      { request: { settings: ["lowestThreshold=0.9", "highestThreshold=0.6"] } },
      [/^method\.lowestThreshold: 0\.9, above method\.highestThreshold, 0\.6; lower it/],
    ],
    [
      "no validation images for the criterion",
      { validation: "none" },
      [/^the criterion dice-and-auroc: no validation images .*--set criterion=last/],
    ],
    [
      "nothing where the last weights are taken",
      { validation: "none", request: { settings: ["criterion=last"] } },
      [],
    ],
    [
      "no class and no mask at all, told together",
      { change: (sample) => ({ ...sample, className: null, masks: null }) },
      [/^classes of the labelled images: none/, /^outlines of the labelled images: none; import/],
    ],
  ])("refuses %s", (_, what, wanted) => {
    const told = complaints(what);
    expect(told).toHaveLength(wanted.length);
    for (const [i, pattern] of wanted.entries()) expect(told[i]).toMatch(pattern);
  });

  it.each<[string, Partial<PlanRequest>, RegExp]>([
    ["method", { method: "supervisd" }, /did you mean supervised\?/],
    ["profile", { profile: "lihgt" }, /did you mean light\?/],
    ["model", { config: { model: "unet-par" } }, /did you mean unet-pair\?/],
    ["setting", { settings: ["segmentation.learningrate=1"] }, /did you mean segmentation\.learningRate\?/],
    [
      "setting of groups",
      { settings: ["learningRate=1"] },
      /did you mean segmentation\.learningRate or classification\.learningRate\?/,
    ],
    ["setting of a section", { settings: ["method.temprature=1"] }, /did you mean temperature\?/],
    [
      "setting, without the list of all",
      { settings: ["pseudoMaskWieght=1"] },
      /no such setting; did you mean pseudoMaskWeight\?; wanted one of \d+ keys, which `hermes list` shows$/,
    ],
    [
      "setting that is like none",
      { settings: ["qqqqqq=1"] },
      /wanted one of sidePx, aspect, .*, rampShare, saliency, /,
    ],
    [
      "key of the config file",
      { config: { trainig: {} } },
      /^--config\.trainig: an unknown name; did you mean training\?/,
    ],
    [
      "nested key of it",
      { config: { training: { segmentation: { rate: 1 } } } },
      /^training\.segmentation\.rate: an unknown/,
    ],
    ["kind of section", { config: { training: 5 } }, /^--config\.training: 5/],
    ["kind of config", { config: [1] }, /^--config: \[1\]/],
    ["type of value", { settings: ["steps=many"] }, /^training\.steps: "many";.*; wanted number$/],
    ["value out of range", { settings: ["temperature=0"] }, /^method\.temperature: 0/],
    ["word", { settings: ["schedule=linear"] }, /^training\.schedule: "linear"/],
    ["group instead of a setting", { settings: ["segmentation=1"] }, /^--set segmentation: no such setting/],
    ["form", { settings: ["=5"] }, /no `=`/],
  ])("refuses an unknown or wrong %s", (_, request, wanted) => {
    expect(complaints({ request }).join("\n")).toMatch(wanted);
  });

  it("records one file of weights by its hash, several by a hash each in any order", () => {
    const tensors = new Map();
    const [a, b] = [
      { name: "a.safetensors", sha256: "a".repeat(64), tensors },
      { name: "b.safetensors", sha256: "b".repeat(64), tensors },
    ];
    const planned = (...weights: readonly PublicWeights[]) => plan({ request: { weights } });
    expect(planned().weights).toEqual({ kind: "random" });
    expect(planned(a).weights).toEqual({ kind: "file", name: a.name, sha256: a.sha256 });
    const files = [a, b].map(({ name, sha256 }) => ({ name, sha256 }));
    expect(planned(b, a).weights).toEqual({ kind: "files", files });
    expect(planHash(planned(a, b))).toBe(planHash(planned(b, a)));
    expect(planHash(planned(a, b))).not.toBe(planHash(planned(a, { ...b, sha256: "c".repeat(64) })));
  });

  it("gives parts a rate of their own where they begin from a file, not at random", () => {
    const weights = [{ name: "a.safetensors", sha256: "a".repeat(64), tensors: new Map() }];
    const parts = (request: Partial<PlanRequest>) =>
      partsFromFiles(plan({ request: { profile: "light", ...request } })).map(({ prefix }) => prefix);
    expect(parts({ weights })).toEqual(["seg.encoder.", "cls.encoder."]);
    expect(parts({ weights: [] })).toEqual([]);
    const { segmentation, classification } = plan({ request: { profile: "light" } }).training;
    expect(segmentation).toMatchObject({ learningRate: 1e-3, pretrainedShare: 1, learnFrom: 0 });
    expect(classification).toMatchObject({ learningRate: 6e-4, pretrainedShare: 1, learnFrom: 0.5 });
  });
});
