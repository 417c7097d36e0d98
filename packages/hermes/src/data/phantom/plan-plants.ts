import { type Key, key, type RandomStream } from "../../random.js";
import { drawRetouch, type Retouch } from "./retouch.js";

/** What may be wrong with a mask file. */
export const maskFaultNames = [
  "size",
  "rgba",
  "grey-levels",
  "empty",
  "specks",
  "jpeg",
  "misaligned",
  "border",
] as const;
export type PlantedMaskFault = (typeof maskFaultNames)[number];

/** What may be wrong with an image. */
export const imageFaultNames = [
  "colour",
  "dual-view",
  "black-border",
  "constant",
  "extreme-aspect",
  "extreme-size",
] as const;
export type PlantedImageFault = (typeof imageFaultNames)[number];

/** Kinds of plants that can be asked for. */
export const plantNames = [
  "calipers",
  "text",
  "duplicates",
  "near-duplicates",
  "cross-class",
  "mask-conflicts",
  "mask-faults",
  "image-faults",
  "shortcut",
] as const;
export type PlantName = (typeof plantNames)[number];

export type Plant =
  | { readonly kind: "calipers" | "text" | "shortcut" }
  | { readonly kind: "duplicate" }
  | { readonly kind: "near-duplicate" | "mask-conflict"; readonly retouch: Retouch }
  | { readonly kind: "cross-class"; readonly retouch: Retouch | null }
  | { readonly kind: "mask-fault"; readonly fault: PlantedMaskFault }
  | { readonly kind: "image-fault"; readonly fault: PlantedImageFault };

/** One image of a set with plants. */
export interface PlannedImage {
  /** Index of the phantom that it shows. */
  readonly source: number;
  /** Position in the set of the image that this one repeats; `null` for an original. */
  readonly copyOf: number | null;
  readonly plants: readonly Plant[];
}

/** Share of a set that each kind of copy takes; the two overlays and the faults have their own. */
const COPY_SHARE = 0.04;
const OVERLAY_SHARE = 0.2;
const FAULT_SHARE = 0.08;

const COPY_KINDS = ["duplicates", "near-duplicates", "cross-class", "mask-conflicts"] as const;

/**
 * Decides which images carry which plant. An image has at most one fault or copy, so that the truth is clear; calipers
 * and text come on top of originals that are never copied.
 */
export function planPlants(
  seed: number | string,
  count: number,
  wanted: ReadonlySet<PlantName>,
): PlannedImage[] {
  const root = key(seed).fork("plants");
  const copiesOfKind = Math.max(2, Math.round(COPY_SHARE * count));
  const copyKinds = COPY_KINDS.filter((kind) => wanted.has(kind));
  const originals = Math.max(1, count - copiesOfKind * copyKinds.length);
  const free = root
    .fork("order")
    .stream()
    .shuffle([...Array(originals).keys()]);
  const planned: PlannedImage[] = [...Array(originals).keys()].map((source) => ({
    source,
    copyOf: null,
    plants: wanted.has("shortcut") ? [{ kind: "shortcut" }] : [],
  }));
  for (const kind of copyKinds) {
    for (let i = 0; i < copiesOfKind && planned.length < count && free.length > 0; i++) {
      const source = free.pop()!;
      planned.push({ source, copyOf: source, plants: [copyPlant(kind, root.fork(kind, i).stream())] });
    }
  }
  plantFaults(planned, free, count, wanted);
  plantOverlays(planned, free, count, wanted, root);
  return planned;
}

function copyPlant(kind: (typeof COPY_KINDS)[number], stream: RandomStream): Plant {
  switch (kind) {
    case "duplicates":
      return { kind: "duplicate" };
    case "near-duplicates":
      return { kind: "near-duplicate", retouch: drawRetouch(stream) };
    case "cross-class":
      return { kind: "cross-class", retouch: stream.uniform() < 0.5 ? drawRetouch(stream) : null };
    case "mask-conflicts":
      return { kind: "mask-conflict", retouch: drawRetouch(stream) };
    default:
      return kind satisfies never;
  }
}

function plantFaults(
  planned: PlannedImage[],
  free: number[],
  count: number,
  wanted: ReadonlySet<PlantName>,
): void {
  const plant = (place: number, added: Plant): void => {
    const image = planned[place]!;
    planned[place] = { ...image, plants: [...image.plants, added] };
  };
  const number = (names: readonly string[]): number =>
    Math.max(names.length, Math.round(FAULT_SHARE * count));
  if (wanted.has("mask-faults")) {
    for (let i = 0; i < number(maskFaultNames) && free.length > 0; i++) {
      plant(free.pop()!, { kind: "mask-fault", fault: maskFaultNames[i % maskFaultNames.length]! });
    }
  }
  if (wanted.has("image-faults")) {
    for (let i = 0; i < number(imageFaultNames) && free.length > 0; i++) {
      plant(free.pop()!, { kind: "image-fault", fault: imageFaultNames[i % imageFaultNames.length]! });
    }
  }
}

function plantOverlays(
  planned: PlannedImage[],
  free: readonly number[],
  count: number,
  wanted: ReadonlySet<PlantName>,
  root: Key,
): void {
  for (const kind of ["calipers", "text"] as const) {
    if (!wanted.has(kind)) continue;
    const chosen = root
      .fork(kind)
      .stream()
      .shuffle(free)
      .slice(0, Math.ceil(OVERLAY_SHARE * count));
    for (const place of chosen) {
      const image = planned[place]!;
      planned[place] = { ...image, plants: [...image.plants, { kind }] };
    }
  }
}
