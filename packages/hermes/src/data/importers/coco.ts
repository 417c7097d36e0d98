import { z } from "zod";
import { type FileTree, fileNameOf, folderOf, joinPath } from "../file-tree.js";
import { issueText } from "../issue-text.js";
import { describeListedPath, PathFinder } from "../listed-path.js";
import { DraftBuilder } from "./draft-builder.js";
import { defineImporter, type ImporterOptions, type MaskDraft } from "./importer.js";

const idSchema = z.union([z.number(), z.string()]);

const cocoSchema = z.object({
  images: z.array(
    z.object({
      id: idSchema,
      file_name: z.string(),
      patient_id: idSchema.optional(),
      case_id: idSchema.optional(),
      group: idSchema.optional(),
    }),
  ),
  annotations: z
    .array(
      z.object({
        image_id: idSchema,
        category_id: idSchema.optional(),
        segmentation: z.unknown().optional(),
      }),
    )
    .default([]),
  categories: z.array(z.object({ id: idSchema, name: z.string() })).default([]),
});
type Coco = z.output<typeof cocoSchema>;
type CocoImage = Coco["images"][number];
type CocoAnnotation = Coco["annotations"][number];

/** One ring: x and y in turn. */
const ringsSchema = z.array(z.array(z.number()));

/**
 * COCO JSON: outlines as polygons, classes as categories if there are at least two of them (a single category,
 * `lesion`, says where but not what). `patient_id`, `case_id` or `group` of an image is its group.
 * Differs from COCO: run-length masks are not read, they are reported.
 */
export const coco = defineImporter({
  name: "coco",
  title: "images with a COCO file",
  licence: "unknown",
  citation: null,
  classMap: { normal: "excluded" },
  otherClasses: "keep",
  detect: async (tree) => {
    for (const path of jsonFiles(tree)) {
      const text = await tree.readText(path);
      if (/"images"\s*:\s*\[/.test(text) && /"(annotations|categories)"\s*:\s*\[/.test(text)) return true;
    }
    return false;
  },
  async read(tree, options) {
    const draft = new DraftBuilder();
    for (const path of chooseFiles(tree, options, draft)) {
      const parsed = parseCoco(await tree.readText(path), path, draft);
      if (parsed !== undefined) readCoco(tree, path, parsed, options, draft);
    }
    return draft.build();
  },
});

function jsonFiles(tree: FileTree): string[] {
  return tree.list().filter((path) => /\.json$/i.test(path));
}

/** All files if none is named: train.json and val.json of one set are read together. */
function chooseFiles(tree: FileTree, options: ImporterOptions, draft: DraftBuilder): string[] {
  const files = jsonFiles(tree);
  if (options.annotations === undefined) {
    if (files.length === 0)
      draft.problem(tree.name, "no .json file", "a COCO file", "put it into the folder");
    return files;
  }
  const found = new PathFinder(tree).find(options.annotations, [""]);
  if (found.kind === "found") return [found.path];
  draft.problem(
    `--annotations ${options.annotations}`,
    describeListedPath(options.annotations, found),
    `one of ${files.join(", ")}`,
    "name the file relative to the data folder",
  );
  return [];
}

function parseCoco(text: string, path: string, draft: DraftBuilder): Coco | undefined {
  const fix = "correct the file, or export it again";
  let value: unknown;
  try {
    value = JSON.parse(text.replace(/^\uFEFF/, ""));
  } catch (error) {
    draft.problem(
      path,
      `broken JSON (${error instanceof Error ? error.message : String(error)})`,
      "a COCO file",
      fix,
    );
    return undefined;
  }
  const parsed = cocoSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  for (const issue of parsed.error.issues.slice(0, 5)) {
    draft.problem(path, `a fault in ${issue.path.join(".") || "the whole"}`, issueText(issue), fix);
  }
  return undefined;
}

function readCoco(
  tree: FileTree,
  path: string,
  content: Coco,
  options: ImporterOptions,
  draft: DraftBuilder,
): void {
  const finder = new PathFinder(tree);
  const base = folderOf(path);
  const names = new Map(content.categories.map(({ id, name }) => [id, name]));
  const annotations = new Map<CocoImage["id"], CocoAnnotation[]>(content.images.map(({ id }) => [id, []]));
  content.annotations.forEach((annotation, index) => {
    const list = annotations.get(annotation.image_id);
    if (list === undefined) {
      draft.problem(
        `${path}, annotations.${index}`,
        `image_id ${annotation.image_id}`,
        "the id of an image in the file",
        "add the image, or take the annotation out",
      );
    } else list.push(annotation);
  });
  for (const image of content.images) {
    const where = `${path}, image ${image.id}`;
    const folders = [
      base,
      joinPath(base, "images"),
      ...(options.images === undefined ? [] : [options.images]),
      "",
    ];
    const found = finder.find(image.file_name, folders);
    if (found.kind !== "found") {
      draft.problem(
        where,
        `file_name ${describeListedPath(image.file_name, found)}`,
        "a file inside the folder",
        "correct the path or put the file back",
      );
      continue;
    }
    const own = annotations.get(image.id) ?? [];
    const group = image.patient_id ?? image.case_id ?? image.group;
    draft.add({
      image: found.path,
      masks: own.length === 0 && options.emptyImages === "no-lesion" ? [] : masksOf(own, where, draft),
      rawClass: names.size < 2 ? null : classOf(own, names, where, draft),
      group: group === undefined ? null : String(group),
      attributes: { list: fileNameOf(path) },
    });
  }
}

function classOf(
  annotations: readonly CocoAnnotation[],
  names: ReadonlyMap<CocoImage["id"], string>,
  where: string,
  draft: DraftBuilder,
): string | null {
  const found = new Set<string>();
  for (const { category_id } of annotations) {
    if (category_id === undefined) continue;
    const name = names.get(category_id);
    if (name === undefined)
      draft.problem(
        where,
        `category_id ${category_id}`,
        "the id of a category in the file",
        "add the category, or correct the id",
      );
    else found.add(name);
  }
  if (found.size > 1) {
    draft.warn(
      where,
      `the categories ${[...found].join(" and ")}`,
      "one class per image",
      "give its lesions one category; the image counts as unlabelled",
    );
    return null;
  }
  return [...found][0] ?? null;
}

/** An image with one unreadable outline gets no mask at all: a part of the lesions would be a wrong mask. */
function masksOf(
  annotations: readonly CocoAnnotation[],
  where: string,
  draft: DraftBuilder,
): MaskDraft[] | null {
  const masks: MaskDraft[] = [];
  for (const { segmentation } of annotations) {
    if (segmentation === undefined || (Array.isArray(segmentation) && segmentation.length === 0)) continue;
    const rings = ringsSchema.safeParse(segmentation);
    if (!rings.success || rings.data.some((ring) => ring.length < 6 || ring.length % 2 !== 0)) {
      const got = Array.isArray(segmentation) ? "an outline that is no polygon" : "a run-length mask";
      draft.warn(
        where,
        got,
        "polygons [[x, y, x, y, x, y, …]]",
        "export the outlines as polygons; the image counts as one without outline",
      );
      return null;
    }
    for (const ring of rings.data) masks.push({ kind: "polygon", pointsPx: pointsOf(ring) });
  }
  return masks.length === 0 ? null : masks;
}

function pointsOf(ring: readonly number[]): [number, number][] {
  return Array.from({ length: ring.length / 2 }, (_, index) => [
    ring[2 * index] ?? 0,
    ring[2 * index + 1] ?? 0,
  ]);
}
