import { type Component, findComponents } from "./components.js";

/** Marks that a scanner or a person wrote into the picture. */
export interface BurnedInMarks {
  readonly calipers: number;
  /** Characters that stand in lines of three or more. */
  readonly characters: number;
}

/** Strokes are at least this much brighter than what is around them, and at least this bright, grey levels. */
const CONTRAST = 70;
const LOWEST_STROKE = 150;
/** Sides of marks, pixels. */
const SMALLEST_PX = 5;
const LARGEST_PX = 26;

/**
 * Looks for small thin bright shapes: crosses are calipers, three or more of like height in a line are text. Speckle and
 * fasciae are neither so thin nor so much brighter than their surroundings.
 * @param grey [H, W]
 */
export function findBurnedInMarks(grey: ArrayLike<number>, widthPx: number): BurnedInMarks {
  const strokes = strokePixels(grey, widthPx);
  const shapes = findComponents(strokes, widthPx).filter(isMarkSized);
  const crosses = shapes.filter((shape) => isCross(shape, widthPx));
  const rest = shapes.filter((shape) => !crosses.includes(shape));
  return { calipers: crosses.length, characters: countCharacters(rest) };
}

/** 1 where a pixel stands out from the mean of two places on opposite sides, in at least two directions. */
function strokePixels(grey: ArrayLike<number>, widthPx: number): Uint8Array {
  const heightPx = grey.length / widthPx;
  const strokes = new Uint8Array(grey.length);
  const reach = 3;
  const valueAt = (x: number, y: number): number =>
    grey[Math.min(Math.max(y, 0), heightPx - 1) * widthPx + Math.min(Math.max(x, 0), widthPx - 1)]!;
  for (let y = 0; y < heightPx; y++) {
    for (let x = 0; x < widthPx; x++) {
      const own = grey[y * widthPx + x]!;
      if (own < LOWEST_STROKE) continue;
      let directions = 0;
      for (const [dx, dy] of DIRECTIONS) {
        const ahead = valueAt(x + reach * dx, y + reach * dy);
        const behind = valueAt(x - reach * dx, y - reach * dy);
        if (own - Math.max(ahead, behind) >= CONTRAST) directions++;
      }
      if (directions >= 1) strokes[y * widthPx + x] = 1;
    }
  }
  return strokes;
}

const DIRECTIONS = [
  [1, 0],
  [0, 1],
  [1, 1],
  [1, -1],
] as const;

function sides({ left, right, top, bottom }: Component): { width: number; height: number } {
  return { width: right - left + 1, height: bottom - top + 1 };
}

function isMarkSized(shape: Component): boolean {
  const { width, height } = sides(shape);
  return height >= SMALLEST_PX && height <= LARGEST_PX && width <= LARGEST_PX && width >= 1;
}

/** As wide as high, its middle row and column filled, its quarters empty. */
function isCross(shape: Component, imageWidthPx: number): boolean {
  const { width, height } = sides(shape);
  if (width < SMALLEST_PX || Math.abs(width - height) > 2) return false;
  const own = new Set(shape.pixels);
  const has = (x: number, y: number): boolean => own.has(y * imageWidthPx + x);
  const middleX = (shape.left + shape.right) / 2;
  const middleY = (shape.top + shape.bottom) / 2;
  let arms = 0;
  let quarters = 0;
  for (let y = shape.top; y <= shape.bottom; y++) {
    for (let x = shape.left; x <= shape.right; x++) {
      const offX = Math.abs(x - middleX);
      const offY = Math.abs(y - middleY);
      if (has(x, y) && offX > width / 5 && offY > height / 5) quarters++;
    }
  }
  for (let x = shape.left; x <= shape.right; x++) if (nearMiddle(middleY).some((y) => has(x, y))) arms++;
  for (let y = shape.top; y <= shape.bottom; y++) if (nearMiddle(middleX).some((x) => has(x, y))) arms++;
  return arms >= 0.85 * (width + height) && quarters <= 0.08 * width * height;
}

function nearMiddle(middle: number): number[] {
  return [...new Set([Math.floor(middle), Math.ceil(middle)])];
}

/** Shapes of like height whose middles are level and that follow each other closely. */
function countCharacters(shapes: readonly Component[]): number {
  const letters = shapes.filter((shape) => {
    const { width, height } = sides(shape);
    const fill = shape.areaPx / (width * height);
    return height <= 18 && width <= 1.8 * height && fill < 0.85;
  });
  const ordered = [...letters].sort((a, b) => a.left - b.left);
  const used = new Set<Component>();
  let characters = 0;
  for (const start of ordered) {
    if (used.has(start)) continue;
    const line = [start];
    for (const next of ordered) {
      const last = line[line.length - 1]!;
      if (next.left <= last.left || !continuesLine(last, next)) continue;
      line.push(next);
    }
    if (line.length < 3) continue;
    for (const letter of line) used.add(letter);
    characters += line.length;
  }
  return characters;
}

function continuesLine(last: Component, next: Component): boolean {
  const height = sides(last).height;
  return (
    Math.abs(last.top - next.top) <= 1 &&
    Math.abs(last.bottom - next.bottom) <= 1 &&
    next.left > last.right &&
    next.left - last.right <= 1.3 * height
  );
}
