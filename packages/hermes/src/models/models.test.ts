import {
  abs,
  add,
  type Engine,
  gradientsOf,
  type HostArray,
  max,
  mean,
  multiply,
  square,
  sum,
  type Tensor,
  trace,
} from "@hermes-us/tensor";
import { ortNodeEngine } from "@hermes-us/tensor/ort-node";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { UserError } from "../errors.js";
import type { JointModel } from "../nn/joint-net.js";
import * as models from "./index.js";
import type { PretrainedPart } from "./pretrained-part.js";
import { type FeedCache, feedsFor, headsOf, type TracedJoint, traceJoint } from "./testing/joint-harness.js";

const INPUTS = { classes: 2, maskClasses: 2, imageChannels: 1 } as const;
const SIZE_PX = 32;
const SHAPE = [3, 1, SIZE_PX, SIZE_PX];
/** Large enough that no batch norm works on a handful of values, where rounding alone would move the outputs. */
const STATISTICS_SHAPE = [4, 1, 64, 64];

interface InterTaskWords {
  readonly saliency?: "off" | "input-gradient";
  readonly attention?: "off" | "published" | "residual";
  readonly attentionOn?: "every-pass" | "labelled-pass";
  readonly lesionDescriptors?: "off" | "fused";
  readonly classView?: "image" | "lesion";
}

/** The paper's paths alone. */
const OF_IMAGE = {
  saliency: "input-gradient",
  attention: "residual",
  classView: "image",
  lesionDescriptors: "off",
} as const;

/**
 * The lesion brought close, without its descriptors: random weights outline the same in every image, which teaches the descriptors'
 * weights nothing.
 */
const OF_LESION = {
  saliency: "off",
  attention: "off",
  classView: "lesion",
  lesionDescriptors: "off",
} as const;

const views = [OF_IMAGE, OF_LESION];

const apart: (words: InterTaskWords) => JointModel = (words) =>
  models.lightPair.build(models.lightPair.options.parse({ trunk: "none", ...words }), INPUTS);

const subjects: readonly [string, (words: InterTaskWords) => JointModel][] = [
  ["light-pair", (words) => models.lightPair.build(models.lightPair.options.parse(words), INPUTS)],
  [
    "paper-pair",
    (words) => models.paperPair.build(models.paperPair.options.parse({ dropout: 0, ...words }), INPUTS),
  ],
  ["residual-pair", (words) => models.residualPair.build(models.residualPair.options.parse(words), INPUTS)],
  ["unet-pair", (words) => models.unetPair.build(models.unetPair.options.parse(words), INPUTS)],
];

let engine: Engine;
const cache: FeedCache = new Map();
beforeAll(async () => {
  engine = await ortNodeEngine();
});
afterAll(async () => {
  await engine[Symbol.asyncDispose]();
});

async function run(
  outputs: Readonly<Record<string, Tensor>>,
  { declarations }: TracedJoint,
  given: Readonly<Record<string, HostArray>> = {},
): Promise<Record<string, HostArray>> {
  const program = trace(outputs);
  const feeds = feedsFor(program, declarations, cache);
  for (const name of Object.keys(feeds)) feeds[name] = given[name] ?? feeds[name]!;
  await using executable = await engine.compile(program);
  return executable.run(feeds);
}

/** A loss in which every element of every head counts, each head with a weight of its own. */
function lossOf(traced: TracedJoint): Tensor {
  return Object.values(headsOf(traced))
    .map((head, i) => multiply(mean(square(add(head, 0.1 * (i + 1)))), i + 1))
    .reduce((a, b) => add(a, b));
}

function largest(data: Iterable<number>): number {
  let peak = 0;
  for (const value of data) peak = Number.isNaN(value) ? Number.NaN : Math.max(peak, Math.abs(value));
  return peak;
}

describe("the registry of models", () => {
  it("holds the models tested here, under distinct names, with a default for every option", () => {
    const definitions = Object.values(models);
    expect(definitions.map(({ name }) => name).sort()).toEqual(subjects.map(([name]) => name));
    for (const { options } of definitions) expect(options.safeParse({}).success).toBe(true);
  });

  it("refuses unknown options", () => {
    for (const { options } of Object.values(models)) {
      expect(options.safeParse({ saliensy: "off" }).success).toBe(false);
    }
  });
});

