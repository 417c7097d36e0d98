import type { BinaryMask } from "../metrics/binary-mask.js";

/**
 * The outline of a mask along its pixel edges as the data of an SVG path, in pixels of the mask; lesions, holes and
 * all. Every edge between a lesion pixel and another is walked once with the lesion on its right hand, and
 * straight stretches are joined.
 * @returns an empty string for an empty mask
 */
export function outlinePath({ data, widthPx, heightPx }: BinaryMask): string {
  const isLesion = (x: number, y: number): boolean =>
    x >= 0 && y >= 0 && x < widthPx && y < heightPx && data[y * widthPx + x] !== 0;
  // Corners are numbered along rows of W + 1; walked[i] has a bit for each direction that leaves corner i.
  const walked = new Uint8Array((widthPx + 1) * (heightPx + 1));
  const parts: string[] = [];
  for (let y = 0; y < heightPx; y++) {
    for (let x = 0; x < widthPx; x++) {
      // The upper edge of a lesion pixel below another pixel: every outline has one, walked to the right.
      if (!isLesion(x, y) || isLesion(x, y - 1) || (walked[y * (widthPx + 1) + x]! & 1) !== 0) continue;
      parts.push(walk(x, y, isLesion, walked, widthPx + 1));
    }
  }
  return parts.join("");
}

/** Right, down, left, up. */
const STEPS = [
  [1, 0],
  [0, 1],
  [-1, 0],
  [0, -1],
] as const;

function walk(
  startX: number,
  startY: number,
  isLesion: (x: number, y: number) => boolean,
  walked: Uint8Array,
  stride: number,
): string {
  let [x, y, direction] = [startX, startY, 0];
  let [turnX, turnY] = [x, y];
  let path = `M${x} ${y}`;
  do {
    walked[y * stride + x]! |= 1 << direction;
    const [stepX, stepY] = STEPS[direction]!;
    x += stepX;
    y += stepY;
    const next = turn(x, y, direction, isLesion);
    if (next === direction) continue;
    path += direction % 2 === 0 ? `h${x - turnX}` : `v${y - turnY}`;
    [turnX, turnY, direction] = [x, y, next];
  } while (x !== startX || y !== startY || direction !== 0);
  // The way ends with a stretch up or down to its start, which the closing of the path draws.
  return `${path.replace(/v-?\d+$/, "")}z`;
}

/** The lesion stays on the right: turn left where the pixel ahead on the left is lesion too, right where none is. */
function turn(x: number, y: number, direction: number, isLesion: (x: number, y: number) => boolean): number {
  const [stepX, stepY] = STEPS[direction]!;
  // The two pixels ahead of the corner, to the left and to the right of the way walked.
  const aheadX = x + (stepX - 1) / 2;
  const aheadY = y + (stepY - 1) / 2;
  const left = isLesion(aheadX + stepY / 2, aheadY - stepX / 2);
  const right = isLesion(aheadX - stepY / 2, aheadY + stepX / 2);
  // Corners that touch belong to one lesion (8-connectivity), so the left one is followed first.
  if (left) return (direction + 3) % 4;
  return right ? direction : (direction + 1) % 4;
}
