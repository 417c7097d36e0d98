import type { ImageResult } from "./image-result.js";

/** One line per image; an empty cell where a value is not defined. Text is quoted as RFC 4180 says. */
export function perImageCsv(images: readonly ImageResult[], classes: readonly string[]): string {
  const header = [
    "id",
    "group",
    "class",
    "called",
    ...classes.map((name) => `probability ${name}`),
    "class uncertainty",
    "mask uncertainty",
    "dice",
    "iou",
    "precision",
    "recall",
    "hd95 px",
    "hd95 mm",
    "assd px",
    "assd mm",
    "nsd",
    "nsd tolerance",
    "true lesions",
    "lesions found",
    "false lesions",
    "true area px",
    "predicted area px",
    "width px",
    "height px",
    "empty",
  ];
  return `${[header, ...images.map((image) => rowOf(image, classes))].map(line).join("\r\n")}\r\n`;
}

type Cell = string | number | null;

function rowOf(image: ImageResult, classes: readonly string[]): Cell[] {
  const { segmentation: seg, classProbs } = image;
  const called = classes[classProbs.indexOf(Math.max(...classProbs))] ?? null;
  const tolerance = seg?.normalisedSurfaceDistance.tolerance;
  return [
    image.id,
    image.group,
    image.className,
    called,
    ...classProbs,
    image.classUncertainty,
    image.maskUncertainty,
    seg?.dice ?? null,
    seg?.iou ?? null,
    seg?.precision ?? null,
    seg?.recall ?? null,
    seg?.hd95Px ?? null,
    seg?.hd95Mm ?? null,
    seg?.assdPx ?? null,
    seg?.assdMm ?? null,
    seg?.normalisedSurfaceDistance.score ?? null,
    tolerance === undefined ? null : `${tolerance.value} ${tolerance.unit}`,
    seg?.lesions.truthLesions ?? null,
    seg?.lesions.anyOverlap.detected ?? null,
    seg?.lesions.anyOverlap.falseLesions ?? null,
    seg?.truthAreaPx ?? null,
    seg?.predictedAreaPx ?? null,
    image.widthPx,
    image.heightPx,
    seg?.emptyCase ?? null,
  ];
}

const DIGITS = 6;
/** A cell that begins so would be run as a formula by spreadsheets. */
const FORMULA = /^[=+\-@\t\r]/;

function line(cells: readonly Cell[]): string {
  return cells.map(cellText).join(",");
}

function cellText(cell: Cell): string {
  if (cell === null) return "";
  if (typeof cell === "number") return String(Number(cell.toPrecision(DIGITS)));
  const safe = FORMULA.test(cell) ? `'${cell}` : cell;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
