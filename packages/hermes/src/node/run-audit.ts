import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import sharp from "sharp";
import type { AuditReport } from "../data/audit/audit-report.js";
import { type AuditedImage, checkDuplicates } from "../data/audit/conflicts.js";
import { type Decision, parseDecisions } from "../data/audit/decisions.js";
import { type Finding, finding } from "../data/audit/finding.js";
import { checkImage, checkSizes, type ImageStatistics } from "../data/audit/image-checks.js";
import { checkMask, type MaskFacts } from "../data/audit/mask-checks.js";
import {
  findDuplicatePairs,
  type ImagePrint,
  PRINT_SIDE_PX,
  pictureOf,
} from "../data/audit/near-duplicates.js";
import { probeShortcuts, type ShortcutProbe } from "../data/audit/shortcut-probe.js";
import { checkSplitLeaks } from "../data/audit/split-leaks.js";
import { shrink, type Thumbnail } from "../data/audit/thumbnail.js";
import { mapConcurrent } from "../data/map-concurrent.js";
import { toGrey } from "../data/raster.js";
import type { Sample } from "../data/sample.js";
import { parseSplit } from "../data/split/split-file.js";
import { UserError } from "../errors.js";
import { type Dataset, datasetFiles } from "./dataset-folder.js";
import { decodeImage } from "./image-codec.js";
import { loadMask } from "./load-mask.js";
import { listSplits, splitPath } from "./split-store.js";

export interface AuditRequest {
  readonly dataset: Dataset;
  readonly onProgress?: (done: number, total: number) => void;
  readonly signal?: AbortSignal;
}

const FILES_AT_ONCE = 4;
const COMMON_SHARE = 0.1;
/** The shortcut is reported if the lower end of its interval is above this. */
const SHORTCUT_AUC = 0.6;

/** Looks at every image, mask and split of a data set. Reads only; the caller saves the report. */
export async function runAudit({ dataset, onProgress, signal }: AuditRequest): Promise<AuditReport> {
  const { samples, header } = dataset.manifest;
  const { decisions, decisionsHash } = await readDecisions(dataset);
  let done = 0;
  const examined = await mapConcurrent(samples, FILES_AT_ONCE, async (sample) => {
    signal?.throwIfAborted();
    const result = await examine(dataset, sample);
    onProgress?.(++done, samples.length);
    return result;
  });
  const readable = examined.flatMap(({ content }) => (content === null ? [] : [content]));
  const duplicates = checkDuplicates(
    readable.map(({ image }) => image),
    findDuplicatePairs(readable.map(({ print }) => print)),
    decisions,
  );
  const probe = probeOf(readable, duplicates.nearDuplicateGroups, header.classes);
  const findings = [
    ...softenCommon(
      examined.flatMap((result) => result.findings),
      samples.length,
    ),
    ...checkSizes(readable.map(({ image: { id }, statistics }) => ({ id, ...statistics }))),
    ...duplicates.findings,
    ...(await splitFindings(dataset, duplicates.nearDuplicateGroups)),
    ...shortcutFindings(probe),
  ];
  return {
    kind: "hermes-audit",
    version: 1,
    manifestHash: dataset.manifestHash,
    decisionsHash,
    images: samples.length,
    findings: findings.map((one) => ({ ...one, ids: [...one.ids] })),
    nearDuplicateGroups: duplicates.nearDuplicateGroups,
    blocking: findings
      .filter(({ severity }) => severity === "blocking")
      .map(({ code, ids, message }) => ({ code, ids: [...ids], message })),
    shortcutProbe: probe,
  };
}

/**
 * Where many outlines seem misplaced, lesions of this set are simply not darker than what is around them (thyroid): the
 * findings stay, as remarks.
 */
function softenCommon(findings: readonly Finding[], images: number): Finding[] {
  const misplaced = findings.filter(({ code }) => code === "mask-misplaced").length;
  if (misplaced <= COMMON_SHARE * images) return [...findings];
  return findings.map((one) => (one.code === "mask-misplaced" ? { ...one, severity: "info" } : one));
}

interface Examined {
  readonly findings: Finding[];
  /** `null` if the image cannot be read. */
  readonly content: ExaminedContent | null;
}

interface ExaminedContent {
  readonly image: AuditedImage;
  readonly print: ImagePrint;
  readonly statistics: ImageStatistics;
}

async function examine(dataset: Dataset, sample: Sample): Promise<Examined> {
  try {
    const bytes = await readFile(dataset.pathOf(sample.image));
    const image = await decodeImage(bytes, sample.image);
    const { findings, statistics } = checkImage(sample.id, image);
    const sha256 = createHash("sha256").update(bytes).digest("hex");
    if (sha256 !== sample.sha256)
      findings.push(finding("changed-file", [sample.id], "its bytes differ from the manifest; import again"));
    const grey = toGrey(image);
    const mask = await examineMask(dataset, sample, grey, image);
    return {
      findings: [...findings, ...mask.findings],
      content: {
        image: {
          id: sample.id,
          className: sample.className,
          group: sample.group,
          excluded: sample.excluded,
          mask: mask.thumbnail,
        },
        print: { pixelHash: pixelHashOf(image), picture: pictureOf(grey, image) },
        statistics,
      },
    };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return { findings: [finding("unreadable-file", [sample.id], error.message)], content: null };
  }
}

