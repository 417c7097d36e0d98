import sharp from "sharp";
import { mapConcurrent } from "../data/map-concurrent.js";
import { type DecodedImage, toGrey } from "../data/raster.js";
import { resizePlane } from "../data/resize.js";
import type { GalleryImage, GalleryMaps } from "../evaluate/report/gallery.js";
import { heatMap } from "../evaluate/report/heat-map.js";
import { pixelUncertainty } from "../evaluate/uncertainty.js";
import type { ImagePredictor } from "../predict/image-predictor.js";
import type { Dataset } from "./dataset-folder.js";
import type { EvaluatedImage } from "./evaluate-images.js";
import { decodeImage } from "./image-codec.js";

/** Longest sides of pictures and of maps. */
const PICTURE_PX = 208;
const MAP_PX = 144;
const JPEG_QUALITY = 72;
const AT_ONCE = 4;

/** Small pictures of images, for the page. */
export async function galleryImages(
  dataset: Dataset,
  images: readonly EvaluatedImage[],
): Promise<GalleryImage[]> {
  return mapConcurrent(images, AT_ONCE, async ({ sample, result, truthPath, predictionPath }) => {
    const image = await decodeImage(dataset.pathOf(sample.image));
    const { widthPx, heightPx } = image;
    const size = fitted(widthPx, heightPx, PICTURE_PX);
    const picture = await sharp(toGrey(image), { raw: { width: widthPx, height: heightPx, channels: 1 } })
      .resize(size.widthPx, size.heightPx, { fit: "fill" })
      .jpeg({ quality: JPEG_QUALITY })
      .toBuffer();
    return { result, picture: dataUrl(picture), truthPath, predictionPath };
  });
}

/** Saliency and certainty of some images, by running the model on them once more. */
export async function galleryMaps(
  dataset: Dataset,
  predictor: ImagePredictor,
  images: readonly EvaluatedImage[],
): Promise<Map<string, GalleryMaps>> {
  const maps = new Map<string, GalleryMaps>();
  for (let start = 0; start < images.length; start += predictor.batch) {
    const part = images.slice(start, start + predictor.batch);
    const decoded = await Promise.all(part.map(({ sample }) => decodeImage(dataset.pathOf(sample.image))));
    const predictions = await predictor.predict(decoded);
    for (const [i, { sample }] of part.entries()) {
      const { lesionProbs, saliency } = predictions[i]!;
      const certainty = {
        ...sizeOf(decoded[i]!),
        data: lesionProbs.map((prob) => 1 - pixelUncertainty(prob)),
      };
      maps.set(sample.id, {
        saliency: saliency === null ? null : await mapPicture(toFullRange(saliency), decoded[i]!),
        certainty: await mapPicture(certainty, decoded[i]!),
      });
    }
  }
  return maps;
}

interface Plane {
  readonly widthPx: number;
  readonly heightPx: number;
  readonly data: ArrayLike<number>;
}

const BRIGHTEST_SHARE = 0.99;

/** Saliency is faint in most pixels: what its brightest hundredth reaches is shown as full. */
function toFullRange(plane: Plane): Plane {
  const values = Float64Array.from(plane.data);
  const top = values.slice().sort()[Math.floor((values.length - 1) * BRIGHTEST_SHARE)] ?? 1;
  return { ...plane, data: values.map((value) => (top > 0 ? value / top : 0)) };
}

async function mapPicture(plane: Plane, { widthPx, heightPx }: DecodedImage): Promise<string> {
  const size = fitted(widthPx, heightPx, MAP_PX);
  const pixels = heatMap(resizePlane(plane, size.widthPx, size.heightPx, "linear"));
  const raw = { width: size.widthPx, height: size.heightPx, channels: 3 } as const;
  return dataUrl(await sharp(pixels, { raw }).jpeg({ quality: JPEG_QUALITY }).toBuffer());
}

function fitted(widthPx: number, heightPx: number, sidePx: number): { widthPx: number; heightPx: number } {
  const scale = Math.min(1, sidePx / Math.max(widthPx, heightPx));
  return {
    widthPx: Math.max(1, Math.round(widthPx * scale)),
    heightPx: Math.max(1, Math.round(heightPx * scale)),
  };
}

function sizeOf({ widthPx, heightPx }: DecodedImage): { widthPx: number; heightPx: number } {
  return { widthPx, heightPx };
}

function dataUrl(jpeg: Buffer): string {
  return `data:image/jpeg;base64,${jpeg.toString("base64")}`;
}
