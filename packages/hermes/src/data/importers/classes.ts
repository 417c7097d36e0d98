import { type Complaint, UserError } from "../../errors.js";
import type { ClassMap, ClassTarget, Importer } from "./importer.js";

const USUAL_CLASSES = ["benign", "malignant"];
/** Words for the finding to be found; they come last, the last class is the positive one. */
const POSITIVE_WORDS = ["malignant", "cancer", "positive", "abnormal", "1"];

export interface ClassChoices {
  /** Laid over the importer's own map. */
  readonly classMap?: ClassMap | undefined;
  /** The classes in order, the positive one last. */
  readonly classes?: readonly string[] | undefined;
}

export interface ResolvedClasses {
  readonly classes: readonly string[];
  targetOf(rawClass: string): ClassTarget;
}

/**
 * Decides what each of the set's own class words counts as.
 *
 * @throws UserError for unknown words, or if no two classes come out
 */
export function resolveClasses(
  importer: Importer,
  rawClasses: readonly string[],
  choices: ClassChoices,
): ResolvedClasses {
  const map = new Map<string, ClassTarget>();
  for (const [word, target] of Object.entries({ ...importer.classMap, ...choices.classMap }))
    map.set(word.toLowerCase(), target);
  const words = [...new Set(rawClasses)];
  const unknown = words.filter((word) => importer.otherClasses === "refuse" && !map.has(word.toLowerCase()));
  if (unknown.length > 0) throw new UserError(unknown.map((word) => unknownClass(word, importer)));
  const targetOf = (word: string): ClassTarget => map.get(word.toLowerCase()) ?? word;
  const targets = importer.otherClasses === "refuse" ? [...map.values()] : words.map(targetOf);
  return { classes: orderClasses(targets.filter(isClassName), choices.classes), targetOf };
}

function isClassName(target: ClassTarget): boolean {
  return target !== "excluded" && target !== "unlabelled";
}

function unknownClass(word: string, importer: Importer): Complaint {
  return {
    what: `class ${JSON.stringify(word)} of the ${importer.name} set`,
    got: "a class without a meaning",
    wanted: `one of ${Object.keys(importer.classMap).join(", ")}`,
    fix: `say what it counts as: --class-map ${JSON.stringify(`${word}=unlabelled`)}`,
  };
}

function orderClasses(targets: readonly string[], chosen: readonly string[] | undefined): string[] {
  const found = [...new Set(targets)];
  if (chosen !== undefined) {
    const missing = found.filter((name) => !chosen.includes(name));
    if (missing.length === 0 && chosen.length >= 2) return [...chosen];
    throw UserError.of(
      `--classes ${chosen.join(",")}`,
      `images of class ${found.join(", ")}`,
      "at least two classes, every one in the list",
      "add the others to --classes, or map them with --class-map name=unlabelled",
    );
  }
  if (found.every((name) => USUAL_CLASSES.includes(name))) return USUAL_CLASSES;
  if (found.length < 2) {
    throw UserError.of(
      "the classes of the set",
      `only ${JSON.stringify(found[0])}`,
      "at least two",
      "name all of them, the positive one last: --classes first,second",
    );
  }
  const isPositive = (name: string) => (POSITIVE_WORDS.includes(name.toLowerCase()) ? 1 : 0);
  return found.sort((a, b) => isPositive(a) - isPositive(b) || (a < b ? -1 : 1));
}
