import { type FileTree, fileNameOf, folderOf, joinPath } from "../file-tree.js";
import { DraftBuilder } from "./draft-builder.js";
import { type DraftSample, defineImporter, type MaskDraft } from "./importer.js";

const FILE = /^((benign|malignant|normal) \(\d+\))(_mask(?:_\d+)?)?\.png$/;

interface Found {
  image?: string;
  readonly masks: string[];
  readonly rawClass: string;
}

/**
 * BUSI: `benign (1).png`, `benign (1)_mask.png`, further lesions `_mask_1.png`, … (their union is the mask).
 * The set has no patient ids. Normal images are known to hold no lesion, whatever their mask files say.
 * Al-Dhabyani et al., Data in Brief 28:104863, 2020.
 */
export const busi = defineImporter({
  name: "busi",
  title: "BUSI, breast ultrasound images",
  licence: "CC0 or CC BY 4.0 by source; see the place you fetched it from",
  citation:
    "Al-Dhabyani W, Gomaa M, Khaled H, Fahmy A. Dataset of breast ultrasound images. Data in Brief 28:104863, 2020",
  classMap: { benign: "benign", malignant: "malignant", normal: "excluded" },
  otherClasses: "refuse",
  detect: async (tree) => tree.list().some((path) => FILE.test(fileNameOf(path))),
  async read(tree) {
    const draft = new DraftBuilder();
    for (const [name, found] of collect(tree)) {
      const sample = sampleOf(name, found, draft);
      if (sample !== undefined) draft.add(sample);
    }
    return draft.build();
  },
});

function collect(tree: FileTree): Map<string, Found> {
  const byName = new Map<string, Found>();
  for (const path of tree.list()) {
    const match = FILE.exec(fileNameOf(path));
    if (match === null) continue;
    const name = joinPath(folderOf(path), match[1] ?? "");
    const found: Found = byName.get(name) ?? { masks: [], rawClass: match[2] ?? "" };
    if (match[3] === undefined) found.image = path;
    else found.masks.push(path);
    byName.set(name, found);
  }
  return byName;
}

function sampleOf(
  name: string,
  { image, masks, rawClass }: Found,
  draft: DraftBuilder,
): DraftSample | undefined {
  if (image === undefined) {
    for (const mask of masks) draft.maskWithoutImage(mask, `the image ${name}.png`);
    return undefined;
  }
  if (masks.length === 0 && rawClass !== "normal") draft.imageWithoutMask(image);
  const files: MaskDraft[] = masks.map((path) => ({ kind: "file", path }));
  const known = rawClass === "normal" ? [] : files.length === 0 ? null : files;
  return { image, masks: known, rawClass, group: null, attributes: {} };
}
