import { type DecodedImage, toGrey } from "../raster.js";
import { findBurnedInMarks } from "./burned-in-marks.js";
import { type Finding, finding } from "./finding.js";
import { shrinkToFit } from "./thumbnail.js";

/** What the shortcut probe uses: nothing of the anatomy. */
export interface ImageStatistics {
  readonly widthPx: number;
  readonly heightPx: number;
  readonly meanGrey: number;
  readonly deviationGrey: number;
  /** Share of the picture that lies in black margins. */
  readonly marginShare: number;
}

const CHECK_SIDE_PX = 512;
/** Difference of the strongest and weakest colour that is no compression noise, grey levels. */
const CHROMA = 48;
const COLOUR_SHARE = 0.0005;
const MARGIN_GREY = 8;
const MARGIN_SHARE = 0.1;
const LONGEST_ASPECT = 3;
const SMALLEST_SIDE_PX = 64;

/** Findings about one image, and its statistics. */
export function checkImage(
  id: string,
  image: DecodedImage,
): { findings: Finding[]; statistics: ImageStatistics } {
  const grey = toGrey(image);
  const { mean, deviation } = momentsOf(grey);
  const size = { widthPx: image.widthPx, heightPx: image.heightPx };
  const margins = blackMargins(grey, size);
  const findings: Finding[] = [];
  const add = (code: Parameters<typeof finding>[0], message: string): void => {
    findings.push(finding(code, [id], message));
  };
  const statistics = { ...size, meanGrey: mean, deviationGrey: deviation, marginShare: margins.share };
  const aspect = Math.max(size.widthPx / size.heightPx, size.heightPx / size.widthPx);
  if (aspect > LONGEST_ASPECT) add("image-aspect", `${size.widthPx} x ${size.heightPx}`);
  if (Math.min(size.widthPx, size.heightPx) < SMALLEST_SIDE_PX)
    add("image-size", `${size.widthPx} x ${size.heightPx}`);
  if (deviation < 2) {
    add("image-constant", `grey ${mean.toFixed(0)} everywhere`);
    return { findings, statistics };
  }
  const coloured = colourShare(image);
  if (coloured > COLOUR_SHARE)
    add("image-colour", `${(100 * coloured).toFixed(2)} % of the pixels are coloured`);
  if (margins.share > MARGIN_SHARE) add("image-border", `${Math.round(100 * margins.share)} % black margin`);
  const seam = dualViewSeam(grey, size, margins);
  if (seam !== null) add("image-dual-view", `a gap at column ${seam}`);
  const { data, widthPx } = shrinkToFit(grey, size, CHECK_SIDE_PX);
  const marks = findBurnedInMarks(data, widthPx);
  if (marks.characters > 0) add("image-text", `about ${marks.characters} characters`);
  if (marks.calipers > 0) add("image-calipers", `${marks.calipers} crosses`);
  return { findings, statistics };
}

/** Images whose area is far from the median: findings about a whole set. */
export function checkSizes(sizes: readonly { id: string; widthPx: number; heightPx: number }[]): Finding[] {
  if (sizes.length < 10) return [];
  const areas = sizes.map(({ widthPx, heightPx }) => widthPx * heightPx).sort((a, b) => a - b);
  const median = areas[Math.floor(areas.length / 2)]!;
  return sizes
    .filter(({ widthPx, heightPx }) => Math.min(widthPx, heightPx) >= SMALLEST_SIDE_PX)
    .filter(({ widthPx, heightPx }) => widthPx * heightPx > 16 * median || widthPx * heightPx < median / 16)
    .map(({ id, widthPx, heightPx }) => finding("image-size", [id], `${widthPx} x ${heightPx}`));
}

interface Margins {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
  readonly share: number;
}

/** Rows and columns at the edges that are black but for a few pixels. */
function blackMargins(
  grey: ArrayLike<number>,
  { widthPx, heightPx }: { widthPx: number; heightPx: number },
): Margins {
  const isBlack = (count: number, at: (i: number) => number): boolean => {
    let bright = 0;
    for (let i = 0; i < count; i++) if (grey[at(i)]! > MARGIN_GREY) bright++;
    return bright <= 0.01 * count;
  };
  const column = (x: number): boolean => isBlack(heightPx, (y) => y * widthPx + x);
  const row = (y: number): boolean => isBlack(widthPx, (x) => y * widthPx + x);
  let left = 0;
  while (left < widthPx && column(left)) left++;
  let right = 0;
  while (right < widthPx - left && column(widthPx - 1 - right)) right++;
  let top = 0;
  while (top < heightPx && row(top)) top++;
  let bottom = 0;
  while (bottom < heightPx - top && row(heightPx - 1 - bottom)) bottom++;
  const inner = Math.max(0, widthPx - left - right) * Math.max(0, heightPx - top - bottom);
  return { left, right, top, bottom, share: 1 - inner / (widthPx * heightPx) };
}

/** @returns the column of an unbroken dark gap in the middle third, with picture on both sides; else `null` */
function dualViewSeam(
  grey: ArrayLike<number>,
  { widthPx, heightPx }: { widthPx: number; heightPx: number },
  margins: Margins,
): number | null {
  const rows = heightPx - margins.top - margins.bottom;
  const columnMean = (x: number): number => {
    let sum = 0;
    for (let y = margins.top; y < heightPx - margins.bottom; y++) sum += grey[y * widthPx + x]!;
    return sum / rows;
  };
  const inner = widthPx - margins.left - margins.right;
  const reach = Math.max(6, Math.round(0.04 * inner));
  if (inner < 4 * reach || rows < 16) return null;
  for (let x = margins.left + Math.round(inner / 3); x < margins.left + Math.round((2 * inner) / 3); x++) {
    if (columnMean(x) > MARGIN_GREY || columnMean(x + 1) > MARGIN_GREY) continue;
    if (columnMean(x - reach) > 4 * MARGIN_GREY && columnMean(x + reach) > 4 * MARGIN_GREY) return x;
  }
  return null;
}

function colourShare({ channels, data }: DecodedImage): number {
  if (channels === 1) return 0;
  let coloured = 0;
  for (let at = 0; at < data.length; at += 3) {
    const [r, g, b] = [data[at]!, data[at + 1]!, data[at + 2]!];
    if (Math.max(r, g, b) - Math.min(r, g, b) > CHROMA) coloured++;
  }
  return (3 * coloured) / data.length;
}

function momentsOf(grey: Uint8Array): { mean: number; deviation: number } {
  let sum = 0;
  let squares = 0;
  for (const value of grey) {
    sum += value;
    squares += value * value;
  }
  const mean = sum / grey.length;
  return { mean, deviation: Math.sqrt(Math.max(0, squares / grey.length - mean * mean)) };
}
