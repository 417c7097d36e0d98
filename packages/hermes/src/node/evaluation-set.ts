import { readFile } from "node:fs/promises";
import { z } from "zod";
import type { Sample } from "../data/sample.js";
import type { SplitFile } from "../data/split/split-file.js";
import { countOpenings, openTestIds } from "../data/split/test-ledger.js";
import { UserError } from "../errors.js";
import type { Evaluation, EvaluationPart } from "../evaluate/evaluation.js";
import type { RunFacts } from "../evaluate/run-facts.js";
import { didYouMean } from "./by-name.js";
import type { Dataset } from "./dataset-folder.js";
import { decidedDataset, decidedDatasetOf } from "./decided-dataset.js";
import { currentUser, ledgerFile } from "./ledger-file.js";
import type { EvaluationData } from "./open-evaluation-data.js";
import type { RunKnowledge } from "./run-knowledge.js";
import { listSplits, readSplit } from "./split-store.js";

export interface EvaluationSetRequest {
  readonly data: EvaluationData;
  /** A part, or the path of a file with one id per line. */
  readonly choice: string;
  readonly facts: RunFacts;
  /** From an earlier evaluation on the run's own data. */
  readonly knowledge: RunKnowledge | undefined;
}

const planCriterionSchema = z.looseObject({ training: z.looseObject({ criterion: z.string() }) });

function useOfValidation({ plan }: RunFacts): string {
  const { criterion } = planCriterionSchema.parse(plan).training;
  return criterion === "last"
    ? "are validation images, which the thresholds are fitted on: numbers that need a threshold are too good."
    : "chose the checkpoint (validation): the numbers are too good.";
}

/** What `--split` names of the run's own data set, and of another, where all images are test images. */
const PARTS_OF_OWN = ["test", "val", "all"] as const satisfies readonly EvaluationPart[];
const PARTS_OF_OTHER = ["test", "all"] as const satisfies readonly EvaluationPart[];

/** The images to evaluate, chosen and written down. */
export interface EvaluationSet {
  /** Decisions are laid over it. */
  readonly dataset: Dataset;
  readonly samples: readonly Sample[];
  readonly part: EvaluationPart;
  readonly relation: Evaluation["data"]["relation"];
  readonly testLooks: Evaluation["testLooks"];
  readonly notes: readonly string[];
  /** Validation images of the run's own split; empty for another data set. */
  readonly validation: readonly Sample[];
  /** Training images of the run's own split; empty for another data set. */
  readonly training: readonly Sample[];
}

/**
 * Chooses the images. Those that the run was trained on are refused; opening test images is written to the ledger.
 * @throws UserError with the ids of training images among the chosen ones
 */
export async function openEvaluationSet(request: EvaluationSetRequest): Promise<EvaluationSet> {
  const own = request.data.dataset.manifestHash === request.facts.manifestHash;
  return own ? openOwn(request) : openOther(request);
}

async function openOwn({ data, choice, facts }: EvaluationSetRequest): Promise<EvaluationSet> {
  const split = await splitOfRun(data, facts);
  const dataset = await decidedDatasetOf(data.dataset, split);
  const byId = new Map(dataset.manifest.samples.map((sample) => [sample.id, sample]));
  const { part, ids } = await chosenIds(choice, split, byId);
  refuseTraining(
    ids.filter((id) => split.train.includes(id)),
    `--split ${choice}`,
  );
  const opened = ids.some((id) => split.test.includes(id));
  const ledger = ledgerFile(data.dataset);
  if (opened) {
    const purpose = part === "ids" ? `evaluate, ${ids.length} images of a list` : "evaluate";
    await openTestIds(split, ledger, { ...now(), runId: facts.id, purpose });
  }
  const entries = opened ? await ledger.entries() : [];
  const ofRun = entries.filter(({ runId }) => runId === facts.id);
  const val = ids.filter((id) => split.val.includes(id)).length;
  const which = part === "val" ? "These images" : `${val} of these images`;
  const notes = val === 0 ? [] : [`${which} ${useOfValidation(facts)}`];
  const samplesOf = (wanted: readonly string[]) => wanted.flatMap((id) => byId.get(id) ?? []);
  return {
    dataset,
    samples: samplesOf(ids),
    part,
    relation: "own",
    testLooks: opened
      ? { all: countOpenings(entries, split.hash), byThisRun: countOpenings(ofRun, split.hash) }
      : null,
    notes,
    validation: samplesOf(split.val),
    training: samplesOf(split.train),
  };
}

