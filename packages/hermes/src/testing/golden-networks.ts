import {
  add,
  constant,
  divide,
  type Engine,
  gradientsOf,
  type HostArray,
  input,
  logSoftmax,
  mean,
  multiply,
  sliceAxis,
  softmax,
  square,
  subtract,
  sum,
  type Tensor,
  trace,
} from "@hermes-us/tensor";
import { z } from "zod";
import { UserError } from "../errors.js";
import {
  paperClassFeature,
  paperClassLogits,
  paperClassProjection,
  paperImageEmbedding,
} from "../models/paper-classifier.js";
import {
  type PaperSegmenterStages,
  paperMaskLogits,
  paperMaskProjection,
  paperPixelEmbedding,
  paperSegmenter,
} from "../models/paper-segmenter.js";
import { inputSaliency } from "../nn/saliency.js";
import { Declarations, Scope } from "../nn/scope.js";
import type { GoldenRow } from "./golden-losses.js";
import { type GoldenRange, goldenTensor, goldenUniforms } from "./golden-tensor.js";
import { summaryError, summarySchema } from "./golden-summary.js";

const OUTPUT_TOLERANCE = 1e-3;
const GRADIENT_TOLERANCE = 2e-2;

/**
 * Gradients of a layer below this share of the network's largest are compared on its scale: a bias before a batch norm
 * has gradient 0 but for rounding.
 */
const GRADIENT_FLOOR = 1e-6;

/**
 * Training-mode gradients are computed for the image and for copies that differ by rounding, and the closest counts:
 * batch norm over a few dozen values amplifies float32 rounding to 2e-4 of the encoder's last map and a few percent of
 * single gradient norms, in every implementation, while a wrong derivative is wrong in all of them.
 */
const TRAINING_RUNS = 4;
const RUN_PERTURBATION = 3e-7;

const shapesSchema = z.record(z.string(), z.array(z.int().nonnegative()));
const numbersSchema = z.record(z.string(), z.number());

const fileSchema = z.looseObject({
  salt: z.string(),
  input: z.looseObject({
    image: z.tuple([z.tuple([z.int(), z.literal(3), z.int(), z.int()]), z.number(), z.number()]),
    label: z.array(z.int().nonnegative()),
  }),
  seg_state_dict: shapesSchema,
  cls_state_dict: shapesSchema,
  eval: z.looseObject({
    seg: z.record(z.string(), summarySchema),
    cls_plain: z.record(z.string(), summarySchema),
    cls_with_attention: z.record(z.string(), summarySchema),
    saliency: summarySchema,
  }),
  train: z.looseObject({
    seg_total_loss: z.number(),
    cls_loss: z.number(),
    seg_grad_l2: numbersSchema,
    cls_grad_l2: numbersSchema,
  }),
});

type NetworksFile = z.output<typeof fileSchema>;

/**
 * Compares the two networks of the paper with a file of values from the released code: outputs in evaluation, losses
 * and the norm of every parameter's gradient in training, names and shapes of the checkpoints. Salt, image size and
 * batch are the file's.
 * @param contents the JSON text
 * @throws UserError when it is not such a file
 */
export async function checkNetworksGolden(contents: string, engine: Engine): Promise<readonly GoldenRow[]> {
  const file = parseFile(contents);
  const parameters: ParameterSource = goldenParameters(file.salt);
  return [
    ...(await evaluationRows(file, engine, parameters)),
    ...(await trainingRows(file, engine, parameters)),
  ];
}

function parseFile(contents: string): NetworksFile {
  try {
    return fileSchema.parse(JSON.parse(contents));
  } catch (error) {
    const got = error instanceof z.ZodError ? z.prettifyError(error) : String(error);
    throw UserError.of("golden file", got, "JSON with values of the two networks", "check the file");
  }
}

