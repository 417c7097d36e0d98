import { createReadStream } from "node:fs";
import { type FileHandle, mkdir, open, readFile, rename, writeFile } from "node:fs/promises";
import { dirname, extname, join } from "node:path";
import { createInterface } from "node:readline";
import { z } from "zod";
import { canonicalJson } from "../data/canonical-json.js";
import { UserError } from "../errors.js";
import { csvHeader, csvRow, type PredictionRecord, predictionRecordSchema } from "./prediction-record.js";
import { writeFailure, writeFileAtomic } from "./write-file-atomic.js";

/** What a folder of results was made with; all of its results are of one kind. */
const predictionSettingsSchema = z.strictObject({
  kind: z.literal("hermes-predictions"),
  version: z.literal(1),
  weightsSha256: z.string(),
  precision: z.string(),
  classes: z.array(z.string()),
  spacingMm: z.strictObject({ x: z.number(), y: z.number() }).nullable(),
  overlays: z.enum(["yes", "no"]),
});
export type PredictionSettings = z.output<typeof predictionSettingsSchema>;

export const predictionFiles = {
  settings: "predictions.json",
  records: "predictions.jsonl",
  table: "predictions.csv",
  failures: "failures.jsonl",
  masks: "masks",
  overlays: "overlays",
} as const;

/** A folder of results that is filled image by image and can be gone on with after any stop. */
export class PredictionFolder implements AsyncDisposable {
  readonly #done = new Set<string>();
  readonly #stems = new Set<string>();

  private constructor(
    readonly folder: string,
    private readonly settings: PredictionSettings,
    private readonly records: FileHandle,
  ) {}

  /** @throws UserError if the folder holds results of another model or other settings */
  static async open(folder: string, settings: PredictionSettings): Promise<PredictionFolder> {
    await settle(folder, settings);
    const path = join(folder, predictionFiles.records);
    const done = await wholeRecords(path);
    const records = await open(path, "a");
    await records.truncate(done.bytes);
    const self = new PredictionFolder(folder, settings, records);
    for (const record of done.records) {
      self.#done.add(record.image);
      self.#stems.add(stemOf(record.mask.slice(predictionFiles.masks.length + 1)));
    }
    return self;
  }

  get doneCount(): number {
    return this.#done.size;
  }

  isDone(image: string): boolean {
    return this.#done.has(image);
  }

  /** @returns a name for the image's files that no other image has: its relative path without extension */
  claimStem(relativePath: string): string {
    const plain = stemOf(relativePath.replaceAll("\\", "/").replaceAll("../", ""));
    let stem = plain;
    for (let i = 2; this.#stems.has(stem); i++) stem = `${plain}~${i}`;
    this.#stems.add(stem);
    return stem;
  }

  /** Whole or not at all. A picture that a power cut loses is made again, since its record comes after it. */
  async writePicture(relativePath: string, png: Uint8Array): Promise<void> {
    const path = join(this.folder, relativePath);
    const temporary = `${path}.tmp`;
    try {
      await mkdir(dirname(path), { recursive: true });
      await writeFile(temporary, png);
      await rename(temporary, path);
    } catch (error) {
      throw writeFailure(path, error);
    }
  }

  async add(record: PredictionRecord): Promise<void> {
    await this.records.appendFile(`${JSON.stringify(record)}\n`);
    this.#done.add(record.image);
  }

  /** Writes the table anew from the records, line by line. */
  async writeTable(): Promise<void> {
    const path = join(this.folder, predictionFiles.table);
    const { classes } = this.settings;
    const temporary = `${path}.tmp`;
    const table = await open(temporary, "w");
    try {
      await table.appendFile(`${csvHeader(classes)}\n`);
      for await (const record of readRecords(join(this.folder, predictionFiles.records))) {
        await table.appendFile(`${csvRow(record, classes)}\n`);
      }
    } finally {
      await table.close();
    }
    await rename(temporary, path);
  }

  async writeFailures(
    failures: readonly { readonly image: string; readonly reason: string }[],
  ): Promise<void> {
    const lines = failures.map((failure) => `${JSON.stringify(failure)}\n`).join("");
    await writeFileAtomic(join(this.folder, predictionFiles.failures), lines);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.records.close();
  }
}

function stemOf(path: string): string {
  return path.slice(0, path.length - extname(path).length);
}

async function settle(folder: string, settings: PredictionSettings): Promise<void> {
  const path = join(folder, predictionFiles.settings);
  const text = await readFile(path, "utf8").catch(() => undefined);
  if (text === undefined) {
    await writeFileAtomic(path, `${JSON.stringify(settings, undefined, 2)}\n`);
    return;
  }
  if (canonicalJson(parsed(text)) === canonicalJson(settings)) return;
  throw UserError.of(
    folder,
    "results of another model, spacing or choice of overlays",
    "a new folder, or one with results of these",
    "choose another folder with --out",
  );
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** @returns the records up to the first line that is cut off, and how many bytes they take */
async function wholeRecords(path: string): Promise<{ records: PredictionRecord[]; bytes: number }> {
  const text = await readFile(path, "utf8").catch(() => "");
  const records: PredictionRecord[] = [];
  let bytes = 0;
  for (const line of text.split("\n").slice(0, -1)) {
    const record = predictionRecordSchema.safeParse(parsed(line));
    if (!record.success) break;
    records.push(record.data);
    bytes += Buffer.byteLength(line) + 1;
  }
  return { records, bytes };
}

async function* readRecords(path: string): AsyncGenerator<PredictionRecord> {
  for await (const line of createInterface({
    input: createReadStream(path),
    crlfDelay: Number.POSITIVE_INFINITY,
  })) {
    yield predictionRecordSchema.parse(JSON.parse(line));
  }
}
