import { open, readFile } from "node:fs/promises";
import sharp from "sharp";
import { binariseMask, type MaskPixels } from "../data/mask-values.js";
import type { DecodedImage, DecodedMask, MaskFault } from "../data/raster.js";
import { UserError } from "../errors.js";
import { decodeBmp, readBmpHeader } from "./bmp.js";
import { describeForeignBytes, type ImageFormat, sniffImageFormat } from "./image-format.js";

export type { DecodedImage, DecodedMask } from "../data/raster.js";

/** Beyond these a file is refused from its header alone, before any pixel is unpacked. */
const IMAGE_LIMITS = { pixels: 100e6, sidePx: 30_000, fileBytes: 1e9 } as const;

export interface ImageHeader {
  /** As displayed: the EXIF orientation is applied. */
  readonly widthPx: number;
  readonly heightPx: number;
  /** Told by the content, whatever the file's name says. */
  readonly format: ImageFormat;
  /** Per channel as stored: 1, 2, 4, 8 or 16. */
  readonly bitDepth: number;
}

/**
 * Reads PNG, JPEG, TIFF, BMP, GIF or WebP (of several frames the first). Grey stays grey, the rest becomes RGB:
 * palettes are looked up, CMYK is converted, alpha is laid over black, 16 bits are cut to the upper 8, the EXIF
 * orientation is applied. Embedded colour profiles are ignored: the values are those in the file.
 *
 * @param source a path or the bytes of a file
 * @param name what to call the bytes in an error
 */
export async function decodeImage(source: string | Uint8Array, name?: string): Promise<DecodedImage> {
  const pixels = await decodePixels(source, nameOf(source, name));
  return { widthPx: pixels.widthPx, heightPx: pixels.heightPx, ...overBlack(pixels) };
}

/** Reads a mask file; see `binariseMask` for what counts as lesion. Parameters as `decodeImage`. */
export async function decodeMask(source: string | Uint8Array, name?: string): Promise<DecodedMask> {
  const pixels = await decodePixels(source, nameOf(source, name));
  const { data, faults } = binariseMask(pixels);
  const lossy: MaskFault[] =
    pixels.format === "jpeg"
      ? [
          {
            kind: "lossy",
            detail: "JPEG blurs the edge; values above half of the range were taken as lesion",
          },
        ]
      : [];
  return { widthPx: pixels.widthPx, heightPx: pixels.heightPx, data, faults: [...lossy, ...faults] };
}

/** Reads the size without unpacking pixels. Parameters as `decodeImage`. */
export async function readImageHeader(source: string | Uint8Array, name?: string): Promise<ImageHeader> {
  const label = nameOf(source, name);
  const { widthPx, heightPx, format, bitDepth } = await inspect(await readBytes(source, label), label);
  return { widthPx, heightPx, format, bitDepth };
}

/** @returns the bytes of a PNG file without loss, 8 bits, grey or RGB */
export async function encodePng(image: DecodedImage): Promise<Uint8Array> {
  const { widthPx: width, heightPx: height, channels } = image;
  return sharp(image.data, { raw: { width, height, channels } })
    .toColourspace(channels === 1 ? "b-w" : "srgb")
    .png({ compressionLevel: 6 })
    .toBuffer();
}

// Pictures here are small and several are decoded at a time: more threads for each only get in the way of training.
sharp.concurrency(1);

interface FilePixels extends MaskPixels {
  readonly format: ImageFormat;
}

interface InspectedHeader extends ImageHeader {
  readonly colour: "grey" | "colour";
  readonly hasAlpha: "yes" | "no";
  readonly isCmyk: "yes" | "no";
}

async function decodePixels(source: string | Uint8Array, name: string): Promise<FilePixels> {
  const bytes = await readBytes(source, name);
  const header = await inspect(bytes, name);
  const { format } = header;
  if (format === "bmp") return { ...explained(name, () => decodeBmp(bytes)), format };
  const decoding = sharp(bytes, {
    pages: 1,
    failOn: "error",
    autoOrient: true,
    limitInputPixels: IMAGE_LIMITS.pixels,
    ignoreIcc: header.isCmyk === "no",
  })
    .toColourspace("srgb")
    .raw({ depth: "uchar" })
    .toBuffer({ resolveWithObject: true });
  const { data, info } = await decoding.catch((error: unknown) => {
    throw unreadable(name, reasonOf(error));
  });
  const raw = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  const size = { widthPx: info.width, heightPx: info.height, format };
  if (header.hasAlpha === "yes" && info.channels === 4) return { ...size, channels: 4, data: raw };
  if (header.colour === "colour") return { ...size, channels: 3, data: raw };
  return { ...size, channels: 1, data: firstOfThree(raw) };
}

function overBlack(pixels: FilePixels): { channels: 1 | 3; data: Uint8Array } {
  if (pixels.channels !== 4) return { channels: pixels.channels, data: pixels.data };
  const data = new Uint8Array(pixels.widthPx * pixels.heightPx * 3);
  for (let from = 0, to = 0; to < data.length; from += 4, to += 3) {
    const alpha = pixels.data[from + 3]! / 255;
    for (let part = 0; part < 3; part++) data[to + part] = Math.round(pixels.data[from + part]! * alpha);
  }
  return { channels: 3, data };
}

