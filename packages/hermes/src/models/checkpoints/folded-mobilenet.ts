/**
 * MobileNetV2 whose batch norm was folded into the convolutions: running it as it is, and giving it norms back.
 *
 * With y = conv(x) + bias of mean m and variance v per channel on some images, a batch norm with gamma = sqrt(v + eps) and
 * beta = m computes conv(x) + bias on these images whether it uses their statistics or the running ones
 * (m - bias and v). Training therefore starts from the same function as the folded network's.
 */
import { type Engine, input, mean, type Tensor, trace, variance } from "@hermes-us/tensor";
import { UserError } from "../../errors.js";
import { type ConvUnit, convFolded } from "../../nn/conv-norm.js";
import { asColour, scaleInput } from "../../nn/input-scaling.js";
import { BATCH_NORM_EPSILON } from "../../nn/norm-layer.js";
import { Declarations, Scope } from "../../nn/scope.js";
import {
  MOBILENET_V2_BLOCKS,
  type MobileNetV2Options,
  mobileNetV2Blocks,
  mobileNetV2Head,
  mobileNetV2Stem,
} from "../mobilenet-v2.js";
import type { CheckpointTensors } from "./checkpoint.js";

/** Mean and biased variance of a convolution's output, bias included, per channel. */
export interface ChannelStatistics {
  readonly mean: Float32Array;
  readonly variance: Float32Array;
}

/** By layer: `stem`, `blocks.3.expand`, ... */
export type LayerStatistics = ReadonlyMap<string, ChannelStatistics>;

/** Images [N, 1 or 3, H, W] with values in [0, 1]. */
export interface CalibrationBatch {
  readonly shape: readonly [number, 1 | 3, number, number];
  readonly data: Float32Array;
}

/**
 * Gives the norms back.
 *
 * @param folded `<layer>.weight` and `<layer>.bias`
 * @param statistics of every layer with a norm
 * @returns `<layer>.weight` and `<layer>.norm.{weight,bias,running_mean,running_var}`; other tensors are left out
 */
export function recreateNorms(folded: CheckpointTensors, statistics: LayerStatistics): CheckpointTensors {
  const tensors = new Map<string, { shape: readonly number[]; data: Float32Array }>();
  for (const [layer, { mean: means, variance: variances }] of statistics) {
    const [weight, bias] = [folded.get(`${layer}.weight`), folded.get(`${layer}.bias`)];
    if (weight === undefined || bias === undefined || bias.data.length !== means.length) {
      throw UserError.of(
        `layer ${layer} of a folded MobileNetV2`,
        weight === undefined || bias === undefined ? "nothing" : `${bias.data.length} channels`,
        `a weight and a bias of ${means.length} channels`,
        "give the file of MobileNetV2 1.0 with batch norm folded in",
      );
    }
    const shape = [means.length];
    tensors.set(`${layer}.weight`, weight);
    tensors.set(`${layer}.norm.weight`, {
      shape,
      data: variances.map((v) => Math.sqrt(v + BATCH_NORM_EPSILON)),
    });
    tensors.set(`${layer}.norm.bias`, { shape, data: means });
    tensors.set(`${layer}.norm.running_mean`, { shape, data: means.map((m, i) => m - bias.data[i]!) });
    tensors.set(`${layer}.norm.running_var`, { shape, data: variances });
  }
  return tensors;
}

/** Statistics of equally large batches as if they were one: variances within and between. */
export function poolStatistics(batches: readonly ChannelStatistics[]): ChannelStatistics {
  const channels = batches[0]?.mean.length ?? 0;
  const average = (of: (batch: ChannelStatistics, channel: number) => number): Float32Array =>
    Float32Array.from({ length: channels }, (_, channel) => {
      return batches.reduce((total, batch) => total + of(batch, channel), 0) / batches.length;
    });
  const means = average((batch, channel) => batch.mean[channel]!);
  const variances = average(
    (batch, channel) => batch.variance[channel]! + (batch.mean[channel]! - means[channel]!) ** 2,
  );
  return { mean: means, variance: variances };
}

/** The folded network on an image [N, 3, H, W] that is already scaled to [-1, 1]. */
export function foldedMobileNetV2(scope: Scope, x: Tensor, unit: ConvUnit = convFolded) {
  const options: MobileNetV2Options = { unit, padding: "tensorflow" };
  const stem = mobileNetV2Stem(scope, x, options);
  const blocks = [
    ...mobileNetV2Blocks(scope, stem, { options, start: 0, end: MOBILENET_V2_BLOCKS }).values(),
  ];
  return { stem, blocks, head: mobileNetV2Head(scope, blocks.at(-1)!, options) };
}

/**
 * Runs the folded network on a few batches of one size and measures every convolution's output.
 *
 * @param folded the file's tensors
 * @param batches like those of training: same size, same kind of image
 */
export async function measureLayerStatistics(
  engine: Engine,
  folded: CheckpointTensors,
  batches: readonly CalibrationBatch[],
): Promise<LayerStatistics> {
  const first = batches[0];
  if (first === undefined) {
    throw UserError.of(
      "recreating norm layers",
      "no images",
      "at least one batch",
      "give images to measure on",
    );
  }
  const declarations = new Declarations();
  const outputs: Record<string, Tensor> = {};
  const measuring: ConvUnit = (scope, x, geometry) => {
    const y = convFolded(scope, x, geometry);
    outputs[`mean:${scope.path}`] = mean(y, { axes: [0, 2, 3] });
    outputs[`variance:${scope.path}`] = variance(y, { axes: [0, 2, 3] });
    return y;
  };
  const image = scaleInput(asColour(input("image", first.shape)), "symmetric");
  foldedMobileNetV2(new Scope(declarations, "", "evaluate"), image, measuring);
  const parameters = Object.fromEntries(
    [...declarations.parameters].map(([name, { shape }]) => [
      name,
      { dtype: "float32" as const, shape, data: folded.get(name)?.data ?? missingLayer(name) },
    ]),
  );
  await using executable = await engine.compile(trace(outputs));
  const measured = new Map<string, ChannelStatistics[]>();
  for (const { shape, data } of batches) {
    const fetched = await executable.run({ ...parameters, image: { dtype: "float32", shape, data } });
    for (const name of Object.keys(outputs).filter((key) => key.startsWith("mean:"))) {
      const layer = name.slice("mean:".length);
      const of = (kind: string): Float32Array => Float32Array.from(fetched[`${kind}:${layer}`]!.data);
      const known = measured.get(layer) ?? [];
      known.push({ mean: of("mean"), variance: of("variance") });
      measured.set(layer, known);
    }
  }
  return new Map([...measured].map(([layer, statistics]) => [layer, poolStatistics(statistics)]));
}

function missingLayer(name: string): never {
  throw UserError.of(
    "a folded MobileNetV2",
    `no tensor ${name}`,
    "all layers of MobileNetV2 1.0",
    "give the file of MobileNetV2 1.0 with batch norm folded in",
  );
}

/**
 * A folded MobileNetV2 as weights of one with batch norm: measures on the batches, then gives the norms back.
 *
 * @returns tensors for a part of architecture `mobilenet-v2`, to be applied with the mapping `own`
 */
export async function loadMobileNetFolded(
  engine: Engine,
  folded: CheckpointTensors,
  batches: readonly CalibrationBatch[],
): Promise<CheckpointTensors> {
  return recreateNorms(folded, await measureLayerStatistics(engine, folded, batches));
}
