export { type Complaint, formatComplaint, UserError } from "./errors.js";
export { IMPORTER_NAMES, type ImporterName } from "./data/importers/detect.js";
export { type ClassSummary, summariseManifest } from "./data/manifest-summary.js";
export { hashManifest, parseManifest, serialiseManifest } from "./data/manifest.js";
export type { Manifest, ManifestHeader, MaskSource, Sample } from "./data/sample.js";
export { makeFolds, makeOwnFolds } from "./data/split/kfold.js";
export { makeSplit, PARTS, type Part, type SplitRequest } from "./data/split/make-split.js";
export {
  parseSplit,
  type SplitFile,
  type SplitOptions,
  serialiseSplit,
  verifySplit,
} from "./data/split/split-file.js";
export { type SplitSummaryRow, summariseSplit } from "./data/split/split-summary.js";
export { countOpenings, type LedgerEntry, openTestIds, type TestLedger } from "./data/split/test-ledger.js";
export { type TrainingView, trainingView } from "./data/split/training-view.js";
export {
  type AugmentationPolicyName,
  augmentationPolicies,
  augmentationPolicyNames,
} from "./data/augment/policies.js";
export { type AugmentationPolicy, augmentationPolicySchema } from "./data/augment/policy.js";
export type { Affine } from "./data/augment/affine.js";
export { boxMasks, cutMixBox, type CutMixOptions } from "./data/augment/cut-mix.js";
export {
  type BatchPlan,
  batchPlanSchema,
  type LabelledBatch,
  type TrainingBatch,
  type UnlabelledBatch,
} from "./data/batch.js";
export { type AspectRule, prepareImage, type PreparedImage } from "./data/prepared-image.js";
export type { DecodedImage, DecodedMask, MaskFault } from "./data/raster.js";
export {
  type FetchSource,
  type FetchSourceName,
  fetchSources,
  isFetchSourceName,
} from "./data/fetch-sources.js";
export * as methods from "./methods/index.js";
export type { Method } from "./methods/define-method.js";
export * as models from "./models/index.js";
export type { ModelDefinition } from "./models/define-model.js";
export type { TrainingEvent } from "./train/events.js";
export { type Plan, planHash, runId } from "./train/plan.js";
export { type Profile, profiles } from "./train/profiles.js";
export { type Evaluation, parseEvaluation } from "./evaluate/evaluation.js";
export {
  formatMetric,
  METRIC_NAMES,
  type MetricInfo,
  type MetricName,
  METRICS,
  metricTitle,
} from "./evaluate/metric-info.js";
export type { Estimate } from "./evaluate/estimate.js";
export { exportModel, type ExportRequest } from "./export/export-model.js";
export {
  loadModelOn,
  type MapName,
  type Model,
  type PredictOptions,
  type Prediction,
} from "./predict/model.js";
export type { ModelCard } from "./predict/model-card.js";
export { type ModelFile, readModelFile } from "./predict/model-file.js";
export { initialState } from "./train/initial-state.js";
export { type TrainingSettings, trainingSettingsSchema } from "./train/settings.js";
export {
  buildTrainingProgram,
  type MethodProgram,
  stepNames,
  type TrainingProgramInput,
} from "./train/training-program.js";
export {
  type ComparedCell,
  type ComparedDifference,
  type Comparison,
  compareEvaluations,
} from "./evaluate/compare/compare-evaluations.js";
export {
  type ComparisonTable,
  comparisonMarkdown,
  comparisonNotes,
  differenceTable,
  valueTable,
} from "./evaluate/compare/comparison-tables.js";
export * from "./data/phantom/index.js";
export * from "./metrics/index.js";
export * from "./stats/index.js";
export { key, type Key } from "./random.js";
