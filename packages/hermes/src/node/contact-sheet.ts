import sharp from "sharp";
import type { AugmentationPolicy } from "../data/augment/policy.js";
import { type LabelledTarget, writeLabelledView, writeUnlabelledViews } from "../data/augment/views.js";
import { warpMask } from "../data/augment/warp.js";
import { mapConcurrent } from "../data/map-concurrent.js";
import { type PreparedImage, preparedSidePx } from "../data/prepared-image.js";
import type { Sample } from "../data/sample.js";
import { classColour, type Rgb, type Tile, tileOf } from "../data/sheet-tile.js";
import { PARTS } from "../data/split/make-split.js";
import { type Key, key } from "../random.js";
import { contactSheetHtml } from "./contact-sheet-html.js";
import type { Dataset } from "./dataset-folder.js";
import { ImageCache } from "./image-cache.js";
import { encodePng } from "./image-codec.js";
import { readSplit } from "./split-store.js";
import { writeFileAtomic } from "./write-file-atomic.js";

/** What may be shown of an image; several stand side by side. */
export const SHEET_VIEWS = ["original", "labelled", "weak", "strong"] as const;
export type SheetView = (typeof SHEET_VIEWS)[number];

interface ContactSheetOptions {
  readonly count: number;
  readonly seed: number;
  readonly views: readonly SheetView[];
  readonly policy: AugmentationPolicy;
  /** Side of one picture. */
  readonly tilePx: number;
  /** Name of the part (train, val, test) by id; images that have none are left out if it is given. */
  readonly partOf?: ReadonlyMap<string, string>;
  /** Where to write; the HTML page goes beside it. */
  readonly pngPath: string;
}

/** One image on the sheet. */
export interface SheetEntry {
  readonly id: string;
  readonly className: string;
  readonly part: string | null;
  readonly remark: string;
  readonly colour: Rgb;
  readonly tiles: readonly Tile[];
}

/** Draws images of a data set with outlines, class and part. @returns how many, and where */
export async function writeContactSheet(
  dataset: Dataset,
  options: ContactSheetOptions,
): Promise<{ shown: number; pngPath: string; htmlPath: string }> {
  const samples = chooseSamples(dataset, options);
  const caches = sheetCaches(dataset, options.tilePx);
  const entries = await mapConcurrent(samples, 2, (sample) => entryOf(dataset, sample, options, caches));
  const htmlPath = options.pngPath.replace(/(\.png)?$/i, ".html");
  const title = dataset.manifest.header.title;
  await writeFileAtomic(options.pngPath, await drawSheet(entries, options.tilePx));
  await writeFileAtomic(htmlPath, await contactSheetHtml(title, options.views, entries));
  return { shown: samples.length, pngPath: options.pngPath, htmlPath };
}

/** @returns the name of the part by image id, in all parts of a split; images left out have none */
export async function partsOfSplit(dataset: Dataset, name: string): Promise<Map<string, string>> {
  const split = await readSplit(dataset, name);
  return new Map(PARTS.flatMap((part) => split[part].map((id): [string, string] => [id, part])));
}

/** A seeded choice, then in the order of class and id. */
function chooseSamples({ manifest }: Dataset, { count, seed, partOf }: ContactSheetOptions): Sample[] {
  const known = manifest.samples.filter((sample) => partOf === undefined || partOf.has(sample.id));
  const chosen = key(seed).fork("contact-sheet").stream().shuffle(known).slice(0, count);
  const orderKey = (sample: Sample): string => `${sample.className ?? "~"}\n${sample.id}`;
  return chosen.sort((a, b) => orderKey(a).localeCompare(orderKey(b), "en", { numeric: true }));
}

interface SheetCaches {
  readonly original: ImageCache;
  readonly augmented: ImageCache;
}

function sheetCaches(dataset: Dataset, tilePx: number): SheetCaches {
  return {
    original: new ImageCache(dataset, { sidePx: tilePx, aspect: "letterbox" }),
    augmented: new ImageCache(dataset, { sidePx: preparedSidePx(tilePx), aspect: "stretch" }),
  };
}

async function entryOf(
  dataset: Dataset,
  sample: Sample,
  options: ContactSheetOptions,
  caches: SheetCaches,
): Promise<SheetEntry> {
  const { classes } = dataset.manifest.header;
  const index = sample.className === null ? -1 : classes.indexOf(sample.className);
  const colour = classColour(index === -1 ? null : index, classes.length);
  const tiles: Tile[] = [];
  for (const view of options.views) {
    const prepared = await (view === "original" ? caches.original : caches.augmented).load(sample);
    const augmentKey = key(options.seed).fork("contact-sheet", sample.id);
    tiles.push(viewTile(view, prepared, options, augmentKey, colour));
  }
  const lesions = sample.masks === null ? "no outline known" : `${sample.masks.length} outlines`;
  return {
    id: sample.id,
    className: sample.className ?? "no class",
    part: options.partOf?.get(sample.id) ?? null,
    remark: [
      `${sample.widthPx} x ${sample.heightPx}`,
      lesions,
      sample.group && `group ${sample.group}`,
      sample.excluded,
    ]
      .filter((part) => part !== null)
      .join(", "),
    colour,
    tiles,
  };
}

