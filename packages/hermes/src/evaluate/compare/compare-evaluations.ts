import { UserError } from "../../errors.js";
import { type Key, key } from "../../random.js";
import { bestRun } from "../../stats/best-run.js";
import { bootstrap } from "../../stats/bootstrap.js";
import { holmAdjusted } from "../../stats/holm.js";
import { type Interval, type Verdict, verdictOf } from "../../stats/interval.js";
import { comparePairedRuns, type PairedRunsReport } from "../../stats/paired-runs.js";
import { type SeedSpread, seedSpread } from "../../stats/seed-spread.js";
import type { Estimate } from "../estimate.js";
import type { Evaluation } from "../evaluation.js";
import { METRICS, type MetricName } from "../metric-info.js";
import { armNames } from "./arm-names.js";
import { bootstrapPValue, pairedTPValue } from "./p-values.js";
import { type PairedMetric, pairedMetric } from "./paired-metric.js";

/** What a comparison reports, the main ones first. */
export const COMPARED_METRICS = [
  "dice",
  "auroc",
  "iou",
  "hd95Px",
  "auprc",
  "balancedAccuracy",
  "brier",
] as const satisfies readonly MetricName[];

/** One arm at one label budget. */
export interface ComparedCell {
  readonly arm: string;
  readonly labels: string;
  readonly labelledImages: number;
  readonly runs: readonly { readonly id: string; readonly split: string; readonly seed: number }[];
  /** Over the runs: mean and sd over trainings, and each run's own value with its interval over patients. */
  readonly metrics: Readonly<
    Partial<Record<MetricName, { readonly seeds: SeedSpread; readonly runs: readonly Estimate[] }>>
  >;
}

/** One arm against another at one label budget, in one metric: a - b. */
export interface ComparedDifference {
  readonly metric: MetricName;
  readonly labels: string;
  readonly a: string;
  readonly b: string;
  readonly pairs: PairedRunsReport["pairs"];
  readonly mean: number | null;
  readonly sd: number | null;
  /** Over trainings (Student's t over pairs); `null` with a single pair. */
  readonly overPairs: Interval | null;
  /** Over patients; `null` where the pairs do not share their images. */
  readonly overPatients: Interval | null;
  /** Decided only if every interval that there is excludes 0. */
  readonly verdict: Verdict;
  /** By t over pairs, or by the bootstrap with a single pair. */
  readonly pValue: number | null;
  /** Holm over all differences to the baseline in this metric; `null` for the others. */
  readonly adjustedPValue: number | null;
}

export interface Comparison {
  readonly part: string;
  readonly dataTitle: string;
  readonly baseline: string;
  readonly arms: readonly string[];
  /** From few to many labels. */
  readonly budgets: readonly string[];
  readonly metrics: readonly MetricName[];
  readonly cells: readonly ComparedCell[];
  /** Against the baseline. */
  readonly differences: readonly ComparedDifference[];
  /** By metric and budget: the arm that beats every other one decidedly; `null` where none does. */
  readonly best: Readonly<Partial<Record<MetricName, Readonly<Record<string, string | null>>>>>;
  readonly notes: readonly string[];
}

interface Arm {
  readonly name: string;
  readonly evaluation: Evaluation;
}

/**
 * Compares evaluated runs: arms x label budgets x (split, seed).
 * @param baseline a method or an arm
 * @throws UserError for runs of one arm, budget, split and seed, for a baseline that is not there, and for runs that
 *   were not evaluated on the same images
 */
