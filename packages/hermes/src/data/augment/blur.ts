/**
 * Gaussian blur in place, along rows, then along columns; beyond the edge the edge pixel is repeated.
 *
 * @param view V x V
 */
export function gaussianBlur(view: Float32Array, sidePx: number, sigmaPx: number): void {
  const kernel = gaussianKernel(sigmaPx);
  const radius = kernel.length - 1;
  if (radius === 0) return;
  const padded = new Float32Array(sidePx + 2 * radius);
  for (let line = 0; line < sidePx; line++) blurLine(view, line * sidePx, 1, sidePx, kernel, padded);
  for (let line = 0; line < sidePx; line++) blurLine(view, line, sidePx, sidePx, kernel, padded);
}

/** @returns weights at distance 0, 1, 2, ...; both sides together add up to 1 */
function gaussianKernel(sigmaPx: number): Float32Array {
  const radius = Math.ceil(2.5 * sigmaPx);
  const weights = Float32Array.from({ length: radius + 1 }, (_, distance) =>
    distance === 0 ? 1 : Math.exp(-(distance ** 2) / (2 * sigmaPx ** 2)),
  );
  const total = 2 * weights.reduce((sum, weight) => sum + weight, 0) - 1;
  return weights.map((weight) => weight / total);
}

function blurLine(
  view: Float32Array,
  start: number,
  stride: number,
  length: number,
  kernel: Float32Array,
  padded: Float32Array,
): void {
  const radius = kernel.length - 1;
  padded.fill(view[start]!, 0, radius);
  for (let i = 0; i < length; i++) padded[radius + i] = view[start + i * stride]!;
  padded.fill(view[start + (length - 1) * stride]!, radius + length);
  const middle = kernel[0]!;
  for (let i = 0; i < length; i++) {
    const at = i + radius;
    let sum = middle * padded[at]!;
    for (let distance = 1; distance <= radius; distance++) {
      sum += kernel[distance]! * (padded[at - distance]! + padded[at + distance]!);
    }
    view[start + i * stride] = sum;
  }
}