/** @param size of the image as decoded, which the mask has to have too */
async function examineMask(
  dataset: Dataset,
  sample: Sample,
  grey: Uint8Array,
  size: { widthPx: number; heightPx: number },
): Promise<{ findings: Finding[]; thumbnail: Thumbnail | null }> {
  const actual = { ...sample, widthPx: size.widthPx, heightPx: size.heightPx };
  try {
    const mask = await loadMask(dataset, actual);
    if (mask === null) return { findings: [], thumbnail: null };
    const facts: MaskFacts = {
      id: sample.id,
      ...mask,
      filesWithAlpha: await filesWithAlpha(dataset, sample),
      lesion: lesionOf(sample, dataset.manifest.header.classes),
    };
    const side = { widthPx: PRINT_SIDE_PX, heightPx: PRINT_SIDE_PX };
    const shares = shrink(mask.data, mask, side).data;
    return {
      findings: checkMask(facts, grey),
      thumbnail: { ...side, data: Uint8Array.from(shares, (share) => Math.round(255 * share)) },
    };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return { findings: [finding("unreadable-file", [sample.id], error.message)], thumbnail: null };
  }
}

async function filesWithAlpha(dataset: Dataset, sample: Sample): Promise<string[]> {
  const found: string[] = [];
  for (const source of sample.masks ?? []) {
    if (source.kind !== "file" || /\.(bmp|jpe?g)$/i.test(source.path)) continue;
    const { hasAlpha } = await sharp(dataset.pathOf(source.path)).metadata();
    if (hasAlpha) found.push(source.path);
  }
  return found;
}

function lesionOf(sample: Sample, classes: readonly string[]): MaskFacts["lesion"] {
  if (sample.className === null) return sample.excluded === null ? "unknown" : "not-expected";
  return classes.includes(sample.className) ? "expected" : "not-expected";
}

function pixelHashOf({
  widthPx,
  heightPx,
  channels,
  data,
}: {
  widthPx: number;
  heightPx: number;
  channels: number;
  data: Uint8Array;
}): string {
  return createHash("sha256").update(`${widthPx}x${heightPx}x${channels}:`).update(data).digest("hex");
}

/** `decisionsHash` is of the file's bytes; `null` without one. */
async function readDecisions(
  dataset: Dataset,
): Promise<{ decisions: readonly Decision[]; decisionsHash: string | null }> {
  const path = join(dataset.folder, datasetFiles.decisions);
  const text = await readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return undefined;
    throw error;
  });
  if (text === undefined) return { decisions: [], decisionsHash: null };
  const ids = new Set(dataset.manifest.samples.map(({ id }) => id));
  const decisions = parseDecisions(text, path, ids, dataset.manifest.header.classes);
  return { decisions, decisionsHash: createHash("sha256").update(text).digest("hex") };
}

async function splitFindings(dataset: Dataset, nearDuplicateGroups: readonly string[][]): Promise<Finding[]> {
  const patients = new Map<string, string[]>();
  for (const { id, group } of dataset.manifest.samples) {
    if (group !== null) patients.set(group, [...(patients.get(group) ?? []), id]);
  }
  const units = [
    ...[...patients].map(([name, ids]) => ({ name: `patient ${name}`, ids })),
    ...nearDuplicateGroups.map((ids) => ({ name: "a group of copies", ids })),
  ];
  const findings: Finding[] = [];
  for (const name of await listSplits(dataset)) {
    const path = splitPath(dataset, name);
    findings.push(...checkSplitLeaks({ name, ...parseSplit(await readFile(path, "utf8"), path) }, units));
  }
  return findings;
}

function probeOf(
  readable: readonly ExaminedContent[],
  nearDuplicateGroups: readonly string[][],
  classes: readonly string[],
): ShortcutProbe | null {
  const copies = new Map(
    nearDuplicateGroups.flatMap((ids) => ids.map((id) => [id, `copies of ${ids[0]}`] as const)),
  );
  const positive = classes[classes.length - 1] ?? "";
  const images = readable
    .filter(
      ({ image }) => image.excluded === null && image.className !== null && classes.includes(image.className),
    )
    .map(({ image, statistics }) => ({
      statistics,
      label: image.className === positive ? 1 : 0,
      unit: image.group === null ? (copies.get(image.id) ?? image.id) : `patient ${image.group}`,
    }));
  return probeShortcuts(images, positive);
}

function shortcutFindings(probe: ShortcutProbe | null): Finding[] {
  if (probe === null || probe.combined.low <= SHORTCUT_AUC) return [];
  const { auc, low, high } = probe.combined;
  const message = `size, brightness and contrast alone tell ${probe.positiveClass} with AUC ${auc.toFixed(2)} (${low.toFixed(2)}-${high.toFixed(2)})`;
  return [finding("source-shortcut", [], message)];
}