export function compareEvaluations(evaluations: readonly Evaluation[], baseline: string): Comparison {
  const names = armNames(evaluations.map(({ run }) => run));
  const runs = evaluations.map((evaluation, i): Arm => ({ name: names[i]!, evaluation }));
  requireDistinct(runs);
  const arms = [...new Set(names)];
  const base = baselineOf(arms, runs, baseline);
  const budgets = budgetsOf(evaluations);
  const metrics = COMPARED_METRICS.filter((name) =>
    evaluations.some((one) => estimateOf(one, name) !== undefined),
  );
  const source = key("comparison");
  const all = metrics.flatMap((metric) =>
    budgets.flatMap((labels) =>
      pairsOfArms(arms, base).flatMap(([a, b]) => differenceOf({ metric, labels, a, b }, runs, source) ?? []),
    ),
  );
  const differences = metrics.flatMap((metric) =>
    withHolm(all.filter((one) => one.metric === metric && one.b === base)),
  );
  return {
    part: evaluations[0]!.data.part,
    dataTitle: evaluations[0]!.data.title,
    baseline: base,
    arms: [base, ...arms.filter((name) => name !== base)],
    budgets,
    metrics,
    cells: budgets.flatMap((labels) => arms.flatMap((arm) => cellOf(arm, labels, runs) ?? [])),
    differences,
    best: Object.fromEntries(
      metrics.map((metric) => [
        metric,
        Object.fromEntries(budgets.map((labels) => [labels, bestOf(metric, labels, arms, runs, all)])),
      ]),
    ),
    notes: [...unpaired(runs, base), ...patientsUnknown(runs)],
  };
}

function estimateOf({ segmentation, classification }: Evaluation, name: MetricName): Estimate | undefined {
  const found = segmentation?.metrics[name] ?? classification?.metrics[name];
  return found === undefined || found.value === null ? undefined : found;
}

/** Runs with the same key were trained on the same labels with the same seed, and can be paired. */
function pairKey({ run, data }: Evaluation): string {
  return `${run.splitHash} ${run.seed} ${data.manifestHash} ${data.part}`;
}

function requireDistinct(runs: readonly Arm[]): void {
  const seen = new Map<string, string>();
  for (const { name, evaluation } of runs) {
    const id = `${name} ${evaluation.run.labels} ${pairKey(evaluation)}`;
    const before = seen.get(id);
    if (before !== undefined) {
      throw UserError.of(
        `comparing ${before} and ${evaluation.run.id}`,
        "two runs of the same plan but for the version of the program",
        "one run per method, settings, label budget, split and seed",
        "leave one out",
      );
    }
    seen.set(id, evaluation.run.id);
  }
}

function baselineOf(arms: readonly string[], runs: readonly Arm[], baseline: string): string {
  const found = arms.includes(baseline)
    ? [baseline]
    : [
        ...new Set(
          runs.filter(({ evaluation }) => evaluation.run.method === baseline).map(({ name }) => name),
        ),
      ];
  if (found.length === 1) return found[0]!;
  throw UserError.of(
    `--baseline ${baseline}`,
    found.length === 0 ? "no run of that method" : `several arms: ${found.join("; ")}`,
    `one of ${arms.join("; ")}`,
    "name one with --baseline",
  );
}

function budgetsOf(evaluations: readonly Evaluation[]): string[] {
  const sizes = new Map(evaluations.map(({ run }) => [run.labels, run.labelledImages]));
  return [...sizes].sort((a, b) => a[1] - b[1]).map(([labels]) => labels);
}

/** Every two arms once; those with the baseline have it second. */
function pairsOfArms(arms: readonly string[], base: string): (readonly [string, string])[] {
  const others = arms.filter((name) => name !== base);
  return [
    ...others.map((name) => [name, base] as const),
    ...others.flatMap((a, i) => others.slice(i + 1).map((b) => [a, b] as const)),
  ];
}

function cellOf(arm: string, labels: string, runs: readonly Arm[]): ComparedCell | null {
  const own = runs.filter(({ name, evaluation }) => name === arm && evaluation.run.labels === labels);
  const first = own[0];
  if (first === undefined) return null;
  const metrics: [MetricName, { seeds: SeedSpread; runs: Estimate[] }][] = COMPARED_METRICS.flatMap(
    (name) => {
      const estimates = own.flatMap(({ evaluation }) => estimateOf(evaluation, name) ?? []);
      if (estimates.length === 0) return [];
      return [[name, { seeds: seedSpread(estimates.map(({ value }) => value!)), runs: estimates }]];
    },
  );
  return {
    arm,
    labels,
    labelledImages: first.evaluation.run.labelledImages,
    runs: own.map(({ evaluation: { run } }) => ({ id: run.id, split: run.splitName, seed: run.seed })),
    metrics: Object.fromEntries(metrics),
  };
}

type DifferenceName = Pick<ComparedDifference, "metric" | "labels" | "a" | "b">;