function row(
  name: string,
  kind: GoldenRow["kind"],
  errors: Readonly<Record<string, number>>,
  tolerance: number,
): GoldenRow {
  const [worstField, error] = Object.entries(errors).reduce(
    (a, b) => (b[1] > a[1] || Number.isNaN(b[1]) ? b : a),
    ["", 0],
  );
  const worstRelativeError = Number.isNaN(error) ? Number.POSITIVE_INFINITY : error;
  return { case: name, kind, worstRelativeError, worstField, tolerance, ok: worstRelativeError <= tolerance };
}

function relative(got: number, wanted: number): number {
  return Math.abs(got - wanted) / Math.abs(wanted);
}

function segOutputs(scope: Scope, image: Tensor, maskClasses: number) {
  const stages = paperSegmenter(scope, { image, saliency: null, dropProb: 0 });
  return { stages, logits: paperMaskLogits(scope, stages, maskClasses) };
}

function clsOutputs(scope: Scope, image: Tensor, classes: number, stages: PaperSegmenterStages | null) {
  const attention = stages === null ? null : { gate: "published" as const, stages: () => stages };
  const feature = paperClassFeature(scope, image, attention);
  return {
    output: paperClassLogits(scope, feature, classes),
    contrast_embed: paperImageEmbedding(scope, feature),
    consistency: paperClassProjection(scope, feature),
  };
}

async function evaluationRows(
  file: NetworksFile,
  engine: Engine,
  parameters: ParameterSource,
): Promise<GoldenRow[]> {
  const declarations = new Declarations();
  const [seg, cls] = scopes(declarations, "evaluate");
  const image = input("image", file.input.image[0]);
  const { maskClasses, classes } = widths(file);
  const { stages, logits } = segOutputs(seg, image, maskClasses);
  const { d1: x_up1, d2: x_up2, d3: x_up3, e3: x3 } = stages;
  const contrast_embed = paperPixelEmbedding(seg, stages);
  const consistency = paperMaskProjection(seg, stages);
  const groups: Record<string, Readonly<Record<string, Tensor>>> = {
    seg: { output: logits, consistency, x_up1, x_up2, x_up3, x3, contrast_embed },
    cls_plain: clsOutputs(cls, image, classes, null),
    cls_with_attention: clsOutputs(cls, image, classes, stages),
  };
  const classify = (x: Tensor): Tensor => clsOutputs(cls, x, classes, null).output;
  const outputs: Record<string, Tensor> = { saliency: inputSaliency(classify, image) };
  for (const [group, fields] of Object.entries(groups)) {
    for (const [field, tensor] of Object.entries(fields)) outputs[`${group}.${field}`] = tensor;
  }
  const [fetched = {}] = await runAll(engine, outputs, feeds(declarations, file, parameters), 1);
  const rows = [
    nameRow(declarations, "seg", file.seg_state_dict),
    nameRow(declarations, "cls", file.cls_state_dict),
  ];
  for (const group of ["seg", "cls_plain", "cls_with_attention"] as const) {
    const errors = Object.fromEntries(
      Object.entries(file.eval[group]).map(([field, summary]) => [
        field,
        summaryError(fetched[`${group}.${field}`], summary),
      ]),
    );
    rows.push(row(`eval ${group}`, "values", errors, OUTPUT_TOLERANCE));
  }
  const saliency = { saliency: summaryError(fetched.saliency, file.eval.saliency) };
  return [...rows, row("eval saliency", "values", saliency, OUTPUT_TOLERANCE)];
}