function viewTile(
  view: SheetView,
  prepared: PreparedImage,
  { policy, tilePx }: ContactSheetOptions,
  augmentKey: Key,
  colour: Rgb,
): Tile {
  if (view === "original") return tileOf(prepared.image, prepared.mask, tilePx, colour);
  const area = tilePx * tilePx;
  const target: LabelledTarget = { image: new Float32Array(area), mask: new Int32Array(area) };
  if (view === "labelled") {
    writeLabelledView(prepared, policy, augmentKey, target);
    return tileOf(toBytes(target.image), prepared.mask && target.mask, tilePx, colour);
  }
  const strong = new Float32Array(area);
  const affine = writeUnlabelledViews(prepared, policy, augmentKey, { weak: target.image, strong: [strong] });
  if (prepared.mask !== null) warpMask(prepared.mask, prepared.sidePx, affine, target.mask);
  return tileOf(
    toBytes(view === "weak" ? target.image : strong),
    prepared.mask && target.mask,
    tilePx,
    colour,
  );
}

function toBytes(view: Float32Array): Uint8Array {
  return Uint8Array.from(view, (value) => Math.round(255 * value));
}

const MARGIN_PX = 6;
const CAPTION_PX = 30;
const FRAME_PX = 2;
const SHEET_WIDTH_PX = 1600;

/** @returns the bytes of a PNG: entries in rows, each framed in the colour of its class, the caption below */
async function drawSheet(entries: readonly SheetEntry[], tilePx: number): Promise<Uint8Array> {
  const tilesPerEntry = entries[0]?.tiles.length ?? 1;
  const cellWidthPx = tilesPerEntry * tilePx + 2 * FRAME_PX + MARGIN_PX;
  const cellHeightPx = tilePx + 2 * FRAME_PX + CAPTION_PX + MARGIN_PX;
  const columns = Math.max(
    1,
    Math.min(entries.length, Math.floor((SHEET_WIDTH_PX - MARGIN_PX) / cellWidthPx)),
  );
  const width = columns * cellWidthPx + MARGIN_PX;
  const height = Math.max(1, Math.ceil(entries.length / columns)) * cellHeightPx + MARGIN_PX;
  const layers = await Promise.all(
    entries.map(async (entry, i) => ({
      input: await drawEntry(entry, tilePx),
      left: MARGIN_PX + (i % columns) * cellWidthPx,
      top: MARGIN_PX + Math.floor(i / columns) * cellHeightPx,
    })),
  );
  return sharp({ create: { width, height, channels: 3, background: "#16181c" } })
    .composite(layers)
    .png()
    .toBuffer();
}

async function drawEntry(
  { id, className, part, colour, tiles }: SheetEntry,
  tilePx: number,
): Promise<Buffer> {
  const width = tiles.length * tilePx + 2 * FRAME_PX;
  const height = tilePx + 2 * FRAME_PX + CAPTION_PX;
  const pictures = await Promise.all(
    tiles.map(async ({ data }, i) => ({
      input: Buffer.from(await encodePng({ widthPx: tilePx, heightPx: tilePx, channels: 3, data })),
      left: FRAME_PX + i * tilePx,
      top: FRAME_PX,
    })),
  );
  const [r, g, b] = colour;
  const textTop = tilePx + 2 * FRAME_PX;
  const file = id.split("/").at(-1)!;
  const caption = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">
<rect width="${width}" height="${textTop}" fill="rgb(${r},${g},${b})"/>
<g font-family="sans-serif" font-size="11"><text x="2" y="${textTop + 12}" fill="rgb(${r},${g},${b})">${escapeXml([className, part].filter((word) => word !== null).join(" · "))}</text>
<text x="2" y="${textTop + 25}" fill="#c8ccd2">${escapeXml(file)}</text></g></svg>`;
  return sharp({ create: { width, height, channels: 3, background: "#16181c" } })
    .composite([{ input: Buffer.from(caption), left: 0, top: 0 }, ...pictures])
    .png()
    .toBuffer();
}

const XML_ESCAPES: Readonly<Record<string, string>> = {
  "<": "&lt;",
  ">": "&gt;",
  "&": "&amp;",
  '"': "&quot;",
};

function escapeXml(text: string): string {
  return text.replace(/[<>&"]/g, (character) => XML_ESCAPES[character] ?? "").replace(/\p{Cc}/gu, "?");
}
