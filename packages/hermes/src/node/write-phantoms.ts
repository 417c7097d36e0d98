import { mkdir, readdir, rename, rm, rmdir, writeFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import sharp from "sharp";
import {
  type LayoutMemory,
  type LayoutName,
  layouts,
  type PlacedPhantom,
  patientNumber,
} from "../data/phantom/layouts.js";
import type { LesionLookName } from "../data/phantom/lesion-look.js";
import { type ClassMix, defaultClassMix } from "../data/phantom/patient.js";
import { type PhantomMask, type PlantedPhantom, plantPhantom } from "../data/phantom/plant.js";
import { type PlantName, planPlants } from "../data/phantom/plan-plants.js";
import { UserError } from "../errors.js";
import { writeFailure } from "./write-file-atomic.js";

export interface PhantomSetRequest {
  /** Folder to make; it must not exist or be empty. */
  readonly out: string;
  readonly count: number;
  /** Longest side, pixels. */
  readonly sizePx: number;
  readonly seed: number | string;
  readonly layout: LayoutName;
  /** Default `natural`. */
  readonly lesions?: LesionLookName;
  readonly plants: readonly PlantName[];
  readonly onProgress?: (done: number) => void;
  readonly signal?: AbortSignal;
}

/** One line of the truth about a set: what was planted, and which images it concerns. */
export interface PlantedTruth {
  readonly kind: string;
  /** Ids as in a manifest: the relative path without its extension; of a copy first the original. */
  readonly ids: readonly string[];
}

export interface PhantomTruth {
  readonly kind: "hermes-phantoms";
  readonly seed: number | string;
  readonly count: number;
  readonly sizePx: number;
  readonly layout: LayoutName;
  readonly lesions: LesionLookName;
  readonly plants: readonly PlantedTruth[];
  readonly images: readonly {
    readonly id: string;
    readonly className: string;
    readonly patient: number;
    readonly view: number;
    readonly device: string;
    readonly suspicion: number;
  }[];
}

/** BUSI is the one layout that has normal images. */
const BUSI_MIX: ClassMix = { malignant: 0.27, normal: 0.17 };
const DDTI_JPEG_QUALITY = 92;
const WRITES_AT_ONCE = 4;

/**
 * Writes a set of phantoms in the form of a published one, and `truth.json` about it. Everything is written beside the
 * wished folder first and moved there at the end.
 */
export async function writePhantoms(request: PhantomSetRequest): Promise<PhantomTruth> {
  checkRequest(request);
  const out = resolve(request.out);
  await checkFree(out);
  const partial = `${out}.partial-${process.pid}`;
  try {
    await mkdir(partial, { recursive: true });
    const truth = await writeSet(request, partial);
    await writeFile(join(partial, "truth.json"), `${JSON.stringify(truth, null, 1)}\n`);
    await rmdir(out).catch(() => undefined);
    await rename(partial, out);
    return truth;
  } catch (error) {
    throw writeFailure(out, error);
  } finally {
    await rm(partial, { recursive: true, force: true }).catch(() => undefined);
  }
}

function checkRequest({ layout, plants }: PhantomSetRequest): void {
  const needMaskFiles = plants.filter((plant) => plant === "mask-faults" || plant === "mask-conflicts");
  if (layout === "ddti" && needMaskFiles.length > 0) {
    throw UserError.of(
      `--plant ${needMaskFiles.join(",")}`,
      "the layout ddti, whose outlines are polygons",
      "a layout with mask files",
      "choose another --layout or leave this plant out",
    );
  }
}

async function checkFree(out: string): Promise<void> {
  const held = await readdir(out).catch((error: unknown) => {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return [];
    throw UserError.of(out, "a path that is no folder", "a new or empty folder", "choose another name");
  });
  if (held.length > 0) {
    throw UserError.of(
      out,
      `a folder that holds ${held.length} files`,
      "a new or empty folder",
      "choose another name",
    );
  }
}

async function writeSet(request: PhantomSetRequest, folder: string): Promise<PhantomTruth> {
  const { seed, count, sizePx, lesions = "natural", layout: layoutName } = request;
  const layout = layouts[layoutName];
  const classMix = layoutName === "busi" ? BUSI_MIX : defaultClassMix;
  const memory: LayoutMemory = new Map();
  const placed: PlacedPhantom[] = [];
  const plants: PlantedTruth[] = [];
  const pending: Promise<void>[] = [];
  for (const [place, planned] of planPlants(seed, count, new Set(request.plants)).entries()) {
    request.signal?.throwIfAborted();
    const phantom = plantPhantom(planned, place, { seed, sizePx, classMix, lesions });
    const image = { ...layout.place(phantom, place, memory), ...factsOf(phantom, memory) };
    placed.push(image);
    const original = planned.copyOf === null ? [] : [idOf(placed[planned.copyOf]!.image)];
    for (const plant of planned.plants) {
      plants.push({
        kind: "fault" in plant ? `${plant.kind}:${plant.fault}` : plant.kind,
        ids: [...original, idOf(image.image)],
      });
    }
    pending.push(writeOne(phantom, image, folder));
    if (pending.length === WRITES_AT_ONCE) await Promise.all(pending.splice(0));
    request.onProgress?.(place + 1);
  }
  await Promise.all(pending);
  for (const [path, text] of Object.entries(layout.describe(placed)))
    await writeFile(join(folder, path), text);
  const images = placed.map(({ image, className, patient, view, device, suspicion }) => ({
    id: idOf(image),
    className,
    patient,
    view,
    device,
    suspicion,
  }));
  return { kind: "hermes-phantoms", seed, count, sizePx, layout: layoutName, lesions, plants, images };
}

function factsOf(image: PlantedPhantom, memory: LayoutMemory) {
  return {
    className: image.className,
    patient: patientNumber(image.patient, memory),
    view: image.view,
    device: image.phantom.device,
    suspicion: image.phantom.signs?.suspicion ?? 0,
    widthPx: image.image.widthPx,
    heightPx: image.image.heightPx,
    outlinePx: image.phantom.outlinePx,
  };
}

async function writeOne(phantom: PlantedPhantom, placed: PlacedPhantom, folder: string): Promise<void> {
  const bytes = await encodeImage(phantom, placed.imageFormat);
  await writeInto(join(folder, placed.image), bytes);
  if (placed.mask === null) return;
  await writeInto(join(folder, placed.mask), await encodeMask(phantom.mask));
}

async function writeInto(path: string, bytes: Uint8Array): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, bytes);
}