describe("parts with public weights", () => {
  const countsOf = (model: JointModel, parts: readonly PretrainedPart[]): number[] => {
    const traced = traceJoint(model, SHAPE, "evaluate");
    headsOf(traced);
    const { parameters, buffers } = traced.declarations;
    const declared = [...parameters.keys(), ...buffers.keys()];
    return parts.map(({ prefix, names }) => {
      const from = `net/${prefix}`;
      return declared.filter((name) => name.startsWith(from) && names.test(name.slice(from.length))).length;
    });
  };

  it("are named by the definitions as the networks declare them", () => {
    const { lightPair, paperPair } = models;
    const paper = paperPair.options.parse({});
    // Convolutions, with 5 tensors each: MobileNetV2 to block 12 for the outline and for the lesion brought close; for a
    // classifier of the image from block 13, or whole where nothing is shared.
    const ofLight = (words: Readonly<Record<string, unknown>>): number[] => {
      const chosen = lightPair.options.parse(words);
      return countsOf(lightPair.build(chosen, INPUTS), lightPair.pretrained(chosen));
    };
    expect(ofLight({})).toEqual([39 * 5, 39 * 5]);
    expect(ofLight({ classView: "image" })).toEqual([39 * 5, 13 * 5]);
    expect(ofLight({ classView: "image", trunk: "none" })).toEqual([39 * 5, 52 * 5]);
    // Res2Net-101 v1b to layer 3 as the published checkpoints list it; ResNet-18.
    expect(countsOf(paperPair.build(paper, INPUTS), paperPair.pretrained(paper))).toEqual([156 * 5, 20 * 5]);
  });

  // Convolutions of the whole networks, ImageNet's last layer left out.
  it.each([
    { encoder: "resnet-18", classifier: "resnet-18", convolutions: [20, 20] },
    { encoder: "resnet-34", classifier: "resnet-34", convolutions: [36, 36] },
    { encoder: "resnet-50", classifier: "resnet-50", convolutions: [53, 53] },
    { encoder: "res2net-50-v1b", classifier: "resnet-18", convolutions: [87, 20] },
    { encoder: "res2net-101-v1b", classifier: "resnet-18", convolutions: [172, 20] },
  ])("are all of $encoder and of $classifier in the residual pair", ({ convolutions, ...words }) => {
    const { residualPair } = models;
    const chosen = residualPair.options.parse(words);
    const parts = residualPair.pretrained(chosen);
    expect(parts.map(({ architecture }) => architecture)).toEqual([words.encoder, words.classifier]);
    const counts = countsOf(residualPair.build(chosen, INPUTS), parts);
    expect(counts).toEqual(convolutions.map((count) => count * 5));
  });
});

