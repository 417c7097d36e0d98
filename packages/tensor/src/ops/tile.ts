import { SampleMaker } from "./samples.js";
import { defineComposite } from "./composite.js";
import { ShapeError } from "../errors.js";
import { formatType, normalizeAxis } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { broadcastTo } from "./broadcast.js";
import { reshape } from "./reshape.js";

/**
 * Lays copies of the whole tensor side by side: axis i becomes `repeats[i]` times as long.
 * @throws ShapeError unless there is one positive count per axis
 */
export function tile(x: Tensor, repeats: readonly number[]): Tensor {
  if (repeats.length !== x.rank || repeats.some((times) => !Number.isInteger(times) || times < 1)) {
    const got = `repeats [${repeats.join(", ")}] of ${formatType(x)}`;
    throw new ShapeError("tile", got, `${x.rank} counts of 1 or more`, "give one per axis");
  }
  const apart = reshape(
    x,
    x.shape.flatMap((extent) => [1, extent]),
  );
  const copies = broadcastTo(
    apart,
    x.shape.flatMap((extent, axis) => [repeats[axis]!, extent]),
  );
  return reshape(
    copies,
    x.shape.map((extent, axis) => extent * repeats[axis]!),
  );
}

/** Repeats each element `times` times along one axis: [a, b] becomes [a, a, b, b]. */
export function repeat(x: Tensor, axis: number, times: number): Tensor {
  const at = normalizeAxis("repeat", axis, x.rank);
  if (!Number.isInteger(times) || times < 1) {
    throw new ShapeError("repeat", `${times} times`, "a count of 1 or more", "correct the count");
  }
  const extent = x.shape[at]!;
  const apart = reshape(x, x.shape.toSpliced(at, 1, extent, 1));
  return reshape(
    broadcastTo(apart, x.shape.toSpliced(at, 1, extent, times)),
    x.shape.with(at, extent * times),
  );
}

defineComposite<{ repeats: readonly number[] }>({
  name: "tile",
  build: ([x], { repeats }) => tile(x!, repeats),
  reference([x], { repeats }) {
    const [rows, columns] = x!.shape as readonly [number, number];
    const width = columns * repeats[1]!;
    return Float64Array.from({ length: rows * repeats[0]! * width }, (_, i) => {
      return x!.data[(Math.floor(i / width) % rows) * columns + ((i % width) % columns)]!;
    });
  },
  samples: () => [{ inputs: [new SampleMaker(26).uniform([2, 3])], attributes: { repeats: [3, 2] } }],
});

defineComposite<{ times: number }>({
  name: "repeat",
  build: ([x], { times }) => repeat(x!, -1, times),
  reference: ([x], { times }) =>
    Float64Array.from({ length: x!.data.length * times }, (_, i) => x!.data[Math.floor(i / times)]!),
  samples: () => [{ inputs: [new SampleMaker(27).uniform([2, 3])], attributes: { times: 2 } }],
});
