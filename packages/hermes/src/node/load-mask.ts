import type { DecodedMask, MaskFault } from "../data/raster.js";
import { rasterisePolygon, resizeMaskNearest, uniteMasks } from "../data/raster.js";
import type { MaskSource, Sample } from "../data/sample.js";
import type { Dataset } from "./dataset-folder.js";
import { decodeMask } from "./image-codec.js";

/**
 * The union of all outlines of an image, at the image's size. A mask file of another size is brought to the
 * image's and reported.
 *
 * @returns `null` if no outline is known; all zero if the image is known to hold no lesion
 */
export async function loadMask(dataset: Dataset, sample: Sample): Promise<DecodedMask | null> {
  if (sample.masks === null) return null;
  const { widthPx, heightPx } = sample;
  const data = new Uint8Array(widthPx * heightPx);
  const faults: MaskFault[] = [];
  for (const source of sample.masks) {
    const part = await loadPart(dataset, sample, source);
    uniteMasks(data, part.data);
    faults.push(...part.faults);
  }
  return { widthPx, heightPx, data, faults };
}

async function loadPart(
  dataset: Dataset,
  { widthPx, heightPx }: Sample,
  source: MaskSource,
): Promise<{ data: Uint8Array; faults: readonly MaskFault[] }> {
  if (source.kind === "polygon") {
    return { data: rasterisePolygon(source.pointsPx, widthPx, heightPx), faults: [] };
  }
  const mask = await decodeMask(dataset.pathOf(source.path));
  const named = mask.faults.map((fault) => ({ ...fault, detail: `${source.path}: ${fault.detail}` }));
  if (mask.widthPx === widthPx && mask.heightPx === heightPx) return { data: mask.data, faults: named };
  const detail = `${source.path}: ${mask.widthPx} x ${mask.heightPx}, its image ${widthPx} x ${heightPx}; it was stretched to fit`;
  return {
    data: resizeMaskNearest(mask, widthPx, heightPx),
    faults: [...named, { kind: "size", detail }],
  };
}
