import { createHash, randomBytes } from "node:crypto";
import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { z } from "zod";
import {
  type AspectRule,
  type PreparedImage,
  PREPARATION_VERSION,
  prepareImage,
} from "../data/prepared-image.js";
import type { Sample } from "../data/sample.js";
import { UserError } from "../errors.js";
import { type Dataset, datasetFiles } from "./dataset-folder.js";
import { decodeImage } from "./image-codec.js";
import { loadMask } from "./load-mask.js";

export interface ImageCacheOptions {
  /** Side S of the prepared images. */
  readonly sidePx: number;
  readonly aspect: AspectRule;
  /** How much may be kept in memory besides the files; oldest out first. */
  readonly memoryBytes?: number;
}

/** What happened so far; for tests and for a line in a log. */
interface ImageCacheCounts {
  fromMemory: number;
  fromDisk: number;
  prepared: number;
  /** Cache files whose hash did not fit; they were made again. */
  damaged: number;
  /** Cache files that could not be written (read-only or full disk); work goes on without them. */
  unwritten: number;
}

const DEFAULT_MEMORY_BYTES = 256 * 2 ** 20;

/**
 * Decoded and resized images of a data set, on disk in its folder `cache/`, one file per image, named by what it
 * was made from (image and mask hashes, size, version of the preparation). Files are written beside and renamed,
 * without a flush: each begins with its own hash, and one that is damaged is made again. So several processes may
 * share the folder, and it can be deleted at any time.
 */
export class ImageCache {
  readonly counts: ImageCacheCounts = { fromMemory: 0, fromDisk: 0, prepared: 0, damaged: 0, unwritten: 0 };
  readonly #kept = new Map<string, PreparedImage>();
  #keptBytes = 0;

  constructor(
    readonly dataset: Dataset,
    readonly options: ImageCacheOptions,
  ) {}

  /** @throws UserError if the image or a mask is missing, unreadable, or not the file that was imported */
  async load(sample: Sample): Promise<PreparedImage> {
    const name = this.#nameOf(sample);
    const kept = this.#kept.get(name);
    if (kept !== undefined) {
      this.counts.fromMemory++;
      return kept;
    }
    const path = join(this.dataset.folder, datasetFiles.cache, name.slice(0, 2), `${name}.bin`);
    const prepared = (await this.#readFile(path)) ?? (await this.#prepare(sample, path));
    this.#keep(name, prepared);
    return prepared;
  }

  async #readFile(path: string): Promise<PreparedImage | undefined> {
    const bytes = await readFile(path).catch(() => undefined);
    if (bytes === undefined) return undefined;
    const prepared = unpack(bytes, this.options.sidePx);
    if (prepared === undefined) this.counts.damaged++;
    else this.counts.fromDisk++;
    return prepared;
  }

  async #prepare(sample: Sample, path: string): Promise<PreparedImage> {
    const imagePath = this.dataset.pathOf(sample.image);
    const bytes = await readImported(imagePath, sample.sha256);
    for (const mask of sample.masks ?? []) {
      if (mask.kind === "file") await readImported(this.dataset.pathOf(mask.path), mask.sha256);
    }
    const image = await decodeImage(bytes, imagePath);
    const mask = await loadMask(this.dataset, {
      ...sample,
      widthPx: image.widthPx,
      heightPx: image.heightPx,
    });
    const { sidePx, aspect } = this.options;
    const prepared = prepareImage(image, mask?.data ?? null, sidePx, aspect);
    this.counts.prepared++;
    await writeBeside(path, pack(prepared)).catch(() => {
      this.counts.unwritten++;
    });
    return prepared;
  }

  #keep(name: string, prepared: PreparedImage): void {
    const limit = this.options.memoryBytes ?? DEFAULT_MEMORY_BYTES;
    const own = bytesOf(prepared);
    if (own > limit || this.#kept.has(name)) return;
    this.#kept.set(name, prepared);
    this.#keptBytes += own;
    for (const [oldest, image] of this.#kept) {
      if (this.#keptBytes <= limit) break;
      this.#kept.delete(oldest);
      this.#keptBytes -= bytesOf(image);
    }
  }

  #nameOf(sample: Sample): string {
    const masks = sample.masks?.map((mask) => (mask.kind === "file" ? mask.sha256 : mask.pointsPx)) ?? null;
    const { sidePx, aspect } = this.options;
    const source = JSON.stringify([PREPARATION_VERSION, FILE_VERSION, sidePx, aspect, sample.sha256, masks]);
    return createHash("sha256").update(source).digest("hex").slice(0, 40);
  }
}

const FILE_VERSION = 1;
const HASH_BYTES = 32;
const LENGTH_BYTES = 4;

const headSchema = z.strictObject({
  sidePx: z.number(),
  hasMask: z.enum(["yes", "no"]),
  content: z.strictObject({
    leftPx: z.number(),
    topPx: z.number(),
    widthPx: z.number(),
    heightPx: z.number(),
  }),
  pixelAspect: z.number(),
});

/** Hash of the rest, length of the head, head as JSON, image, mask. */
function pack(prepared: PreparedImage): Uint8Array {
  const { sidePx, content, pixelAspect, image, mask } = prepared;
  const head: z.output<typeof headSchema> = { sidePx, hasMask: mask ? "yes" : "no", content, pixelAspect };
  const headBytes = Buffer.from(JSON.stringify(head));
  const length = Buffer.alloc(LENGTH_BYTES);
  length.writeUInt32LE(headBytes.length);
  const body = Buffer.concat([length, headBytes, image, mask ?? new Uint8Array()]);
  return Buffer.concat([createHash("sha256").update(body).digest(), body]);
}

/** @returns `undefined` if anything about the file is wrong */
function unpack(bytes: Buffer, sidePx: number): PreparedImage | undefined {
  const body = bytes.subarray(HASH_BYTES);
  if (body.length < LENGTH_BYTES) return undefined;
  if (!createHash("sha256").update(body).digest().equals(bytes.subarray(0, HASH_BYTES))) return undefined;
  const pixelsAt = LENGTH_BYTES + body.readUInt32LE(0);
  const head = headSchema.parse(JSON.parse(body.subarray(LENGTH_BYTES, pixelsAt).toString("utf8")));
  if (head.sidePx !== sidePx) return undefined;
  const area = sidePx ** 2;
  const image = body.subarray(pixelsAt, pixelsAt + area);
  const mask = head.hasMask === "yes" ? body.subarray(pixelsAt + area, pixelsAt + 2 * area) : null;
  return { sidePx, image, mask, content: head.content, pixelAspect: head.pixelAspect };
}

async function readImported(path: string, sha256: string): Promise<Buffer> {
  const bytes = await readFile(path);
  if (createHash("sha256").update(bytes).digest("hex") === sha256) return bytes;
  throw UserError.of(
    path,
    "other content than when it was imported",
    "the file whose sha256 is in the manifest",
    "put the old file back, or run `hermes data import` again and split again",
  );
}

async function writeBeside(path: string, bytes: Uint8Array): Promise<void> {
  const temporary = `${path}.${process.pid}.${randomBytes(4).toString("hex")}.tmp`;
  try {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(temporary, bytes, { flag: "wx" });
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined);
    throw error;
  }
}

function bytesOf(prepared: PreparedImage): number {
  return prepared.image.length + (prepared.mask?.length ?? 0);
}
