import { XMLParser, XMLValidator } from "fast-xml-parser";
import { z } from "zod";
import { type FileTree, fileNameOf, folderOf, joinPath, stemOf, withoutExtension } from "../file-tree.js";
import { DraftBuilder } from "./draft-builder.js";
import { defineImporter, type MaskDraft } from "./importer.js";

const IMAGE = /^(\d+)_(\d+)\.jpe?g$/i;
const CASE_FILE = /^\d+\.xml$/i;

const markSchema = z.object({ image: z.string(), svg: z.string().default("") });
const caseSchema = z.object({
  case: z.object({
    age: z.string().default(""),
    sex: z.string().default(""),
    tirads: z.string().default(""),
    mark: z.array(markSchema).default([]),
  }),
});
type CaseMark = z.output<typeof markSchema>;

const shapesSchema = z.array(
  z.object({
    points: z.array(z.object({ x: z.number(), y: z.number() })),
    regionType: z.string().optional(),
  }),
);

/**
 * DDTI, thyroid: JPEG images `<case>_<n>.jpg`, one XML per case with the TI-RADS category and, per image, the
 * outlines as JSON inside `<svg>`. Pedraza et al., SPIE 9287, 2015.
 *
 * The class is the TI-RADS category: by default 2 and 3 are benign, 4b, 4c and 5 malignant; 4a and a missing
 * category leave the image unlabelled with its mask. Arrows (`regionType: "arrow"`) are no outlines.
 */
export const ddti = defineImporter({
  name: "ddti",
  title: "DDTI, thyroid ultrasound images",
  licence: "open access, no explicit licence",
  citation:
    "Pedraza L, Vargas C, Narváez F, Durán O, Muñoz E, Romero E. An open access thyroid ultrasound image database. SPIE 9287, 2015",
  classMap: {
    "2": "benign",
    "3": "benign",
    "4a": "unlabelled",
    "4b": "malignant",
    "4c": "malignant",
    "5": "malignant",
  },
  otherClasses: "refuse",
  detect: async (tree) => {
    const names = tree.list().map(fileNameOf);
    return names.some((name) => IMAGE.test(name)) && names.some((name) => CASE_FILE.test(name));
  },
  async read(tree) {
    const draft = new DraftBuilder();
    const cases = await readCases(tree, draft);
    for (const path of tree.list()) {
      const match = IMAGE.exec(fileNameOf(path));
      if (match !== null) addImage(path, match[1] ?? "", match[2] ?? "", cases, draft);
    }
    return draft.build();
  },
});

interface CaseFacts {
  readonly path: string;
  readonly tirads: string | null;
  readonly attributes: Readonly<Record<string, string>>;
  readonly marks: readonly CaseMark[];
}

async function readCases(tree: FileTree, draft: DraftBuilder): Promise<Map<string, CaseFacts>> {
  const cases = new Map<string, CaseFacts>();
  const images = new Set(tree.list().map(withoutExtension));
  for (const path of tree.list().filter((file) => CASE_FILE.test(fileNameOf(file)))) {
    const facts = parseCase(await tree.readText(path), path, draft);
    if (facts === undefined) continue;
    cases.set(withoutExtension(path), facts);
    for (const { image } of facts.marks) {
      const wanted = `${withoutExtension(path)}_${image}`;
      if (!images.has(wanted))
        draft.warn(
          path,
          `outlines for image ${image}`,
          `the file ${wanted}.jpg`,
          "put the image back; its outlines were left out",
        );
    }
  }
  return cases;
}

function parseCase(text: string, path: string, draft: DraftBuilder): CaseFacts | undefined {
  const fix = "correct the file or leave it: its images count as unlabelled and without outline";
  const validity = XMLValidator.validate(text);
  if (validity !== true) {
    draft.warn(
      path,
      `broken XML (${validity.err.msg.replace(/\.$/, "")}, line ${validity.err.line})`,
      "one <case> element",
      fix,
    );
    return undefined;
  }
  const parser = new XMLParser({ parseTagValue: false, isArray: (name) => name === "mark" });
  const parsed = caseSchema.safeParse(parser.parse(text));
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    draft.warn(
      path,
      `XML without the fields of a case (${issue?.path.join(".")})`,
      "<case> with <tirads> and <mark>",
      fix,
    );
    return undefined;
  }
  const { tirads, age, sex, mark } = parsed.data.case;
  const attributes = Object.fromEntries(
    Object.entries({ tirads, age, sex }).filter(([, value]) => value !== ""),
  );
  return { path, tirads: tirads === "" ? null : tirads, attributes, marks: mark };
}

function addImage(
  image: string,
  caseName: string,
  number: string,
  cases: ReadonlyMap<string, CaseFacts>,
  draft: DraftBuilder,
): void {
  const facts = cases.get(joinPath(folderOf(image), caseName));
  if (facts === undefined)
    draft.warn(
      image,
      "no readable case file",
      `${caseName}.xml`,
      "put it back; the image counts as unlabelled",
    );
  const polygons = (facts?.marks ?? [])
    .filter((mark) => mark.image === number)
    .flatMap(({ svg }) => polygonsOf(svg, `${facts?.path}, outline of image ${stemOf(image)}`, draft));
  draft.add({
    image,
    masks: polygons.length === 0 ? null : polygons,
    rawClass: facts?.tirads ?? null,
    group: caseName,
    attributes: facts?.attributes ?? {},
  });
}

/** A broken outline is left out whole: half of a polygon would be a wrong mask. */
function polygonsOf(svg: string, where: string, draft: DraftBuilder): MaskDraft[] {
  const fix = "correct the outline or leave it: the image counts as one without outline";
  if (svg.trim() === "") {
    draft.warn(where, "no outline", "a list of points", fix);
    return [];
  }
  let value: unknown;
  try {
    value = JSON.parse(svg);
  } catch {
    draft.warn(
      where,
      `broken JSON after ${svg.length} characters, probably cut off`,
      "a whole list of points",
      fix,
    );
    return [];
  }
  const shapes = shapesSchema.safeParse(value);
  if (!shapes.success) {
    draft.warn(where, "JSON without points", 'a list of {"points": [{"x", "y"}, …]}', fix);
    return [];
  }
  const outlines = shapes.data.filter(
    ({ points, regionType }) => regionType !== "arrow" && points.length >= 3,
  );
  if (outlines.length === 0) draft.warn(where, "only arrows or fewer than 3 points", "a closed outline", fix);
  return outlines.map(({ points }) => ({
    kind: "polygon",
    pointsPx: points.map(({ x, y }) => [x, y] as const),
  }));
}
