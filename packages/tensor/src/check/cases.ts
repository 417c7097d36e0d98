import "../ops/index.js";
import { type NdArray, registeredOps } from "../op.js";
import { registeredComposites } from "../ops/composite.js";
import type { SampleTensor } from "../ops/samples.js";
import { Tensor } from "../tensor.js";

/** One function with one set of inputs, ready for the checks. */
export interface CheckCase {
  readonly name: string;
  /** Position among the samples of its op or composite. */
  readonly index: number;
  readonly inputs: readonly SampleTensor[];
  build(inputs: readonly Tensor[]): Tensor;
  reference(inputs: readonly NdArray[]): Float64Array;
}

/** Ops that stand for no computation of their own. */
const WITHOUT_SAMPLES: ReadonlySet<string> = new Set(["input", "constant", "stop-gradient"]);

/**
 * @returns every sample of every op and composite that is loaded
 * @throws when one has no samples, since it would pass unchecked
 */
export function checkCases(): CheckCase[] {
  const cases: CheckCase[] = [];
  for (const op of registeredOps().values()) {
    const samples = op.samples();
    if (samples.length === 0 && !WITHOUT_SAMPLES.has(op.name))
      throw new Error(`op ${op.name} has no samples`);
    for (const [index, { inputs, attributes }] of samples.entries()) {
      cases.push({
        name: op.name,
        index,
        inputs,
        build: (tensors) => new Tensor(op, tensors, attributes, op.infer(tensors, attributes)),
        reference: (arrays) => op.reference(arrays, attributes, op.infer(inputs, attributes)),
      });
    }
  }
  for (const composite of registeredComposites().values()) {
    const samples = composite.samples();
    if (samples.length === 0) throw new Error(`composite ${composite.name} has no samples`);
    for (const [index, { inputs, attributes }] of samples.entries()) {
      cases.push({
        name: composite.name,
        index,
        inputs,
        build: (tensors) => composite.build(tensors, attributes),
        reference: (arrays) => composite.reference(arrays, attributes),
      });
    }
  }
  return cases;
}
