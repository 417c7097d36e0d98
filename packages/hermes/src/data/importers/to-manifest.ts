import { type Complaint, UserError } from "../../errors.js";
import { fileNameOf, type FileTree, withoutExtension } from "../file-tree.js";
import { mapConcurrent } from "../map-concurrent.js";
import { byCodeUnit } from "../order.js";
import { type Manifest, type ManifestHeader, type MaskSource, type Sample, sampleSchema } from "../sample.js";
import { type ClassChoices, type ResolvedClasses, resolveClasses } from "./classes.js";
import type { Draft, DraftSample, Importer, ImporterOptions, MaskDraft } from "./importer.js";

/** Looks into picture files; the only part of an import that decodes. */
export interface FileInspector {
  /** @throws UserError if the file is no whole picture */
  inspect(path: string, role: "image" | "mask"): Promise<FileFacts>;
}

interface FileFacts {
  readonly widthPx: number;
  readonly heightPx: number;
  readonly sha256: string;
  /** Told by the content: `png`, `jpeg`, … */
  readonly format: string;
}

export interface ImportChoices extends ImporterOptions, ClassChoices {
  readonly licence?: string | undefined;
  readonly title?: string | undefined;
  /** What `source` of each sample says; the importer's name by default. */
  readonly source?: string | undefined;
}

export interface ImportRequest {
  readonly importer: Importer;
  readonly tree: FileTree;
  readonly inspector: FileInspector;
  readonly choices: ImportChoices;
  /** From the manifest's folder to the images. */
  readonly root: string;
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface ImportResult {
  readonly manifest: Manifest;
  readonly warnings: readonly Complaint[];
}

const CONCURRENT_FILES = 4;

/**
 * Turns a folder into a manifest.
 *
 * @throws UserError with every problem of the folder, its lists and its files together
 */
export async function toManifest(request: ImportRequest): Promise<ImportResult> {
  const { importer, tree, choices } = request;
  const draft = await importer.read(tree, choices);
  const warnings: Complaint[] = [...draft.warnings];
  const problems: Complaint[] = [...draft.problems, ...repeatedImages(draft)];
  if (draft.samples.length === 0 && problems.length === 0) problems.push(noImages(tree, importer));
  const classes = classesOrProblems(importer, draft, choices, problems);
  const facts = await inspectFiles(request, draft, warnings, problems);
  const ids = new Set<string>();
  const samples: Sample[] = [];
  for (const entry of [...draft.samples].sort((a, b) => byCodeUnit(a.image, b.image))) {
    const sample = classes === undefined ? undefined : sampleOf(entry, classes, facts, request, ids);
    if (sample === undefined) continue;
    const parsed = sampleSchema.safeParse(sample);
    if (parsed.success) samples.push(parsed.data);
    else problems.push(badName(entry.image, parsed.error.issues[0]?.message ?? "another name"));
  }
  if (problems.length > 0) throw new UserError(problems);
  const header: ManifestHeader = {
    kind: "hermes-manifest",
    version: 1,
    format: importer.name,
    title: choices.title ?? importer.title,
    root: request.root,
    classes: [...(classes?.classes ?? [])],
    licence: choices.licence ?? importer.licence,
    citation: importer.citation,
  };
  return { manifest: { header, samples }, warnings };
}

function classesOrProblems(importer: Importer, draft: Draft, choices: ImportChoices, problems: Complaint[]) {
  const words = draft.samples.flatMap(({ rawClass }) => (rawClass === null ? [] : [rawClass]));
  try {
    return resolveClasses(importer, words, choices);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    problems.push(...error.complaints);
    return undefined;
  }
}

async function inspectFiles(
  { inspector, onProgress, signal }: ImportRequest,
  draft: Draft,
  warnings: Complaint[],
  problems: Complaint[],
): Promise<Map<string, FileFacts>> {
  const files = new Map<string, "image" | "mask">();
  for (const { image, masks } of draft.samples) {
    for (const mask of masks ?? []) if (mask.kind === "file") files.set(mask.path, "mask");
    files.set(image, "image");
  }
  const facts = new Map<string, FileFacts>();
  let done = 0;
  await mapConcurrent([...files], CONCURRENT_FILES, async ([path, role]) => {
    signal?.throwIfAborted();
    try {
      const found = await inspector.inspect(path, role);
      facts.set(path, found);
      if (!nameFits(path, found.format)) warnings.push(renamed(path, found.format));
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      problems.push(...error.complaints);
    }
    onProgress?.(++done, files.size);
  });
  return facts;
}

const EXTENSIONS: Readonly<Record<string, readonly string[]>> = {
  jpeg: ["jpg", "jpeg"],
  tiff: ["tif", "tiff"],
};

function nameFits(path: string, format: string): boolean {
  const extension = path.slice(path.lastIndexOf(".") + 1).toLowerCase();
  return (EXTENSIONS[format] ?? [format]).includes(extension);
}

function renamed(path: string, format: string): Complaint {
  return {
    what: path,
    got: `a ${format} picture by its content`,
    wanted: "a name that says so",
    fix: "nothing needs to be done; it is read as what it is",
  };
}

function sampleOf(
  draft: DraftSample,
  classes: ResolvedClasses,
  facts: ReadonlyMap<string, FileFacts>,
  { importer, choices }: ImportRequest,
  ids: Set<string>,
): Sample | undefined {
  const file = facts.get(draft.image);
  const masks = masksOf(draft.masks, facts);
  if (file === undefined || masks === undefined) return undefined;
  const target = draft.rawClass === null ? "unlabelled" : classes.targetOf(draft.rawClass);
  const bare = withoutExtension(draft.image);
  const id = ids.has(bare) ? draft.image : bare;
  ids.add(id);
  return {
    id,
    image: draft.image,
    widthPx: file.widthPx,
    heightPx: file.heightPx,
    masks,
    className: target === "excluded" ? draft.rawClass : target === "unlabelled" ? null : target,
    group: draft.group,
    excluded: target === "excluded" ? `class ${draft.rawClass}` : null,
    source: choices.source ?? importer.name,
    licence: choices.licence ?? importer.licence,
    sha256: file.sha256,
    attributes: { ...draft.attributes },
  };
}

/** @returns `undefined` if a mask could not be read */
function masksOf(
  drafts: readonly MaskDraft[] | null,
  facts: ReadonlyMap<string, FileFacts>,
): MaskSource[] | null | undefined {
  if (drafts === null) return null;
  const masks: MaskSource[] = [];
  for (const draft of drafts) {
    if (draft.kind === "polygon") {
      masks.push({ kind: "polygon", pointsPx: draft.pointsPx.map(([x, y]) => [x, y]) });
      continue;
    }
    const file = facts.get(draft.path);
    if (file === undefined) return undefined;
    masks.push({ kind: "file", path: draft.path, sha256: file.sha256 });
  }
  return masks;
}

function badName(path: string, message: string): Complaint {
  return { what: path, got: "a path that a manifest cannot hold", wanted: message, fix: "rename the file" };
}

function noImages(tree: FileTree, importer: Importer): Complaint {
  return {
    what: tree.name,
    got: `no image in the form of ${importer.name}`,
    wanted: importer.title,
    fix: "name another folder, or another --format",
  };
}

function repeatedImages({ samples }: Draft): Complaint[] {
  const seen = new Set<string>();
  const repeated = new Set<string>();
  for (const { image } of samples) (seen.has(image) ? repeated : seen).add(image);
  return [...repeated].map((path) => ({
    what: path,
    got: `${fileNameOf(path)} listed twice`,
    wanted: "each image once",
    fix: "take one of the entries out",
  }));
}
