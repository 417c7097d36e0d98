import type { DType } from "./dtype.js";
import type { Attributes, Op } from "./op.js";
import { formatType, type Shape, type TensorType } from "./shape.js";

/**
 * A handle to a value of a traced computation: which op makes it from which tensors. It holds no numbers and
 * never changes; a program is whatever can be reached from the tensors asked for.
 */
export class Tensor implements TensorType {
  readonly shape: Shape;
  readonly dtype: DType;

  constructor(
    readonly op: Op,
    readonly inputs: readonly Tensor[],
    readonly attributes: Attributes,
    type: TensorType,
  ) {
    this.shape = Object.freeze([...type.shape]);
    this.dtype = type.dtype;
  }

  get rank(): number {
    return this.shape.length;
  }

  toString(): string {
    return `${this.op.name}: ${formatType(this)}`;
  }
}
