import { sameShape, sizeOf, type TensorType } from "../shape.js";
import { fromBlocks, hasBlocks, knownBlocks, toBlocks } from "./blocked-layout.js";
import { activated, affine, shifted, summed } from "./channel-affine.js";
import type { GraphBuilder, NodeAttributes, Value } from "./graph-builder.js";

/**
 * Elementwise operators run on the blocked form of their operands where one has it, so that values stay in that layout
 * from convolution to convolution.
 */

type PairOperator = "Add" | "Sub" | "Mul" | "Div";

export function emitUnary(
  g: GraphBuilder,
  x: Value,
  { shape }: TensorType,
  emit: (x: Value) => Value,
): Value {
  const blocks = hasBlocks(g, shape) ? knownBlocks(g, x) : undefined;
  return blocks === undefined ? emit(x) : fromBlocks(g, emit(blocks), shape[1]!);
}

/** @param fused attributes that make a blocked convolution apply the same activation */
export function emitActivation(
  g: GraphBuilder,
  x: Value,
  type: TensorType,
  fused: NodeAttributes,
  emit: (x: Value) => Value,
): Value {
  return emitUnary(g, x, type, (value) => activated(g, value, fused) ?? emit(value));
}

export function emitPair(
  g: GraphBuilder,
  operator: PairOperator,
  operands: readonly Value[],
  types: readonly TensorType[],
  type: TensorType,
): Value {
  const [a, b] = operands as [Value, Value];
  const forms = types.map((operand) => formOf(operand.shape, type.shape));
  const inBlocks = operands.some((x, i) => forms[i] === "whole" && knownBlocks(g, x) !== undefined);
  if (type.dtype !== "float32" || !hasBlocks(g, type.shape) || !inBlocks) return g.node(operator, operands);
  const channels = type.shape[1]!;
  const made = emitPairInBlocks(g, operator, [a, b], forms, channels);
  return made === undefined ? g.node(operator, operands) : fromBlocks(g, made, channels);
}

type Form = "whole" | "channel" | "scalar" | "other";

function formOf(shape: readonly number[], whole: readonly number[]): Form {
  if (sameShape(shape, whole)) return "whole";
  if (sizeOf(shape) === 1) return "scalar";
  const extents = shape.length === 4 && shape[0] === 1 ? shape.slice(1) : shape;
  return sameShape(extents, [whole[1]!, 1, 1]) ? "channel" : "other";
}

function emitPairInBlocks(
  g: GraphBuilder,
  operator: PairOperator,
  [a, b]: readonly [Value, Value],
  forms: readonly Form[],
  channels: number,
): Value | undefined {
  switch (forms.join()) {
    case "whole,whole": {
      const [left, right] = [toBlocks(g, a), toBlocks(g, b)];
      return operator === "Add" ? summed(g, left, right) : g.node(operator, [left, right]);
    }
    case "whole,scalar":
      return g.node(operator, [toBlocks(g, a), b]);
    case "scalar,whole":
      return g.node(operator, [a, toBlocks(g, b)]);
    case "whole,channel":
      return emitByChannel(g, operator, toBlocks(g, a), b, channels);
    case "channel,whole":
      return operator === "Add" || operator === "Mul"
        ? emitByChannel(g, operator, toBlocks(g, b), a, channels)
        : undefined;
    default:
      return undefined;
  }
}

function emitByChannel(
  g: GraphBuilder,
  operator: PairOperator,
  blocks: Value,
  vector: Value,
  channels: number,
): Value {
  switch (operator) {
    case "Mul":
      return affine(g, blocks, channels, vector);
    case "Div":
      return affine(g, blocks, channels, g.node("Reciprocal", [vector]));
    case "Add":
      return shifted(g, blocks, channels, vector);
    case "Sub":
      return shifted(g, blocks, channels, g.node("Neg", [vector]));
  }
}
