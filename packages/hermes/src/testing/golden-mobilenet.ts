import {
  add,
  type Engine,
  globalAveragePool,
  type HostArray,
  input,
  linear,
  type Tensor,
  trace,
} from "@hermes-us/tensor";
import { z } from "zod";
import { UserError } from "../errors.js";
import type { CheckpointTensors } from "../models/checkpoints/checkpoint.js";
import { foldedMobileNetV2 } from "../models/checkpoints/folded-mobilenet.js";
import { Declarations, Scope } from "../nn/scope.js";
import type { GoldenRow } from "./golden-losses.js";
import { summaryError, summarySchema } from "./golden-summary.js";
import { goldenTensor } from "./golden-tensor.js";

const TOLERANCE = 1e-3;

const fileSchema = z.looseObject({
  note: z.string(),
  logits_first16: z.array(z.number()),
  logits_sum: z.number(),
  taps: z.record(z.string(), summarySchema),
});

/**
 * Compares the folded MobileNetV2 with a file of its activations.
 * @param contents the JSON text, whose note names the input and its shape
 * @param folded the weights that it was made with
 * @throws UserError when it is not such a file
 */
export async function checkMobileNetGolden(
  contents: string,
  folded: CheckpointTensors,
  engine: Engine,
): Promise<readonly GoldenRow[]> {
  const file = parseFile(contents);
  const { name, shape, low, high } = inputOf(file.note);
  const declarations = new Declarations();
  const { blocks, head } = foldedMobileNetV2(new Scope(declarations, "", "evaluate"), input("image", shape));
  const outputs: Record<string, Tensor> = { head, logits: logitsOf(globalAveragePool(head), folded) };
  for (const [index, block] of blocks.entries()) outputs[`blocks.${index}`] = block;
  const feeds: Record<string, HostArray> = { image: goldenTensor(name, [shape, low, high]) };
  for (const [parameter, { shape: wanted }] of declarations.parameters) {
    const tensor = folded.get(parameter);
    if (tensor !== undefined) feeds[parameter] = { dtype: "float32", shape: wanted, data: tensor.data };
  }
  for (const parameter of ["classifier.weight", "classifier.bias"]) {
    const tensor = folded.get(parameter);
    if (tensor !== undefined) feeds[parameter] = { dtype: "float32", ...tensor };
  }
  await using executable = await engine.compile(trace(outputs));
  const fetched = await executable.run(feeds);
  const logits = Array.from(fetched.logits!.data);
  const scale = Math.max(...file.logits_first16.map(Math.abs));
  const first = Math.max(...file.logits_first16.map((value, i) => Math.abs(logits[i]! - value) / scale));
  const total = logits.reduce((sum, value) => sum + value, 0);
  return [
    rowOf("mobilenet-v2 logits", "logits_first16", first),
    rowOf(
      "mobilenet-v2 logits sum",
      "logits_sum",
      Math.abs(total - file.logits_sum) / Math.abs(file.logits_sum),
    ),
    ...Object.entries(file.taps).map(([tap, summary]) =>
      rowOf(`mobilenet-v2 ${tap}`, tap, summaryError(fetched[tap], summary)),
    ),
  ];
}

function logitsOf(feature: Tensor, folded: CheckpointTensors): Tensor {
  const [weight, bias] = [folded.get("classifier.weight"), folded.get("classifier.bias")];
  if (weight === undefined || bias === undefined) {
    throw UserError.of(
      "MobileNetV2 weights",
      "no classifier",
      "classifier.weight and .bias",
      "give the whole file",
    );
  }
  return add(linear(feature, input("classifier.weight", weight.shape)), input("classifier.bias", bias.shape));
}

function rowOf(name: string, worstField: string, error: number): GoldenRow {
  const worstRelativeError = Number.isFinite(error) ? error : Number.POSITIVE_INFINITY;
  const ok = worstRelativeError <= TOLERANCE;
  return { case: name, kind: "values", worstRelativeError, worstField, tolerance: TOLERANCE, ok };
}

function parseFile(contents: string): z.output<typeof fileSchema> {
  try {
    return fileSchema.parse(JSON.parse(contents));
  } catch (error) {
    const got = error instanceof z.ZodError ? z.prettifyError(error) : String(error);
    throw UserError.of("golden file", got, "JSON with activations of MobileNetV2", "check the file");
  }
}

/** The input as the note has it: `uniform(-1,1) named mnv2.input, shape [1,3,96,96]`. */
function inputOf(note: string): { name: string; shape: readonly number[]; low: number; high: number } {
  const found = /uniform\(([-\d.]+),\s*([-\d.]+)\) named ([^\s,]+), shape \[([\d,\s]+)\]/.exec(note);
  if (found === null) {
    throw UserError.of(
      "golden file",
      `the note ${JSON.stringify(note)}`,
      "uniform(low,high) named NAME, shape [N,3,H,W]",
      "check the file",
    );
  }
  const shape = found[4]!.split(",").map(Number);
  return { name: found[3]!, shape, low: Number(found[1]), high: Number(found[2]) };
}