async function openOther({ data, choice, facts, knowledge }: EvaluationSetRequest): Promise<EvaluationSet> {
  const { dataset } =
    data.kept === "in memory" ? { dataset: data.dataset } : await decidedDataset(data.dataset);
  const usable = dataset.manifest.samples.filter(({ excluded }) => excluded === null);
  const isList = !PARTS_OF_OTHER.some((name) => name === choice);
  if (choice === "val") {
    throw UserError.of(
      "--split val",
      "another data set than the run's, where all images are test images",
      `${PARTS_OF_OTHER.join(", ")}, or a file with one id per line`,
      "leave --split out",
    );
  }
  const byId = new Map(usable.map((sample) => [sample.id, sample]));
  const samples = isList
    ? (await listedIds(choice, PARTS_OF_OTHER, byId)).flatMap((id) => byId.get(id) ?? [])
    : usable;
  const trained = new Set(knowledge?.trainingSha256);
  refuseTraining(
    samples.filter(({ sha256 }) => trained.has(sha256)).map(({ id }) => id),
    data.dataset.root,
  );
  const notes =
    knowledge === undefined
      ? [
          "It is not known whether training images are among these, nor are there thresholds fitted on validation: evaluate the run on its own data first.",
        ]
      : [];
  if (data.kept === "in memory") {
    notes.push("The folder was read for this once: nothing counts how often it was looked at.");
    return { ...otherSet(dataset, samples, isList), testLooks: null, notes };
  }
  const ledger = ledgerFile(data.dataset);
  const splitHash = data.dataset.manifestHash;
  await ledger.append({ ...now(), splitHash, runId: facts.id, purpose: "evaluate another set, all of it" });
  const entries = await ledger.entries();
  const ofRun = entries.filter(({ runId }) => runId === facts.id);
  return {
    ...otherSet(dataset, samples, isList),
    testLooks: { all: countOpenings(entries, splitHash), byThisRun: countOpenings(ofRun, splitHash) },
    notes,
  };
}

function otherSet(dataset: Dataset, samples: readonly Sample[], isList: boolean) {
  const part: EvaluationPart = isList ? "ids" : "all";
  return { dataset, samples, part, relation: "other", validation: [], training: [] } as const;
}

async function splitOfRun(data: EvaluationData, facts: RunFacts): Promise<SplitFile> {
  if (data.kept === "in memory") {
    throw UserError.of(
      data.dataset.root,
      "the images that the run was trained on, without their split",
      "the data set folder with its splits",
      "give the data set folder with --data",
    );
  }
  const names = await listSplits(data.dataset);
  const first = names.includes(facts.splitName) ? [facts.splitName] : [];
  for (const name of [...first, ...names]) {
    const split = await readSplit(data.dataset, name);
    if (split.hash === facts.splitHash) return split;
  }
  throw UserError.of(
    data.dataset.folder,
    `no split with the hash of the run's, ${facts.splitHash.slice(0, 12)}`,
    `the split ${facts.splitName} as it was for training; without it training images cannot be told from others`,
    "put the split file back into its folder `splits`",
  );
}

async function chosenIds(
  choice: string,
  split: SplitFile,
  byId: ReadonlyMap<string, Sample>,
): Promise<{ readonly part: EvaluationPart; readonly ids: readonly string[] }> {
  switch (choice) {
    case "test":
    case "val":
      return { part: choice, ids: split[choice] };
    case "all":
      return { part: choice, ids: [...split.train, ...split.val, ...split.test].sort() };
    default:
      return { part: "ids", ids: await listedIds(choice, PARTS_OF_OWN, byId) };
  }
}

/**
 * @param parts what could have been asked for by name instead
 * @throws UserError with the ids that the set does not have
 */
async function listedIds(
  path: string,
  parts: readonly EvaluationPart[],
  byId: ReadonlyMap<string, Sample>,
): Promise<string[]> {
  const text = await readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
    throw UserError.of(
      `--split ${path}`,
      error.code === "ENOENT" ? "neither a part of the split nor a file" : error.message,
      `${parts.join(", ")}, or a file with one id per line`,
      didYouMean(path, parts, "give the file's path"),
    );
  });
  const ids = [...new Set(text.split(/\r?\n/).map((line) => line.trim()))].filter((id) => id !== "");
  const unknown = ids.filter((id) => !byId.has(id));
  if (ids.length > 0 && unknown.length === 0) return ids.sort();
  throw UserError.of(
    path,
    ids.length === 0 ? "no ids" : `${unknown.length} ids that the set does not have: ${shown(unknown)}`,
    "ids as they stand in manifest.jsonl, one per line",
    "correct the file",
  );
}

/** @throws UserError if there are any */
function refuseTraining(ids: readonly string[], where: string): void {
  if (ids.length === 0) return;
  throw UserError.of(
    where,
    `${ids.length} images that the run was trained on: ${shown(ids)}`,
    "images that it has never seen",
    "evaluate on the test part (--split test), or take these out",
  );
}

const SHOWN_IDS = 20;

function shown(ids: readonly string[]): string {
  const rest = ids.length - SHOWN_IDS;
  return ids.slice(0, SHOWN_IDS).join(", ") + (rest > 0 ? ` and ${rest} more` : "");
}

function now(): { time: string; who: string } {
  return { time: new Date().toISOString(), who: currentUser() };
}
