import type { OrtNodeModelOptions } from "@hermes-us/tensor/ort-node";
import sharp from "sharp";
import { toGrey } from "../data/raster.js";
import { TILE_COLOURS } from "../data/sheet-tile.js";
import { key } from "../random.js";
import type { DemoData } from "./demo-data.js";
import { type EvaluatedImage, evaluateImages } from "./evaluate-images.js";
import { decodeImage } from "./image-codec.js";
import { predictorFor } from "./predictor-for.js";

export interface DemoPicturesRequest {
  readonly data: DemoData;
  /** How the models are run. */
  readonly runtime: OrtNodeModelOptions;
  /** One column of pictures each. */
  readonly runs: readonly { readonly title: string; readonly folder: string }[];
  readonly signal: AbortSignal;
}

const IMAGES = 12;
const ENTRIES_PER_ROW = 3;
const TILE_PX = 192;
const CAPTION_PX = 34;
const MARGIN_PX = 10;
const BACKGROUND = "#16181c";
const TRUTH = `rgb(${TILE_COLOURS.other.join()})`;
const PREDICTION = `rgb(${TILE_COLOURS.positive.join()})`;

/** @returns PNG: test images, once per run, with the true and the predicted outline */
export async function demoPictures({
  data,
  runtime,
  runs,
  signal,
}: DemoPicturesRequest): Promise<Uint8Array> {
  const chosen = new Set(
    key("demo pictures")
      .stream()
      .shuffle([...data.testIds].sort())
      .slice(0, IMAGES),
  );
  const samples = data.dataset.manifest.samples.filter(({ id }) => chosen.has(id));
  const tiles: Buffer[][] = [];
  for (const { title, folder } of runs) {
    const { predictor: opened } = await predictorFor(folder, runtime);
    await using predictor = opened;
    const images = await evaluateImages({
      predictor,
      dataset: data.dataset,
      samples,
      classMap: new Map(),
      spacingMm: null,
      calipers: null,
      signal,
    });
    tiles.push(await Promise.all(images.map((image) => drawTile(image, title, data))));
  }
  return joinTiles(tiles);
}

async function drawTile(
  { sample, result, truthPath, predictionPath }: EvaluatedImage,
  title: string,
  { dataset }: DemoData,
): Promise<Buffer> {
  const image = await decodeImage(dataset.pathOf(sample.image));
  const { widthPx, heightPx } = image;
  const picture = await sharp(toGrey(image), { raw: { width: widthPx, height: heightPx, channels: 1 } })
    .resize(TILE_PX, TILE_PX, { fit: "contain", background: BACKGROUND })
    .toColourspace("srgb")
    .png()
    .toBuffer();
  const scale = TILE_PX / Math.max(widthPx, heightPx);
  const [left, top] = [(TILE_PX - scale * widthPx) / 2, (TILE_PX - scale * heightPx) / 2];
  const path = (data: string, colour: string) =>
    `<path d="${data}" fill="none" stroke="${colour}" stroke-width="${1.5 / scale}"/>`;
  const called = result.classProbs.indexOf(Math.max(...result.classProbs));
  const caption = `${title}: Dice ${result.segmentation?.dice.toFixed(2) ?? "-"}`;
  const percent = Math.round(100 * result.classProbs[called]!);
  const verdict = `${result.className} (says ${dataset.manifest.header.classes[called]}, ${percent} %)`;
  const overlay = `<svg xmlns="http://www.w3.org/2000/svg" width="${TILE_PX}" height="${TILE_PX + CAPTION_PX}">
<g transform="translate(${left} ${top}) scale(${scale})">${path(truthPath ?? "", TRUTH)}${path(predictionPath, PREDICTION)}</g>
<g font-family="sans-serif" font-size="12" fill="#c8ccd2"><text x="2" y="${TILE_PX + 14}">${caption}</text>
<text x="2" y="${TILE_PX + 29}" font-size="10">${verdict}</text></g></svg>`;
  return sharp({
    create: { width: TILE_PX, height: TILE_PX + CAPTION_PX, channels: 3, background: BACKGROUND },
  })
    .composite([
      { input: picture, left: 0, top: 0 },
      { input: Buffer.from(overlay), left: 0, top: 0 },
    ])
    .png()
    .toBuffer();
}

/** @param tiles by run, then by image */
async function joinTiles(tiles: readonly (readonly Buffer[])[]): Promise<Uint8Array> {
  const images = tiles[0]?.length ?? 0;
  const entryWidthPx = tiles.length * TILE_PX + MARGIN_PX;
  const entryHeightPx = TILE_PX + CAPTION_PX + MARGIN_PX;
  const layers = tiles.flatMap((column, run) =>
    column.map((input, i) => ({
      input,
      left: MARGIN_PX + (i % ENTRIES_PER_ROW) * entryWidthPx + run * TILE_PX,
      top: MARGIN_PX + Math.floor(i / ENTRIES_PER_ROW) * entryHeightPx,
    })),
  );
  const width = MARGIN_PX + Math.min(ENTRIES_PER_ROW, images) * entryWidthPx;
  const height = MARGIN_PX + Math.ceil(images / ENTRIES_PER_ROW) * entryHeightPx;
  return sharp({ create: { width, height, channels: 3, background: BACKGROUND } })
    .composite(layers)
    .png()
    .toBuffer();
}
