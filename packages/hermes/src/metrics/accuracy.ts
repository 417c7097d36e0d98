import { type ConfusionMatrix, share } from "./confusion-matrix.js";

/** Correct images over all images. */
export function accuracy({ classCount, counts }: ConfusionMatrix): number {
  let correct = 0;
  for (let k = 0; k < classCount; k++) correct += counts[k * classCount + k]!;
  const all = counts.reduce((sum, count) => sum + count, 0);
  return share(correct, all);
}
