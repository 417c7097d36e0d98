import { ShapeError } from "../errors.js";
import { expectDType, formatType, sameShape, type TensorType } from "../shape.js";
import type { NdArray } from "../op.js";
import type { Tensor } from "../tensor.js";
import { add, divide, multiply, subtract } from "./arithmetic.js";
import { defineComposite } from "./composite.js";
import { sqrt } from "./elementwise.js";
import { constant } from "./leaf.js";
import { matmul } from "./matmul.js";
import { SampleMaker } from "./samples.js";

/** A complex tensor as two real ones of one shape [..., H, W]. */
export interface Spectrum {
  readonly real: Tensor;
  readonly imaginary: Tensor;
}

/** @returns f(2 pi j k / n) as a symmetric matrix [n, n]; j k is reduced first, so that large n stays exact */
function wave(n: number, f: (angle: number) => number): Tensor {
  const values = Float64Array.from({ length: n * n }, (_, i) =>
    f((2 * Math.PI * ((Math.floor(i / n) * (i % n)) % n)) / n),
  );
  return constant(values, [n, n]);
}

function expectPlanes(name: string, x: TensorType): readonly [number, number] {
  expectDType(name, "x", x, ["float32"]);
  const [height, width] = x.shape.slice(-2);
  if (height === undefined || width === undefined)
    throw new ShapeError(name, formatType(x), "[..., H, W]", "reshape it");
  return [height, width];
}

/** The product with e^(sign 2 pi i j k / n) along the rows, of real or complex planes. */
function turnRows(
  { real, imaginary }: { readonly real: Tensor; readonly imaginary?: Tensor },
  width: number,
  sign: 1 | -1,
): Spectrum {
  const [cos, sin] = [wave(width, Math.cos), wave(width, (angle) => sign * Math.sin(angle))];
  if (imaginary === undefined) return { real: matmul(real, cos), imaginary: matmul(real, sin) };
  return {
    real: subtract(matmul(real, cos), matmul(imaginary, sin)),
    imaginary: add(matmul(real, sin), matmul(imaginary, cos)),
  };
}

/** The same along the columns. */
function turnColumns({ real, imaginary }: Spectrum, height: number, sign: 1 | -1): Spectrum {
  const [cos, sin] = [wave(height, Math.cos), wave(height, (angle) => sign * Math.sin(angle))];
  return {
    real: subtract(matmul(cos, real), matmul(sin, imaginary)),
    imaginary: add(matmul(sin, real), matmul(cos, imaginary)),
  };
}

/**
 * Two-dimensional discrete Fourier transform of real planes by products with cosine and sine matrices; unnormalised,
 * frequency 0 first, as numpy.fft.fft2.
 * @param x [..., H, W]
 * @returns real and imaginary part, each [..., H, W]
 */
export function dft2(x: Tensor): Spectrum {
  const [height, width] = expectPlanes("dft2", x);
  return turnColumns(turnRows({ real: x }, width, -1), height, -1);
}

/**
 * The inverse of {@link dft2}, divided by H W, as numpy.fft.ifft2.
 * @param spectrum real and imaginary part, each [..., H, W]
 */
export function inverseDft2(spectrum: Spectrum): Spectrum {
  const [height, width] = expectPlanes("inverseDft2", spectrum.real);
  if (!sameShape(spectrum.real.shape, spectrum.imaginary.shape)) {
    const got = `real ${formatType(spectrum.real)}, imaginary ${formatType(spectrum.imaginary)}`;
    throw new ShapeError("inverseDft2", got, "two tensors of one shape", "pass both parts of one spectrum");
  }
  const { real, imaginary } = turnColumns(turnRows(spectrum, width, 1), height, 1);
  return { real: divide(real, height * width), imaginary: divide(imaginary, height * width) };
}

/** |z|, [..., H, W]; the gradient where z = 0 is infinite. */
export function amplitude({ real, imaginary }: Spectrum): Tensor {
  return sqrt(add(multiply(real, real), multiply(imaginary, imaginary)));
}

type Part = { part: "real" | "imaginary" };

/** The double sum of the definition; `scale` 1 forward, 1 / (H W) backward. */
function naive(
  [real, imaginary]: readonly NdArray[],
  part: Part["part"],
  { sign, scale }: { sign: number; scale: number },
): Float64Array {
  const [height, width] = real!.shape.slice(-2) as [number, number];
  return real!.data.map((_, at) => {
    const plane = Math.floor(at / (height * width)) * height * width;
    const [v, u] = [Math.floor(at / width) % height, at % width];
    let sum = 0;
    for (let i = 0; i < height * width; i++) {
      const angle = sign * 2 * Math.PI * ((v * Math.floor(i / width)) / height + (u * (i % width)) / width);
      const [a, b] = [real!.data[plane + i]!, imaginary?.data[plane + i] ?? 0];
      const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
      sum += part === "real" ? a * cos - b * sin : a * sin + b * cos;
    }
    return sum * scale;
  });
}

defineComposite<Part>({
  name: "dft2",
  build: ([x], { part }) => dft2(x!)[part],
  reference: (inputs, { part }) => naive(inputs, part, { sign: -1, scale: 1 }),
  samples: () => {
    const make = new SampleMaker(84);
    return [
      { inputs: [make.uniform([2, 3, 4])], attributes: { part: "real" } },
      { inputs: [make.uniform([1, 1, 5, 6])], attributes: { part: "imaginary" } },
    ];
  },
});

defineComposite<Part>({
  name: "inverseDft2",
  build: ([real, imaginary], { part }) => inverseDft2({ real: real!, imaginary: imaginary! })[part],
  reference: (inputs, { part }) => {
    const [height, width] = inputs[0]!.shape.slice(-2) as [number, number];
    return naive(inputs, part, { sign: 1, scale: 1 / (height * width) });
  },
  samples: () => {
    const make = new SampleMaker(85);
    return [
      { inputs: [make.uniform([2, 3, 4]), make.uniform([2, 3, 4])], attributes: { part: "real" } },
      { inputs: [make.uniform([5, 2]), make.uniform([5, 2])], attributes: { part: "imaginary" } },
    ];
  },
});