async function trainingRows(
  file: NetworksFile,
  engine: Engine,
  parameters: ParameterSource,
): Promise<GoldenRow[]> {
  const declarations = new Declarations();
  const [seg, cls] = scopes(declarations, "train");
  const image = input("image", file.input.image[0]);
  const { maskClasses, classes } = widths(file);
  const { stages, logits } = segOutputs(seg, image, maskClasses);
  const feature = paperClassFeature(cls, image, { gate: "published", stages: () => stages });
  const losses = {
    seg: segmentationLoss(logits, lesionMask(file)),
    cls: classificationLoss(paperClassLogits(cls, feature, classes), file.input.label),
  };
  const outputs: Record<string, Tensor> = { ...losses };
  for (const net of ["seg", "cls"] as const) {
    const names = Object.keys(file.train[`${net}_grad_l2`]).map((name) => `${net}.${name}`);
    const known = names.filter((name) => declarations.parameters.has(name));
    const gradients = gradientsOf(
      losses[net],
      known.map((name) => declarations.tensors.get(name)!),
    );
    for (const [i, name] of known.entries()) outputs[`norm:${name}`] = sum(square(gradients[i]!));
  }
  const runs = await runAll(engine, outputs, feeds(declarations, file, parameters), TRAINING_RUNS);
  const fetched = runs[0]!;
  const lossErrors = {
    seg_total_loss: relative(fetched.seg!.data[0]!, file.train.seg_total_loss),
    cls_loss: relative(fetched.cls!.data[0]!, file.train.cls_loss),
  };
  const rows = [row("train losses", "values", lossErrors, OUTPUT_TOLERANCE)];
  for (const net of ["seg", "cls"] as const) {
    const wanted = file.train[`${net}_grad_l2`];
    const errors = Object.fromEntries(
      Object.entries(layerScales(wanted)).map(([name, scale]) => {
        const got = runs.map((one) => Math.sqrt(one[`norm:${net}.${name}`]?.data[0] ?? Number.NaN));
        return [name, Math.min(...got.map((norm) => Math.abs(norm - wanted[name]!))) / scale];
      }),
    );
    rows.push(row(`train ${net}_grad_l2`, "gradients", errors, GRADIENT_TOLERANCE));
  }
  return rows;
}

/**
 * What each gradient norm's error is measured against: the norm over its layer, weight and bias together. Biases whose
 * gradients are sums that nearly cancel would otherwise be compared on rounding alone.
 */
function layerScales(wanted: Readonly<Record<string, number>>): Record<string, number> {
  const layerOf = (name: string): string => name.slice(0, name.lastIndexOf("."));
  const squares = new Map<string, number>();
  for (const [name, norm] of Object.entries(wanted)) {
    squares.set(layerOf(name), (squares.get(layerOf(name)) ?? 0) + norm ** 2);
  }
  const floor = GRADIENT_FLOOR * Math.max(...Object.values(wanted));
  return Object.fromEntries(
    Object.keys(wanted).map((name) => [name, Math.max(Math.sqrt(squares.get(layerOf(name))!), floor)]),
  );
}

/** Every name that a network declares is a published one of the same shape. */
function nameRow(declarations: Declarations, net: "seg" | "cls", stateDict: z.output<typeof shapesSchema>) {
  const declared = [...declarations.parameters, ...declarations.buffers];
  const errors = Object.fromEntries(
    declared.flatMap(([full, { shape }]) => {
      if (!full.startsWith(`${net}.`)) return [];
      const name = full.slice(net.length + 1);
      return [[name, stateDict[name]?.join() === shape.join() ? 0 : 1] as const];
    }),
  );
  return row(`names ${net}`, "values", errors, 0);
}

function scopes(declarations: Declarations, mode: "train" | "evaluate"): [Scope, Scope] {
  return [new Scope(declarations, "seg", mode), new Scope(declarations, "cls", mode)];
}

function widths(file: NetworksFile): { maskClasses: number; classes: number } {
  const rows = (shape: readonly number[] | undefined): number => shape?.[0] ?? 2;
  return {
    maskClasses: rows(file.seg_state_dict["final.weight"]),
    classes: rows(file.cls_state_dict["cls_head.weight"]),
  };
}

/** @returns 0 or 1 for each pixel [N, 1, H, W]; 1 where the uniform number is above 0.6 */
function lesionMask(file: NetworksFile): Tensor {
  const [n, , height, width] = file.input.image[0];
  const uniform = goldenUniforms(`${file.salt}/mask`);
  const pixels = Float64Array.from({ length: n * height * width }, () => (uniform() > 0.6 ? 1 : 0));
  return constant(pixels, [n, 1, height, width]);
}

