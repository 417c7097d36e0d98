import { z } from "zod";
import { UserError } from "../errors.js";
import { nearestName } from "../nearest-name.js";
import { type Plan, planSchema } from "../train/plan.js";
import { trainingSettingsSchema } from "../train/settings.js";
import { methodByName, modelByName, parseOptions, pathsOf, profileByName } from "./by-name.js";
import type { Dataset } from "./dataset-folder.js";
import { planComplaints } from "./plan-complaints.js";
import type { PublicWeights } from "./pretrained-weights.js";
import type { TrainingDataset } from "./training-dataset.js";

export interface PlanRequest {
  readonly method: string;
  readonly profile: string;
  readonly seed: number;
  readonly split: string;
  readonly labels: string;
  readonly dataset: Dataset;
  readonly training: TrainingDataset;
  /** Files that the networks begin from; none: all at random. */
  readonly weights: readonly PublicWeights[];
  /** `key=value` in dotted form; later ones win. */
  readonly settings: readonly string[];
  /** Nested settings of a file, below `settings`; see {@link configSchema}. */
  readonly config: unknown;
  readonly codeVersion: string;
}

type Section = "training" | "method" | "model";
type Nested = { [key: string]: unknown };

const section = z.record(z.string(), z.unknown()).default({});

/** What a config file may hold. */
const configSchema = z.strictObject({
  model: z.string().optional(),
  training: section,
  methodOptions: section,
  modelOptions: section,
});

/**
 * Lays profile, the method's wishes for the model, config file and single settings over the defaults of the schemas.
 * @throws UserError for unknown names (with the nearest known one), wrong values, and data that cannot be trained on
 */
export function resolvePlan(request: PlanRequest): Plan {
  const profile = profileByName(request.profile);
  const method = methodByName(request.method);
  const config = parseOptions(configSchema, request.config, "--config");
  const model = modelByName(config.model ?? profile.model);
  const known: Record<Section, string[]> = {
    training: pathsOf(trainingSettingsSchema),
    method: pathsOf(method.options),
    model: pathsOf(model.options),
  };
  const sections: Record<Section, Nested> = {
    training: merge(profile.training as Nested, config.training),
    method: merge(nested(profile.methodOptions[method.name]), config.methodOptions),
    model: merge(
      model.name === profile.model ? (profile.modelOptions as Nested) : {},
      merge(modelDefaults(method.modelDefaults ?? {}, known.model), config.modelOptions),
    ),
  };
  for (const setting of request.settings) {
    const { section, path, value } = readSetting(setting, known);
    sections[section] = withValue(sections[section], path, value);
  }
  const training = parseOptions(trainingSettingsSchema, sections.training, "training");
  const methodOptions = parseOptions(method.options, sections.method, "method");
  const modelOptions = parseOptions(model.options, sections.model, "model");
  const complaints = planComplaints({
    training: request.training,
    settings: training,
    method,
    methodOptions,
    model,
    modelOptions,
  });
  if (complaints.length > 0) throw new UserError(complaints);
  const { header } = request.training.dataset.manifest;
  const { view } = request.training;
  return planSchema.parse({
    kind: "hermes-plan",
    version: 1,
    method: { name: method.name, options: methodOptions },
    model: {
      name: model.name,
      options: modelOptions,
      classes: header.classes,
    },
    profile: profile.name,
    training,
    weights: plannedWeights(request.weights),
    data: {
      title: header.title,
      manifestHash: request.dataset.manifestHash,
      split: request.split,
      splitHash: view.splitHash,
      labels: request.labels,
      labelledImages: view.labelled.length,
      unlabelledImages: view.unlabelled.length,
      licence: header.licence,
      citation: header.citation,
    },
    seed: request.seed,
    codeVersion: request.codeVersion,
  });
}

/** @returns those of a method's wishes that the model has an option for */
function modelDefaults(wanted: Readonly<Record<string, unknown>>, known: readonly string[]): Nested {
  return Object.fromEntries(Object.entries(wanted).filter(([name]) => known.includes(name)));
}

/** The order of several files is not the user's: each fills the parts of its own architecture. */
function plannedWeights(weights: readonly PublicWeights[]): Plan["weights"] {
  const files = weights
    .map(({ name, sha256 }) => ({ name, sha256 }))
    .sort((a, b) => (a.sha256 < b.sha256 ? -1 : 1));
  const [first, second] = files;
  if (first === undefined) return { kind: "random" };
  return second === undefined ? { kind: "file", ...first } : { kind: "files", files };
}

function nested(value: unknown): Nested {
  return typeof value === "object" && value !== null ? Object.fromEntries(Object.entries(value)) : {};
}

function merge(below: Nested, above: Nested): Nested {
  const out: Nested = { ...below };
  for (const [key, value] of Object.entries(above)) {
    const old = out[key];
    const both =
      typeof value === "object" &&
      value !== null &&
      typeof old === "object" &&
      old !== null &&
      !Array.isArray(value);
    out[key] = both ? merge(nested(old), nested(value)) : value;
  }
  return out;
}

function withValue(tree: Nested, path: readonly string[], value: unknown): Nested {
  const [head, ...rest] = path;
  return { ...tree, [head!]: rest.length === 0 ? value : withValue(nested(tree[head!]), rest, value) };
}

interface Setting {
  readonly section: Section;
  readonly path: readonly string[];
  readonly value: unknown;
}

const SECTIONS = ["training", "method", "model"] as const;

/** `steps=600`, `segmentation.learningRate=1e-3`, `method.consistencyWeight=0`. */
function readSetting(setting: string, known: Readonly<Record<Section, readonly string[]>>): Setting {
  const at = setting.indexOf("=");
  if (at < 1)
    throw UserError.of(`--set ${setting}`, "no `=`", "key=value", "write for example --set steps=600");
  const [name, text] = [setting.slice(0, at), setting.slice(at + 1)];
  const named = SECTIONS.find((each) => name.startsWith(`${each}.`));
  const own = named === undefined ? name : name.slice(named.length + 1);
  const candidates = named === undefined ? SECTIONS : [named];
  for (const section of candidates) {
    if (known[section].includes(own)) return { section, path: own.split("."), value: readValue(text) };
  }
  const all = candidates.flatMap((section) => known[section]);
  const near = nearSettings(own, all);
  // Some fifty names are listed only where none of them resembles what was typed.
  throw UserError.of(
    `--set ${name}`,
    "no such setting",
    near.length === 0 ? `one of ${all.join(", ")}` : `one of ${all.length} keys, which \`hermes list\` shows`,
    near.length === 0 ? "choose one" : `did you mean ${near.join(" or ")}?`,
  );
}

/** @returns the settings of groups that end in what was typed (`learningRate` is one of each task), else the nearest by letters */
function nearSettings(typed: string, all: readonly string[]): readonly string[] {
  const end = `.${typed.toLowerCase()}`;
  const nested = all.filter((path) => path.toLowerCase().endsWith(end));
  if (nested.length > 0) return nested;
  const nearest = nearestName(typed, all);
  return nearest === undefined ? [] : [nearest];
}

function readValue(text: string): unknown {
  if (text === "null") return null;
  const number = Number(text);
  return text.trim() !== "" && Number.isFinite(number) ? number : text;
}
