import { ShapeError } from "../errors.js";
import { type DefinedOp, defineOp, type NdArray } from "../op.js";
import { emitMatmul, type Side } from "../onnx/emit-matmul.js";
import { broadcastShapes, formatType, sizeOf, type TensorType } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { broadcastOffsets, sumTo } from "./broadcast.js";
import { SampleMaker } from "./samples.js";

interface MatmulAttributes {
  readonly [name: string]: string;
  readonly a: Side;
  readonly b: Side;
}

/** Rows and columns of the last two axes as the product sees them. */
function extents(type: { readonly shape: readonly number[] }, side: Side): readonly [number, number] {
  const rows = type.shape[type.shape.length - 2]!;
  const columns = type.shape[type.shape.length - 1]!;
  return side === "transpose" ? [columns, rows] : [rows, columns];
}

function referenceMatmul(a: NdArray, b: NdArray, sides: MatmulAttributes, type: TensorType): Float64Array {
  const [m, k] = extents(a, sides.a);
  const [, n] = extents(b, sides.b);
  const batch = type.shape.slice(0, -2);
  const batchA = broadcastOffsets(a.shape.slice(0, -2), batch);
  const batchB = broadcastOffsets(b.shape.slice(0, -2), batch);
  const out = new Float64Array(sizeOf(type.shape));
  const [aRow, aColumn] = sides.a === "transpose" ? [1, m] : [k, 1];
  const [bRow, bColumn] = sides.b === "transpose" ? [1, k] : [n, 1];
  for (let item = 0; item < batchA.length; item++) {
    const startA = batchA[item]! * m * k;
    const startB = batchB[item]! * k * n;
    for (let i = 0; i < m; i++) {
      for (let j = 0; j < n; j++) {
        let sum = 0;
        for (let l = 0; l < k; l++) {
          sum += a.data[startA + i * aRow + l * aColumn]! * b.data[startB + l * bRow + j * bColumn]!;
        }
        out[(item * m + i) * n + j] = sum;
      }
    }
  }
  return out;
}

const flipped = { "as-is": "transpose", transpose: "as-is" } as const;

const matmulOp: DefinedOp<MatmulAttributes> = defineOp<MatmulAttributes>({
  name: "matmul",
  infer([a, b], sides) {
    const wanted = "float32 matrices [..., M, K] and [..., K, N] after the transposes asked for";
    if (a!.dtype !== "float32" || b!.dtype !== "float32" || a!.shape.length < 2 || b!.shape.length < 2) {
      throw new ShapeError(
        "matmul",
        `${formatType(a!)} and ${formatType(b!)}`,
        wanted,
        "reshape or cast them",
      );
    }
    const [m, k] = extents(a!, sides.a);
    const [k2, n] = extents(b!, sides.b);
    if (k !== k2) {
      throw new ShapeError(
        "matmul",
        `${formatType(a!)} (${sides.a}) and ${formatType(b!)} (${sides.b})`,
        wanted,
        "transpose or reshape one",
      );
    }
    return {
      dtype: "float32",
      shape: [...broadcastShapes("matmul", a!.shape.slice(0, -2), b!.shape.slice(0, -2)), m, n],
    };
  },
  lower: ({ g, inputs: [a, b], inputTypes, attributes }) =>
    emitMatmul(g, a!, b!, {
      sides: attributes,
      ranks: [inputTypes[0]!.shape.length, inputTypes[1]!.shape.length],
    }),
  vjp({ cotangent, inputs, attributes }) {
    const [a, b] = [inputs[0]!, inputs[1]!];
    const apply = (x: Tensor, y: Tensor, left: Side, right: Side) =>
      matmulOp.apply([x, y], { a: left, b: right });
    const forA =
      attributes.a === "as-is"
        ? apply(cotangent, b, "as-is", flipped[attributes.b])
        : apply(b, cotangent, attributes.b, "transpose");
    const forB =
      attributes.b === "as-is"
        ? apply(a, cotangent, flipped[attributes.a], "as-is")
        : apply(cotangent, a, "transpose", attributes.a);
    return [sumTo(forA, a.shape), sumTo(forB, b.shape)];
  },
  reference: ([a, b], attributes, type) => referenceMatmul(a!, b!, attributes, type),
  samples: () => {
    const make = new SampleMaker(20);
    return [
      { inputs: [make.uniform([3, 4]), make.uniform([4, 2])], attributes: { a: "as-is", b: "as-is" } },
      { inputs: [make.uniform([2, 4, 3]), make.uniform([4, 2])], attributes: { a: "transpose", b: "as-is" } },
      {
        inputs: [make.uniform([3, 4]), make.uniform([2, 1, 2, 4])],
        attributes: { a: "as-is", b: "transpose" },
      },
      {
        inputs: [make.uniform([2, 4, 3]), make.uniform([1, 2, 4])],
        attributes: { a: "transpose", b: "transpose" },
      },
    ];
  },
});

/**
 * Matrix product over the last two axes; leading axes stretch by NumPy's rule.
 * @param a [..., M, K], or [..., K, M] with `transposeA`
 * @param b [..., K, N], or [..., N, K] with `transposeB`
 * @returns [..., M, N]
 */
export function matmul(
  a: Tensor,
  b: Tensor,
  options: { readonly transposeA?: "transpose"; readonly transposeB?: "transpose" } = {},
): Tensor {
  return matmulOp.apply([a, b], { a: options.transposeA ?? "as-is", b: options.transposeB ?? "as-is" });
}
