export { type Dataset, DATASET_FOLDER_NAME, datasetFiles, openDataset } from "./dataset-folder.js";
export { writeFailure, writeFileAtomic } from "./write-file-atomic.js";
export { type ImportDatasetRequest, type ImportedDataset, importDataset } from "./import-dataset.js";
export { type AuditFacts, readAuditFacts } from "./audit-facts.js";
export { currentUser, ledgerFile } from "./ledger-file.js";
export { type SplitDatasetRequest, type SplitDatasetResult, splitDataset } from "./split-dataset.js";
export { listSplits, readSplit, splitPath, writeSplits } from "./split-store.js";
export { type TrainingDataset, trainingDataset } from "./training-dataset.js";
export { decodeImage, decodeMask, encodePng, type ImageHeader, readImageHeader } from "./image-codec.js";
export { loadMask } from "./load-mask.js";
export { ImageCache, type ImageCacheOptions } from "./image-cache.js";
export { type BatchLoader, type BatchLoaderOptions, openBatchLoader } from "./prefetch-loader.js";
export { partsOfSplit, SHEET_VIEWS, type SheetView, writeContactSheet } from "./contact-sheet.js";
export { type FetchDatasetRequest, type FetchedDataset, fetchDataset } from "./fetch-dataset.js";
export { assertTrainable } from "./assert-trainable.js";
export { AUDIT_PAGE, auditDataset } from "./audit-dataset.js";
export { type AuditRequest, runAudit } from "./run-audit.js";
export {
  type AuditReport,
  type AuditVerdict,
  applyDecisions,
  type Decision,
  decisionSnippet,
  parseDecisions,
  summariseFindings,
  verdictOf,
} from "../data/audit/index.js";
export { type LesionLookName, lesionLookNames } from "../data/phantom/lesion-look.js";
export { layoutNames, type LayoutName } from "../data/phantom/layouts.js";
export { type PlantName, plantNames } from "../data/phantom/plan-plants.js";
export { type PhantomTruth, type PlantedTruth, writePhantoms } from "./write-phantoms.js";
export { type DecidedDataset, decidedDataset, decidedDatasetOf } from "./decided-dataset.js";
export { checkGoldenFile, type GoldenRow } from "./check-golden-file.js";
export {
  type FetchedWeights,
  type FetchWeightsRequest,
  fetchWeights,
  readWeights,
  weightsFolder,
  weightsPath,
} from "./weights-store.js";
export { isWeightsName, type WeightsName, weightsSources } from "../models/checkpoints/sources.js";
export {
  type ApplyWeightsRequest,
  pretrainedParts,
  type PublicWeights,
  readPublicWeights,
} from "./pretrained-weights.js";
export { nearestName } from "../nearest-name.js";
export { didYouMean, methodByName, modelByName, profileByName } from "./by-name.js";
export { type OptionFacts, optionFacts, rangeOf, settingFacts } from "./option-facts.js";
export { type PlanRequest, resolvePlan } from "./resolve-plan.js";
export { parsePlan, RunDirectory, readRun, runFiles } from "./run-directory.js";
export { type TrainRunRequest, type TrainRunResult, trainRun } from "./train-run.js";
export { loadValidationImage } from "./validation-images.js";
export {
  type EvaluatedRun,
  type EvaluateRunRequest,
  evaluateRun,
  evaluationFiles,
} from "./evaluate-run.js";
export {
  type ExportChoices,
  type ExportedRun,
  exportNetwork,
  exportRun,
  type PrecisionLoss,
  type TrainedNetwork,
} from "./export-run.js";
export { loadModel, loadModelForMany, readModelBytes } from "./load-model.js";
export {
  type FailedImage,
  type PredictFilesRequest,
  type PredictFilesResult,
  predictFiles,
} from "./predict-files.js";
export { type CompareRunsRequest, comparisonFiles, compareRuns } from "./compare-runs.js";
export {
  DEMO_METHODS,
  type DemoMethod,
  type DemoRequest,
  type DemoResult,
  type DemoScore,
  runDemo,
} from "./demo.js";
