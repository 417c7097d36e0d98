export { accuracy } from "./accuracy.js";
export { assd } from "./assd.js";
export { auprc, auprcMetric } from "./auprc.js";
export { auroc, aurocMetric } from "./auroc.js";
export { balancedAccuracy } from "./balanced-accuracy.js";
export type { BinaryMask, SpacingMm } from "./binary-mask.js";
export { brierScores } from "./brier.js";
export {
  type Binning,
  type CalibrationError,
  calibrationErrorMetric,
  DEFAULT_BINNING,
  expectedCalibrationError,
  type ReliabilityBin,
  reliabilityBins,
} from "./calibration.js";
export {
  type ClassificationRecord,
  type ClassNames,
  positiveIndex,
  predictedClass,
  requireValidRecords,
} from "./classification-record.js";
export { type ClassChoice, type ConfusionMatrix, confusionMatrix } from "./confusion-matrix.js";
export { type ConnectedComponents, connectedComponents } from "./connected-components.js";
export { type PrecisionRecallPoint, precisionRecallCurve, type RocPoint, rocCurve } from "./curves.js";
export { dice } from "./dice.js";
export { type PixelStep, squaredDistanceTransform } from "./distance-transform.js";
export { EMPTY_CASES, EMPTY_POLICY, type EmptyCase, emptyCaseOf } from "./empty-policy.js";
export { f1 } from "./f1.js";
export { hd95 } from "./hd95.js";
export { iou } from "./iou.js";
export { type DetectionCounts, detectLesions, type LesionDetection } from "./lesion-detection.js";
export { type LesionMeasures, type LesionSize, measureLesions } from "./lesion-measures.js";
export {
  measureSegmentation,
  type SegmentationCase,
  type SegmentationRecord,
} from "./measure-segmentation.js";
export {
  DEFAULT_TOLERANCES,
  type NormalisedSurfaceDistance,
  normalisedSurfaceDistance,
  type SurfaceTolerance,
  type SurfaceTolerances,
  toleranceFor,
} from "./normalised-surface-distance.js";
export {
  applyThreshold,
  type FittedThreshold,
  fitThreshold,
  type OperatingPoint,
  type OperatingTarget,
  type ScoresOf,
} from "./operating-point.js";
export { countOverlap, type PixelOverlap } from "./overlap.js";
export { precision } from "./precision.js";
export { negativePredictiveValue, positivePredictiveValue } from "./predictive-values.js";
export { type RankedScores, rankScores } from "./ranked-scores.js";
export { recall } from "./recall.js";
export { sensitivity } from "./sensitivity.js";
export { specificity } from "./specificity.js";
export {
  CLASSIFICATION_METRICS,
  type ClassificationMetric,
  type ClassificationSummary,
  classificationMetrics,
  summariseClassification,
} from "./summarise-classification.js";
export {
  type DetectionMetric,
  type MetricDistribution,
  PER_IMAGE_SEGMENTATION_METRICS,
  type PerImageSegmentationMetric,
  type SegmentationMetric,
  type SegmentationSummary,
  segmentationMetrics,
  segmentationValue,
  summariseSegmentation,
} from "./summarise-segmentation.js";
export { type SurfaceDistances, surfaceDistances } from "./surface-distances.js";
export { evaluateMetric, type WeightedMetric, weightedMean, weightedRatio } from "./weighted.js";
