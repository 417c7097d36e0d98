export { classFrequency, type FrequencySource, nextFrequency } from "./class-frequency.js";
export {
  aboveClassThreshold,
  type ClassThresholdOptions,
  classThresholds,
  publishedThresholds,
} from "./class-threshold.js";
export { entropy, entropyBelow } from "./entropy-threshold.js";
export {
  and,
  countKept,
  KeepMask,
  keepAll,
  keepPixelsOf,
  keepRate,
  keepWhere,
  not,
  or,
} from "./keep-mask.js";
export {
  type PseudoLabelInput,
  type PseudoLabelOptions,
  type PseudoLabels,
  pseudoLabels,
} from "./pseudo-label.js";
export { entropyCeiling, publishedConsistencyRamp } from "./ramps.js";
export { type UncertaintySource, uncertaintyLogProbs } from "./uncertainty.js";