describe.each(subjects)("%s", (name, build) => {
  afterAll(() => cache.clear());

  it.each(views)(
    "gives every part its shape, and a gradient to every parameter: $classView",
    async (words) => {
      const traced = traceJoint(build(words), SHAPE, "train");
      const { classLogits, maskLogits, saliency } = traced.output;
      expect(classLogits.shape).toEqual([3, 2]);
      expect(maskLogits.shape).toEqual([3, 2, SIZE_PX, SIZE_PX]);
      expect(saliency?.shape).toEqual(words.saliency === "off" ? undefined : [3, SIZE_PX, SIZE_PX]);
      const loss = lossOf(traced);
      const { parameters, tensors } = traced.declarations;
      const all = [...parameters.keys()];
      const gradients = gradientsOf(
        loss,
        all.map((parameter) => tensors.get(parameter)!),
      );
      const peaks = Object.fromEntries(
        all.map((parameter, i) => [parameter, max(abs(gradients[i]!))] as const),
      );
      const fetched = await run({ loss, ...peaks }, traced);
      expect(fetched.loss!.data[0]).toBeGreaterThan(0);
      const wrong = all.filter((parameter) => {
        const peak = fetched[parameter]!.data[0]!;
        return !Number.isFinite(peak) || peak === 0;
      });
      expect(wrong).toEqual([]);
    },
  );

  it("declares the same names in both modes", () => {
    const [train, evaluate] = (["train", "evaluate"] as const).map((mode) => {
      const traced = traceJoint(build({}), SHAPE, mode);
      headsOf(traced);
      const { parameters, buffers } = traced.declarations;
      return [...parameters.keys(), ...buffers.keys()].sort();
    });
    expect(train).toEqual(evaluate);
  });

  it("computes in evaluation what it does in training, given the batch's own statistics", async () => {
    const words = { ...OF_IMAGE, saliency: "off" } as const;
    const train = traceJoint(build(words), STATISTICS_SHAPE, "train");
    const trained = headsOf(train);
    const observed = Object.fromEntries(
      [...train.declarations.observations].map(([buffer, passes]) => [buffer, passes[0]!] as const),
    );
    const first = await run({ ...trained, ...observed }, train);
    const evaluate = traceJoint(build(words), STATISTICS_SHAPE, "evaluate");
    const heads = headsOf(evaluate);
    const statistics = biasedStatistics(first, train);
    const second = await run(heads, evaluate, statistics);
    for (const head of Object.keys(heads)) {
      const [a, b] = [first[head]!.data, second[head]!.data];
      const difference = largest(a.map((value, i) => value - b[i]!));
      expect(difference / largest(a), head).toBeLessThan(2e-2);
    }
  });

  it("changes its mask by the saliency and its class by the attention, and by nothing else", async () => {
    const outputs = async (words: InterTaskWords) => {
      const traced = traceJoint(build({ ...OF_IMAGE, ...words }), SHAPE, "evaluate");
      const { maskLogits, classLogits, saliency } = traced.output;
      return run({ maskLogits, classLogits, ...(saliency === null ? {} : { saliency }) }, traced);
    };
    const plain = await outputs({ saliency: "off", attention: "off" });
    const residual = await outputs({ saliency: "off", attention: "residual" });
    const published = await outputs({ saliency: "off", attention: "published" });
    const salient = await outputs({ saliency: "input-gradient", attention: "off" });
    expect(residual.maskLogits!.data).toEqual(plain.maskLogits!.data);
    expect(residual.classLogits!.data).not.toEqual(plain.classLogits!.data);
    expect(published.classLogits!.data).not.toEqual(residual.classLogits!.data);
    expect(salient.classLogits!.data).toEqual(plain.classLogits!.data);
    expect(salient.maskLogits!.data).not.toEqual(plain.maskLogits!.data);
    expect(plain.saliency).toBeUndefined();
    const shaped = await outputs({
      saliency: "input-gradient",
      attention: "off",
      lesionDescriptors: "fused",
    });
    expect(shaped.maskLogits!.data).toEqual(salient.maskLogits!.data);
    expect(shaped.saliency!.data).toEqual(salient.saliency!.data);
    expect(shaped.classLogits!.data).not.toEqual(salient.classLogits!.data);
    const close = await outputs(OF_LESION);
    expect(close.maskLogits!.data).toEqual(plain.maskLogits!.data);
    expect(close.classLogits!.data).not.toEqual(plain.classLogits!.data);
    expect(close.saliency).toBeUndefined();
    const map = Array.from(salient.saliency!.data);
    for (let n = 0; n < 3; n++) {
      const pixels = map.slice(n * SIZE_PX ** 2, (n + 1) * SIZE_PX ** 2);
      expect(Math.max(...pixels)).toBeCloseTo(1, 6);
      expect(Math.min(...pixels)).toBeGreaterThanOrEqual(0);
    }
  });

  it.each(["train", "train-unlabelled", "evaluate"] as const)(
    "gates as released the classes of labelled passes alone: %s",
    async (mode) => {
      const classes = async (words: InterTaskWords) => {
        const traced = traceJoint(build({ ...OF_IMAGE, saliency: "off", ...words }), SHAPE, mode);
        return (await run({ classLogits: traced.output.classLogits }, traced)).classLogits!.data;
      };
      const gated = await classes({ attention: "published" });
      const bare = await classes({ attention: "off" });
      expect(gated).not.toEqual(bare);
      const released = await classes({ attention: "published", attentionOn: "labelled-pass" });
      expect(released).toEqual(mode === "train" ? gated : bare);
    },
  );

  it.each([OF_IMAGE, { ...OF_LESION, lesionDescriptors: "fused" } as const])(
    "keeps each task's loss out of the other's network: $classView",
    (words) => {
      const traced = traceJoint((name === "light-pair" ? apart : build)(words), SHAPE, "train");
      const { classLogits, maskLogits } = headsOf(traced);
      expect(reaches(sum(maskLogits), traced, "net/cls.")).toBe(0);
      expect(reaches(sum(classLogits), traced, "net/seg.")).toBe(0);
      expect(reaches(sum(maskLogits), traced, "net/seg.")).toBeGreaterThan(0);
      expect(reaches(sum(classLogits), traced, "net/cls.")).toBeGreaterThan(0);
    },
  );

  it("refuses paths that need the outline before there is one", () => {
    expect(() => build({ ...OF_LESION, saliency: "input-gradient", attention: "residual" })).toThrow(
      /saliency with classView=lesion[\s\S]*attention with classView=lesion/,
    );
  });

  it("refuses images of another form, by name", () => {
    const model = build({});
    expect(() => traceJoint(model, [1, 1, SIZE_PX + 4, SIZE_PX], "train")).toThrow(UserError);
    expect(() => traceJoint(model, [1, 3, SIZE_PX, SIZE_PX], "train")).toThrow(name);
  });
});

