import { aurocMetric } from "../metrics/auroc.js";
import { rankScores } from "../metrics/ranked-scores.js";
import { type WeightedMetric, weightedMean } from "../metrics/weighted.js";
import type { CardMetrics, Measured } from "../predict/model-card.js";
import { key } from "../random.js";
import { bootstrap } from "../stats/bootstrap.js";
import { clustersOf } from "../stats/clusters.js";
import { classVerdict, type ValidatedImage } from "./validated-image.js";

const RESAMPLES = 2000;

/** What a model card says of validation: each number with its interval over patients. */
export function validationMetrics(images: readonly ValidatedImage[]): CardMetrics {
  const clusters = clustersOf(images.map(({ group }) => group));
  const verdicts = images
    .map(classVerdict)
    .map((verdict) => (verdict === null ? null : verdict === "right" ? 1 : 0));
  const { dice, auroc, accuracy } = bootstrap(
    {
      dice: weightedMean(images.map((image) => image.dice)),
      auroc: lastClassAuroc(images),
      accuracy: weightedMean(verdicts),
    },
    clusters,
    key("model card"),
    { resamples: RESAMPLES },
  );
  const measured = ({ value, interval }: typeof dice): Measured => ({
    value,
    interval: interval === null ? null : [interval.low, interval.high],
  });
  return {
    part: "validation",
    images: images.length,
    patients: clusters.count,
    dice: measured(dice),
    auroc: measured(auroc),
    accuracy: measured(accuracy),
  };
}

/** The last class against the rest, as in training; images of no class weigh nothing. */
function lastClassAuroc(images: readonly ValidatedImage[]): WeightedMetric {
  const known = images.flatMap(({ label, classProbs }, at) =>
    label === null ? [] : [{ label, classProbs, at }],
  );
  const metric = aurocMetric(
    rankScores(
      known.map(({ classProbs }) => classProbs.at(-1)!),
      known.map(({ label, classProbs }) => (label === classProbs.length - 1 ? 1 : 0)),
    ),
  );
  return (weights) => metric(Float64Array.from(known, ({ at }) => weights[at]!));
}