/** sharp hands grey out as three equal values. */
function firstOfThree(data: Uint8Array): Uint8Array {
  const out = new Uint8Array(data.length / 3);
  for (let i = 0; i < out.length; i++) out[i] = data[3 * i]!;
  return out;
}

async function inspect(bytes: Uint8Array, name: string): Promise<InspectedHeader> {
  const format = sniffImageFormat(bytes);
  if (format === undefined) throw unreadable(name, describeForeignBytes(bytes));
  const header = format === "bmp" ? inspectBmp(bytes, name) : await inspectWithSharp(bytes, format, name);
  const { widthPx, heightPx } = header;
  if (!(widthPx > 0 && heightPx > 0)) throw unreadable(name, `a size of ${widthPx} x ${heightPx}`);
  const { sidePx, pixels } = IMAGE_LIMITS;
  if (widthPx > sidePx || heightPx > sidePx || widthPx * heightPx > pixels) {
    throw UserError.of(
      name,
      `a declared size of ${widthPx} x ${heightPx} pixels`,
      `at most ${sidePx} pixels per side and ${pixels / 1e6} megapixels`,
      "remove the file, or export it again at a smaller size",
    );
  }
  return header;
}

function inspectBmp(bytes: Uint8Array, name: string): InspectedHeader {
  const { widthPx, heightPx, bitsPerPixel } = explained(name, () => readBmpHeader(bytes));
  const bitDepth = Math.min(bitsPerPixel, 8);
  return { widthPx, heightPx, format: "bmp", bitDepth, colour: "colour", hasAlpha: "no", isCmyk: "no" };
}

const BIT_DEPTHS: Readonly<Record<string, number>> = { uchar: 8, ushort: 16 };
const GREY_SPACES: readonly string[] = ["b-w", "grey16"];

async function inspectWithSharp(
  bytes: Uint8Array,
  format: ImageFormat,
  name: string,
): Promise<InspectedHeader> {
  // The limits are checked by the caller, which can say more than the decoder does.
  const metadata = await sharp(bytes, { pages: 1, limitInputPixels: false })
    .metadata()
    .catch((error: unknown) => {
      throw unreadable(name, reasonOf(error));
    });
  const depth = BIT_DEPTHS[metadata.depth];
  if (depth === undefined) throw unreadable(name, `pixels of type ${metadata.depth}`);
  return {
    widthPx: metadata.autoOrient.width,
    heightPx: metadata.autoOrient.height,
    format,
    bitDepth: depth === 16 ? 16 : (metadata.bitsPerSample ?? 8),
    colour: GREY_SPACES.includes(metadata.space) ? "grey" : "colour",
    hasAlpha: metadata.hasAlpha ? "yes" : "no",
    isCmyk: metadata.space === "cmyk" ? "yes" : "no",
  };
}

async function readBytes(source: string | Uint8Array, name: string): Promise<Uint8Array> {
  if (typeof source !== "string") return source;
  try {
    await using file = await open(source, "r");
    const { size } = await file.stat();
    if (size > IMAGE_LIMITS.fileBytes) throw unreadable(name, `a file of ${(size / 1e9).toFixed(1)} GB`);
    return await readFile(file);
  } catch (error) {
    throw error instanceof UserError ? error : unreadable(name, fileReasonOf(error));
  }
}

function nameOf(source: string | Uint8Array, name: string | undefined): string {
  return name ?? (typeof source === "string" ? source : "image bytes");
}

function explained<T>(name: string, decode: () => T): T {
  try {
    return decode();
  } catch (error) {
    throw unreadable(name, `a BMP file that cannot be read (${messageOf(error)})`);
  }
}

function unreadable(name: string, got: string): UserError {
  return UserError.of(
    name,
    got,
    "a whole PNG, JPEG, TIFF, BMP, GIF or WebP picture of 8 or 16 bits",
    "copy the file again from its source, or save it as PNG",
  );
}

const UNTOLD = /^(unknown error)?$/i;
const CUT_OFF = /premature|truncat|read error|end of (file|stream|image)|out of data|not enough/i;

/** Libvips keeps one text for all its threads: a failure elsewhere at the same moment may take it away. */
function reasonOf(error: unknown): string {
  const message = messageOf(error).split("\n")[0]!;
  if (UNTOLD.test(message)) return "a file that is cut off or damaged";
  return CUT_OFF.test(message)
    ? `a file that is cut off or damaged (${message})`
    : `a damaged file (${message})`;
}

const FILE_REASONS: Readonly<Record<string, string>> = {
  ENOENT: "no such file",
  EACCES: "no permission to read it",
  EISDIR: "a folder",
};

function fileReasonOf(error: unknown): string {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  return FILE_REASONS[code] ?? messageOf(error);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