/** (0.5 CE + 0.5 Dice) / 2, Dice of class 1 over the whole batch with squared denominators, as the file's maker has it. */
function segmentationLoss(logits: Tensor, mask: Tensor): Tensor {
  const logProbs = logSoftmax(logits, 1);
  const picked = add(
    multiply(sliceAxis(logProbs, 1, 1, 2), mask),
    multiply(sliceAxis(logProbs, 1, 0, 1), subtract(1, mask)),
  );
  const lesion = sliceAxis(softmax(logits, 1), 1, 1, 2);
  const overlap = add(multiply(2, sum(multiply(lesion, mask))), 1e-5);
  const dice = subtract(1, divide(overlap, add(add(sum(square(lesion)), sum(square(mask))), 1e-5)));
  return multiply(add(multiply(mean(picked), -0.5), multiply(dice, 0.5)), 0.5);
}

function classificationLoss(logits: Tensor, labels: readonly number[]): Tensor {
  const [n, k] = [logits.shape[0]!, logits.shape[1]!];
  const hot = Float64Array.from({ length: n * k }, (_, i) => (labels[Math.floor(i / k)] === i % k ? 1 : 0));
  return multiply(sum(multiply(logSoftmax(logits, 1), constant(hot, [n, k]))), -1 / n);
}

/** The numbers of a parameter or buffer, by its name and shape. */
type ParameterSource = (name: string, shape: readonly number[]) => HostArray;

/** The rule of the file's makers; each tensor is made once. */
function goldenParameters(salt: string): ParameterSource {
  const made = new Map<string, HostArray>();
  return (name, shape) => {
    const tensor = made.get(name) ?? goldenTensor(`${salt}/${name.replace(".", "/")}`, rangeOf(name, shape));
    made.set(name, tensor);
    return tensor;
  };
}

function rangeOf(name: string, shape: readonly number[]): GoldenRange {
  if (name.endsWith("running_mean")) return [shape, -0.1, 0.1];
  if (name.endsWith("running_var")) return [shape, 0.5, 1.5];
  if (name.endsWith("bias")) return [shape, -0.2, 0.2];
  if (shape.length === 1) return [shape, 0.5, 1.5];
  const fanIn = shape.slice(1).reduce((product, extent) => product * extent, 1);
  const bound = Math.sqrt(3 / fanIn);
  return [shape, -bound, bound];
}

function feeds(
  declarations: Declarations,
  { salt, input: { image } }: NetworksFile,
  parameters: ParameterSource,
): Record<string, HostArray> {
  const declared = [...declarations.parameters, ...declarations.buffers];
  const made = declared.map(([name, { shape }]) => [name, parameters(name, shape)] as const);
  return { ...Object.fromEntries(made), image: goldenTensor(`${salt}/image`, image) };
}

/** Runs on the image that is fed, then on copies of it that differ by rounding. */
async function runAll(
  engine: Engine,
  outputs: Readonly<Record<string, Tensor>>,
  given: Readonly<Record<string, HostArray>>,
  count: number,
): Promise<Record<string, HostArray>[]> {
  const program = trace(outputs);
  const used = Object.fromEntries([...program.inputs.keys()].map((name) => [name, given[name]!]));
  await using executable = await engine.compile(program);
  const runs: Record<string, HostArray>[] = [];
  for (let copy = 0; copy < count; copy++) {
    const image = copy === 0 ? used.image! : perturbed(used.image!, copy);
    runs.push(await executable.run({ ...used, image }));
  }
  return runs;
}

function perturbed({ shape, data }: HostArray, copy: number): HostArray {
  const uniform = goldenUniforms(`perturbation ${copy}`);
  const moved = Float32Array.from(data, (value) => value * (1 + RUN_PERTURBATION * (2 * uniform() - 1)));
  return { dtype: "float32", shape, data: moved };
}
