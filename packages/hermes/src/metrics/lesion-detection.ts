import { type BinaryMask, requireSameGrid } from "./binary-mask.js";
import { type ConnectedComponents, connectedComponents } from "./connected-components.js";

/** How many lesions of one image were found, and how many findings were none. */
export interface DetectionCounts {
  readonly detected: number;
  readonly falseLesions: number;
}

export interface LesionDetection {
  readonly truthLesions: number;
  readonly predictedLesions: number;
  /** A lesion is found if any predicted pixel lies in it; a finding is false if it touches no lesion. */
  readonly anyOverlap: DetectionCounts;
  /** A lesion is found if one finding covers it with IoU >= 0.5; each finding serves one lesion. */
  readonly iouHalf: DetectionCounts;
}

const MIN_IOU = 0.5;

/** Lesion-wise detection in one image. A lesion is a connected component (8-connectivity). */
export function detectLesions(truth: BinaryMask, prediction: BinaryMask): LesionDetection {
  requireSameGrid("lesion detection", truth, prediction);
  const lesions = connectedComponents(truth);
  const findings = connectedComponents(prediction);
  const pairs = overlappingPairs(lesions, findings);
  const truthLesions = lesions.areasPx.length;
  const predictedLesions = findings.areasPx.length;
  const matched = matchOneToOne(pairs);
  return {
    truthLesions,
    predictedLesions,
    anyOverlap: {
      detected: new Set(pairs.map((pair) => pair.lesion)).size,
      falseLesions: predictedLesions - new Set(pairs.map((pair) => pair.finding)).size,
    },
    iouHalf: { detected: matched, falseLesions: predictedLesions - matched },
  };
}

interface OverlappingPair {
  readonly lesion: number;
  readonly finding: number;
  readonly iou: number;
}

function overlappingPairs(lesions: ConnectedComponents, findings: ConnectedComponents): OverlappingPair[] {
  const sharedPx = new Map<number, number>();
  const findingCount = findings.areasPx.length;
  for (let i = 0; i < lesions.labels.length; i++) {
    const lesion = lesions.labels[i]!;
    const finding = findings.labels[i]!;
    if (lesion === 0 || finding === 0) continue;
    const pair = (lesion - 1) * findingCount + finding - 1;
    sharedPx.set(pair, (sharedPx.get(pair) ?? 0) + 1);
  }
  return [...sharedPx].map(([pair, shared]) => {
    const finding = pair % findingCount;
    const lesion = (pair - finding) / findingCount;
    return {
      lesion,
      finding,
      iou: shared / (lesions.areasPx[lesion]! + findings.areasPx[finding]! - shared),
    };
  });
}

/** At IoU >= 0.5 no lesion has two candidates, except two exact halves, which would touch and be one. */
function matchOneToOne(pairs: readonly OverlappingPair[]): number {
  return pairs.filter((pair) => pair.iou >= MIN_IOU).length;
}
