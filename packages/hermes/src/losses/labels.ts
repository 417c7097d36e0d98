import { cast, type Shape, ShapeError, type Tensor } from "@hermes-us/tensor";

const format = (shape: Shape) => `[${shape.join(", ")}]`;

/**
 * @param logits [N, C] or [N, C, H, W]
 * @param labels int32, or whole numbers as float32, [N] or [N, H, W]
 * @returns the labels as int32
 * @throws ShapeError when they do not belong to the logits
 */
export function labelsFor(loss: string, logits: Tensor, labels: Tensor): Tensor {
  expectPositions(loss, "labels", logits, labels.shape);
  return labels.dtype === "int32" ? labels : cast(labels, "int32");
}

/** @throws ShapeError unless `shape` is that of the logits without their class axis */
export function expectPositions(loss: string, what: string, logits: Tensor, shape: Shape): void {
  const wanted = logits.shape.toSpliced(1, 1);
  if (shape.length === wanted.length && shape.every((extent, axis) => extent === wanted[axis])) return;
  throw new ShapeError(
    loss,
    `${what} ${format(shape)} for logits ${format(logits.shape)}`,
    `${what} ${format(wanted)}`,
    `resize the ${what} to the logits`,
  );
}