function differenceOf(name: DifferenceName, runs: readonly Arm[], source: Key): ComparedDifference | null {
  const { metric, labels, a, b } = name;
  const of = (arm: string) =>
    runs
      .filter((one) => one.name === arm && one.evaluation.run.labels === labels)
      .map((one) => one.evaluation);
  const partners = new Map(of(b).map((evaluation) => [pairKey(evaluation), evaluation]));
  const pairs = of(a).flatMap((evaluation) => {
    const partner = partners.get(pairKey(evaluation));
    const paired = partner === undefined ? null : pairedMetric(evaluation, partner, metric);
    return paired === null ? [] : [{ evaluation, paired }];
  });
  if (pairs.length === 0) return null;
  const { direction } = METRICS[metric];
  const own = source.fork(metric, labels, a, b);
  const report = comparePairedRuns(
    pairs.map(({ evaluation: { run }, paired }) => ({ split: run.splitHash, seed: run.seed, ...paired })),
    direction,
    own,
  );
  const { spread, interval } = report.overPairs;
  const overPatients = patientsInterval(
    pairs.map(({ paired }) => paired),
    report,
    own,
  );
  const verdicts = [interval, overPatients].flatMap((one) =>
    one === null ? [] : [verdictOf(one, direction)],
  );
  const values = report.pairs.flatMap(({ difference }) => difference.value ?? []);
  const single = pairs.length === 1 ? pairs[0]!.paired : null;
  return {
    ...name,
    pairs: report.pairs,
    mean: spread.mean,
    sd: spread.sd,
    overPairs: interval,
    overPatients,
    verdict: new Set(verdicts).size === 1 ? verdicts[0]! : "undecided",
    pValue:
      single === null
        ? pairedTPValue(values)
        : bootstrapPValue((weights) => single.a(weights) - single.b(weights), single.clusters, own.fork("p")),
    adjustedPValue: null,
  };
}

/** Of the mean difference when other patients are drawn, the trainings as they are. */
function patientsInterval(
  pairs: readonly PairedMetric[],
  report: PairedRunsReport,
  source: Key,
): Interval | null {
  if (pairs.length === 1) return report.pairs[0]!.difference.interval;
  const ids = pairs[0]!.ids.join("\n");
  if (pairs.some((pair) => pair.ids.join("\n") !== ids)) return null;
  const mean = (weights: Float64Array) =>
    pairs.reduce((sum, { a, b }) => sum + a(weights) - b(weights), 0) / pairs.length;
  return bootstrap({ mean }, pairs[0]!.clusters, source.fork("patients")).mean.interval;
}

function withHolm(differences: readonly ComparedDifference[]): ComparedDifference[] {
  const tested = differences.filter(({ pValue }) => pValue !== null);
  const adjusted = holmAdjusted(tested.map(({ pValue }) => pValue!));
  return differences.map((one) => {
    const at = tested.indexOf(one);
    return { ...one, adjustedPValue: at < 0 ? null : adjusted[at]! };
  });
}

function bestOf(
  metric: MetricName,
  labels: string,
  arms: readonly string[],
  runs: readonly Arm[],
  differences: readonly ComparedDifference[],
): string | null {
  const present = arms.filter((arm) => cellOf(arm, labels, runs) !== null);
  return bestRun(
    present,
    differences.filter((one) => one.metric === metric && one.labels === labels),
  );
}

function patientsUnknown(runs: readonly Arm[]): string[] {
  return runs.some(({ evaluation }) => evaluation.data.groups > 0)
    ? []
    : [
        "No patient is known in these images: each stands alone where intervals are said to be over patients.",
      ];
}

function unpaired(runs: readonly Arm[], base: string): string[] {
  const keyOf = ({ evaluation }: Arm) => `${evaluation.run.labels} ${pairKey(evaluation)}`;
  const known = new Set(runs.filter(({ name }) => name === base).map(keyOf));
  const alone = runs.filter((run) => run.name !== base && !known.has(keyOf(run)));
  return alone.length === 0
    ? []
    : [
        `${alone.length} runs have no partner of ${base} with the same labels, split and seed, and are in no difference: ${alone.map(({ evaluation }) => evaluation.run.id).join(", ")}`,
      ];
}
