export { bestRun, type Comparison } from "./best-run.js";
export { type BootstrapOptions, bootstrap, type SamplingEstimate, type Statistic } from "./bootstrap.js";
export { type Clusters, clusterMeans, clustersOf } from "./clusters.js";
export { holmAdjusted } from "./holm.js";
export { type Direction, type Interval, type Verdict, verdictOf } from "./interval.js";
export { definedInBoth, type PairedDifference, pairById, pairedDifference } from "./paired.js";
export {
  comparePairedRuns,
  type PairedRunsDifference,
  type PairedRunsReport,
  type RunPair,
} from "./paired-runs.js";
export { type SeedSpread, seedSpread } from "./seed-spread.js";
export { tInterval } from "./t-interval.js";
export { type WilcoxonResult, wilcoxonSignedRank } from "./wilcoxon.js";
