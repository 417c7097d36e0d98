import type { Complaint } from "../../errors.js";
import type { FileTree } from "../file-tree.js";

export type MaskDraft =
  | { readonly kind: "file"; readonly path: string }
  | { readonly kind: "polygon"; readonly pointsPx: readonly (readonly [number, number])[] };

/** What a set says about one image, before files are opened and classes mapped. */
export interface DraftSample {
  readonly image: string;
  /** `null`: unknown; `[]`: known to hold no lesion. */
  readonly masks: readonly MaskDraft[] | null;
  /** The set's own word for the class; `null`: none. */
  readonly rawClass: string | null;
  readonly group: string | null;
  readonly attributes: Readonly<Record<string, string | number>>;
}

export interface Draft {
  readonly samples: readonly DraftSample[];
  /** Faults that leave something out; the import goes on. */
  readonly warnings: readonly Complaint[];
  /** Faults that stop the import; all of them are reported. */
  readonly problems: readonly Complaint[];
}

/** `excluded`: kept in the manifest, left out of splits. `unlabelled`: used without its class. Else a class name. */
export type ClassTarget = "excluded" | "unlabelled" | (string & {});

/** From the set's words, in lower case, to what they count as. */
export type ClassMap = Readonly<Record<string, ClassTarget>>;

/** Choices that only some importers read. */
export interface ImporterOptions {
  /** Folder of the images, below the data folder. */
  readonly images?: string | undefined;
  /** Folder of the masks, below the data folder. */
  readonly masks?: string | undefined;
  readonly csv?: string | undefined;
  readonly idColumn?: string | undefined;
  readonly classColumn?: string | undefined;
  readonly groupColumn?: string | undefined;
  readonly foldColumn?: string | undefined;
  readonly classFrom?: "csv" | "folder" | "none" | undefined;
  /** The COCO file, if there are several JSON files. */
  readonly annotations?: string | undefined;
  /** Whether a COCO image without annotations is unlabelled or holds no lesion. */
  readonly emptyImages?: "unlabelled" | "no-lesion" | undefined;
}

export interface Importer {
  readonly name: string;
  readonly title: string;
  readonly licence: string;
  readonly citation: string | null;
  readonly classMap: ClassMap;
  /** What happens to a class that the map does not name: it keeps its name, or it is a problem. */
  readonly otherClasses: "keep" | "refuse";
  /** @returns whether the folder has the form of this set; cheap, reads at most small files */
  detect(tree: FileTree): Promise<boolean>;
  read(tree: FileTree, options: ImporterOptions): Promise<Draft>;
}

export function defineImporter(importer: Importer): Importer {
  return Object.freeze(importer);
}
