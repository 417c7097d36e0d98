import { type Complaint, UserError } from "../../errors.js";
import { detectImporter } from "../importers/detect.js";
import { type ImportChoices, toManifest } from "../importers/to-manifest.js";
import type { ManifestHeader, Sample } from "../sample.js";
import { memoryTree, pretendInspector } from "./memory-tree.js";

type Files = Readonly<Record<string, string | Uint8Array>>;

export interface ImportedFiles {
  readonly format: string;
  readonly header: ManifestHeader;
  readonly samples: ReadonlyMap<string, Sample>;
  /** `what: got` of each. */
  readonly warnings: readonly string[];
}

/** Detects and imports a folder in memory; every picture counts as whole. */
export async function importFiles(files: Files, choices: ImportChoices = {}): Promise<ImportedFiles> {
  const tree = memoryTree(files);
  const importer = await detectImporter(tree);
  const { manifest, warnings } = await toManifest({
    importer,
    tree,
    inspector: pretendInspector(tree),
    choices,
    root: "..",
  });
  const samples = new Map(manifest.samples.map((sample) => [sample.id, sample]));
  return { format: importer.name, header: manifest.header, samples, warnings: warnings.map(shortLine) };
}

/** @returns `what: got` of each complaint of an import that must fail */
export async function problemsOf(files: Files, choices: ImportChoices = {}): Promise<string[]> {
  try {
    await importFiles(files, choices);
  } catch (error) {
    if (error instanceof UserError) return error.complaints.map(shortLine);
    throw error;
  }
  throw new Error("the import succeeded");
}

/** @returns the files, or the points of the polygons */
export function masksOf(sample: Sample | undefined) {
  return sample?.masks?.map((mask) => (mask.kind === "file" ? mask.path : mask.pointsPx));
}

function shortLine({ what, got }: Complaint): string {
  return `${what}: ${got}`;
}
