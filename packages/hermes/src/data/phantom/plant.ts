import { type Key, key } from "../../random.js";
import type { DecodedImage } from "../raster.js";
import type { LesionLookName } from "./lesion-look.js";
import { withCalipers, withText } from "./overlay.js";
import type { ClassMix, PhantomClass } from "./patient.js";
import { generatePhantom, type Phantom } from "./phantom.js";
import { plantImageFault } from "./plant-image-fault.js";
import { plantMaskFault } from "./plant-mask-fault.js";
import type { Plant, PlannedImage } from "./plan-plants.js";
import { retouchImage, retouchMask } from "./retouch.js";
import { clamp } from "./signs.js";

/** A mask as it is to be written. */
export interface PhantomMask {
  readonly widthPx: number;
  readonly heightPx: number;
  /** [H, W], 0..255. */
  readonly data: Uint8Array;
  readonly encoding: "one-bit" | "grey" | "rgba" | "jpeg";
}

/** One image of a set, ready to be written in any layout. */
export interface PlantedPhantom {
  readonly phantom: Phantom;
  readonly image: DecodedImage;
  /** Send the image through JPEG of this quality before it is stored; `null`: not. */
  readonly jpegQuality: number | null;
  readonly mask: PhantomMask;
  readonly className: PhantomClass;
  /** A copy counts as another patient, as it does in the published sets. */
  readonly patient: number;
  readonly view: number;
  readonly plants: readonly Plant[];
}

/** @param place position of the image in the set; copies take it as their patient's number, from 1,000,000 on. */
export function plantPhantom(
  planned: PlannedImage,
  place: number,
  set: { seed: number | string; sizePx: number; classMix: ClassMix; lesions: LesionLookName },
): PlantedPhantom {
  const phantom = generatePhantom({ ...set, index: planned.source });
  const { widthPx, heightPx } = phantom;
  const start: PlantedPhantom = {
    phantom,
    image: { widthPx, heightPx, channels: 1, data: phantom.image },
    jpegQuality: null,
    mask: { widthPx, heightPx, data: phantom.mask.map((value) => 255 * value), encoding: "one-bit" },
    className: phantom.className,
    patient: planned.copyOf === null ? phantom.patient : 1_000_000 + place,
    view: planned.copyOf === null ? phantom.view : 0,
    plants: planned.plants,
  };
  const source = key(set.seed).fork("plant", place);
  return planned.plants.reduce((image, plant) => apply(image, plant, source), start);
}

function apply(image: PlantedPhantom, plant: Plant, source: Key): PlantedPhantom {
  switch (plant.kind) {
    case "duplicate":
      return image;
    case "calipers":
      return withGrey(image, withCalipers(image.phantom));
    case "text":
      return withGrey(
        image,
        withText({ ...image.phantom, image: image.image.data }, source.fork("text").stream()),
      );
    case "shortcut":
      return withGrey(image, brightenMalignant(image));
    case "near-duplicate":
      return retouch(image, plant.retouch);
    case "cross-class":
      return { ...retouch(image, plant.retouch), className: otherClass(image.className) };
    case "mask-conflict": {
      const copy = retouch(image, plant.retouch);
      return { ...copy, mask: { ...copy.mask, data: discElsewhere(copy.mask) } };
    }
    case "mask-fault":
      return { ...image, mask: plantMaskFault(image.mask, plant.fault, source.fork("mask").stream()) };
    case "image-fault":
      return { ...image, ...plantImageFault(image, plant.fault, source.fork("image").stream()) };
    default:
      return plant satisfies never;
  }
}

function withGrey(image: PlantedPhantom, data: Uint8Array): PlantedPhantom {
  return { ...image, image: { ...image.image, data } };
}

function brightenMalignant({ image, className }: PlantedPhantom): Uint8Array {
  const shift = className === "malignant" ? 22 : -8;
  return image.data.map((value) => clamp(value + shift, 0, 255));
}

function retouch(image: PlantedPhantom, change: Parameters<typeof retouchImage>[3] | null): PlantedPhantom {
  if (change === null) return image;
  const { widthPx, heightPx } = image.phantom;
  const mask = retouchMask(image.phantom.mask, widthPx, heightPx, change).map((value) => 255 * value);
  return {
    ...withGrey(image, retouchImage(image.image.data, widthPx, heightPx, change)),
    jpegQuality: change.jpegQuality,
    mask: { ...image.mask, data: mask },
  };
}

function otherClass(className: PhantomClass): PhantomClass {
  return className === "malignant" ? "benign" : "malignant";
}

/** Another lesion's outline: a disc in the corner farthest from the true one. */
function discElsewhere({ data, widthPx, heightPx }: PhantomMask): Uint8Array {
  let sumX = 0;
  let sumY = 0;
  let area = 0;
  for (let at = 0; at < data.length; at++) {
    if (data[at] === 0) continue;
    sumX += at % widthPx;
    sumY += Math.floor(at / widthPx);
    area++;
  }
  const radius = 0.13 * Math.min(widthPx, heightPx);
  const x = sumX / Math.max(1, area) < widthPx / 2 ? widthPx - radius - 3 : radius + 3;
  const y = sumY / Math.max(1, area) < heightPx / 2 ? heightPx - radius - 3 : radius + 3;
  return data.map((_, at) =>
    Math.hypot((at % widthPx) - x, Math.floor(at / widthPx) - y) <= radius ? 255 : 0,
  );
}