describe.each(subjects.filter(([name]) => ["light-pair", "residual-pair"].includes(name)))(
  "the saliency of %s",
  (_, build) => {
    it("is the gradient of the classifier that predicts from the image, gates included", async () => {
      const traced = traceJoint(build(OF_IMAGE), SHAPE, "evaluate");
      const { classLogits, saliency } = traced.output;
      const [slope] = gradientsOf(sum(max(classLogits, { axes: [1] })), [traced.image]);
      const result = await run({ slope: abs(slope!), saliency: saliency! }, traced);
      const area = SIZE_PX ** 2;
      for (let n = 0; n < 3; n++) {
        const own = result.slope!.data.slice(n * area, (n + 1) * area);
        const peak = largest(own);
        const map = result.saliency!.data.slice(n * area, (n + 1) * area);
        expect(largest(map.map((value, i) => value - own[i]! / peak))).toBeLessThan(1e-4);
      }
    });
  },
);

describe("the shared encoder of light-pair", () => {
  const traceShared = (words: Readonly<Record<string, unknown>>): TracedJoint =>
    traceJoint(
      models.lightPair.build(models.lightPair.options.parse({ classView: "image", ...words }), INPUTS),
      SHAPE,
      "train",
    );

  it.each([
    { trunk: "stride-4", blocks: 3 },
    { trunk: "stride-16", blocks: 13 },
  ])("is all of the segmentation that the classifier's loss reaches: $trunk", ({ trunk, blocks }) => {
    const traced = traceShared({ trunk });
    const { classLogits, maskLogits } = headsOf(traced);
    expect(reaches(sum(maskLogits), traced, "net/cls.")).toBe(0);
    const shared = ["stem.", ...Array.from({ length: blocks }, (_, i) => `blocks.${i}.`)];
    const reached = shared.map((part) => reaches(sum(classLogits), traced, `net/seg.encoder.${part}`));
    // Weight, scale and shift of each convolution: 1 in the stem, 2 in the block that does not expand, 3 in the others.
    expect(reached).toEqual([3, 6, ...new Array<number>(blocks - 1).fill(9)]);
    expect(reaches(sum(classLogits), traced, "net/seg.")).toBe(9 * blocks);
  });

  it("takes its share of the classifier's gradient, and all of the segmentation's", async () => {
    const slopes = async (trunkShare: number) => {
      const traced = traceShared({ ...OF_IMAGE, trunkShare, saliency: "off", attention: "off" });
      const { classLogits, maskLogits } = headsOf(traced);
      const stem = traced.declarations.tensors.get("net/seg.encoder.stem.weight")!;
      const [byClass] = gradientsOf(sum(square(classLogits)), [stem]);
      const [byMask] = gradientsOf(sum(square(maskLogits)), [stem]);
      return run({ byClass: byClass!, byMask: byMask!, classLogits }, traced);
    };
    const [whole, tenth] = [await slopes(1), await slopes(0.1)];
    const peak = largest(whole.byClass!.data);
    expect(peak).toBeGreaterThan(0);
    for (const [i, value] of tenth.byClass!.data.entries()) {
      expect(Math.abs(10 * value - whole.byClass!.data[i]!)).toBeLessThan(1e-2 * peak);
    }
    const difference = tenth.byMask!.data.map((value, i) => value - whole.byMask!.data[i]!);
    expect(largest(difference)).toBeLessThan(1e-4 * largest(whole.byMask!.data));
  });
});

/** @returns how many parameters below `prefix` a loss has a gradient for that is not zero by construction */
function reaches(loss: Tensor, { declarations }: TracedJoint, prefix: string): number {
  const names = [...declarations.parameters.keys()].filter((parameter) => parameter.startsWith(prefix));
  const gradients = gradientsOf(
    loss,
    names.map((parameter) => declarations.tensors.get(parameter)!),
  );
  return gradients.filter((gradient) => !isZero(gradient)).length;
}

/** The gradient with respect to what a loss does not depend on is a stretched constant. */
function isZero(gradient: Tensor): boolean {
  return gradient.op.name === "constant" || gradient.inputs[0]?.op.name === "constant";
}

/** Running variances observe the unbiased variance; the batch itself was normalised by the biased one. */
function biasedStatistics(fetched: Readonly<Record<string, HostArray>>, { declarations }: TracedJoint) {
  const statistics: Record<string, HostArray> = {};
  for (const [buffer, passes] of declarations.observations) {
    const { shape, data } = fetched[buffer]!;
    const count = countOf(passes[0]!);
    const scale = buffer.endsWith("running_var") ? (count - 1) / count : 1;
    statistics[buffer] = { dtype: "float32", shape, data: Float32Array.from(data, (v) => v * scale) };
  }
  return statistics;
}

/** Values per channel behind a batch statistic: the elements of the tensor that it was taken of. */
function countOf(statistic: Tensor): number {
  for (let at: Tensor | undefined = statistic; at !== undefined; at = at.inputs[0]) {
    const [n, , h, w] = at.shape;
    if (at.rank === 4) return n! * h! * w!;
  }
  throw new Error("a statistic of no images");
}