async function encodeImage(
  { image, jpegQuality }: PlantedPhantom,
  format: "png" | "jpeg",
): Promise<Uint8Array> {
  const { widthPx: width, heightPx: height, channels } = image;
  const space = channels === 1 ? "b-w" : "srgb";
  const raw = sharp(image.data, { raw: { width, height, channels } }).toColourspace(space);
  if (format === "jpeg") return raw.jpeg({ quality: jpegQuality ?? DDTI_JPEG_QUALITY }).toBuffer();
  const lossless =
    jpegQuality === null
      ? raw
      : sharp(await raw.jpeg({ quality: jpegQuality }).toBuffer()).toColourspace(space);
  return lossless.png({ compressionLevel: 3 }).toBuffer();
}

async function encodeMask({
  data,
  widthPx: width,
  heightPx: height,
  encoding,
}: PhantomMask): Promise<Uint8Array> {
  const grey = sharp(data, { raw: { width, height, channels: 1 } }).toColourspace("b-w");
  switch (encoding) {
    case "one-bit":
      return grey.png({ palette: true, colours: 2, dither: 0 }).toBuffer();
    case "grey":
      return grey.png().toBuffer();
    case "jpeg":
      return grey.jpeg({ quality: 80 }).toBuffer();
    case "rgba":
      return sharp(asRgba(data), { raw: { width, height, channels: 4 } })
        .png()
        .toBuffer();
    default:
      return encoding satisfies never;
  }
}

function asRgba(data: Uint8Array): Uint8Array {
  const out = new Uint8Array(4 * data.length).fill(255);
  for (let at = 0; at < data.length; at++) out.fill(data[at]!, 4 * at, 4 * at + 3);
  return out;
}

function idOf(path: string): string {
  return path.replace(/\.\w+$/, "");
}
