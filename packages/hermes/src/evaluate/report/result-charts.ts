import { precisionRecallCurve, rocCurve } from "../../metrics/curves.js";
import { reliabilityBins } from "../../metrics/calibration.js";
import type { ImageResult } from "../image-result.js";
import { type RiskyImage, riskCoverage } from "../risk-coverage.js";
import { chart, type Series } from "./chart.js";

const UNIT = { low: 0, high: 1 } as const;
const CALIBRATION_BINS = { kind: "equal-mass", bins: 10 } as const;
const HISTOGRAM_BINS = 20;

interface Scored {
  readonly scores: readonly number[];
  readonly positive: readonly number[];
}

function scored(images: readonly ImageResult[], positive: string): Scored {
  const known = images.filter(({ className }) => className !== null);
  return {
    scores: known.map(({ classProbs }) => classProbs.at(-1)!),
    positive: known.map(({ className }) => (className === positive ? 1 : 0)),
  };
}

/** @returns empty where one of the two kinds is missing */
export function rocChart(images: readonly ImageResult[], positive: string, auroc: string): string {
  const { scores, positive: truth } = scored(images, positive);
  const curve = rocCurve(scores, truth);
  if (curve === null) return "";
  return chart({
    title: `ROC, ${positive} against the rest: AUROC ${auroc}`,
    description: `Receiver operating characteristic of ${positive}, area ${auroc}`,
    x: { title: "1 − specificity", ...UNIT },
    y: { title: "sensitivity", ...UNIT },
    below: (place) => `<path class="guide" d="M${place.x(0)} ${place.y(0)}L${place.x(1)} ${place.y(1)}"/>`,
    series: [
      {
        name: "this run",
        colour: 1,
        points: curve.map(({ falsePositiveRate, sensitivity }) => [falsePositiveRate, sensitivity]),
      },
    ],
  });
}

/** @returns empty where there is no positive image */
export function precisionRecallChart(
  images: readonly ImageResult[],
  positive: string,
  auprc: string,
): string {
  const { scores, positive: truth } = scored(images, positive);
  const curve = precisionRecallCurve(scores, truth);
  if (curve === null) return "";
  const chance = truth.reduce((sum, one) => sum + one, 0) / truth.length;
  return chart({
    title: `Precision and recall: AUPRC ${auprc}`,
    description: `Precision against recall of ${positive}, average precision ${auprc}, chance ${chance.toFixed(2)}`,
    x: { title: "recall", ...UNIT },
    y: { title: "precision", ...UNIT },
    below: (place) =>
      `<path class="guide" d="M${place.x(0)} ${place.y(chance)}L${place.x(1)} ${place.y(chance)}"/>`,
    series: [
      { name: "this run", colour: 1, points: curve.map(({ recall, precision }) => [recall, precision]) },
    ],
  });
}

export function calibrationChart(images: readonly ImageResult[], positive: string): string {
  const { scores, positive: truth } = scored(images, positive);
  const bins = reliabilityBins(scores, truth, CALIBRATION_BINS);
  return chart({
    title: `Calibration: how often ${positive} is true where it was said`,
    description: `Share of ${positive} images against the mean probability said, in ${bins.length} bins: ${bins.map(({ meanProb, frequency }) => `${meanProb.toFixed(2)} said, ${frequency.toFixed(2)} true`).join("; ")}`,
    x: { title: `probability of ${positive}`, ...UNIT },
    y: { title: `share of ${positive}`, ...UNIT },
    below: (place) => `<path class="guide" d="M${place.x(0)} ${place.y(0)}L${place.x(1)} ${place.y(1)}"/>`,
    series: [
      {
        name: "bins of equal size",
        colour: 1,
        marks: "dots",
        points: bins.map(({ meanProb, frequency }) => [meanProb, frequency]),
      },
    ],
  });
}

/** @returns empty where no outline is known */
export function diceHistogram(images: readonly ImageResult[]): string {
  const values = images.flatMap(({ segmentation }) => (segmentation === null ? [] : [segmentation.dice]));
  if (values.length === 0) return "";
  const counts = new Array<number>(HISTOGRAM_BINS).fill(0);
  for (const value of values) counts[Math.min(HISTOGRAM_BINS - 1, Math.floor(value * HISTOGRAM_BINS))]!++;
  const low = values.filter((value) => value < 0.5).length;
  return chart({
    title: `Dice of single images: ${low} of ${values.length} below 0.5`,
    description: `Histogram of Dice over ${values.length} images; counts from 0 to 1 in steps of ${1 / HISTOGRAM_BINS}: ${counts.join(", ")}`,
    x: { title: "Dice", ...UNIT },
    y: { title: "images", low: 0, high: Math.max(1, ...counts) },
    below: (place) =>
      counts
        .map((count, i) => {
          const [left, right] = [place.x(i / HISTOGRAM_BINS), place.x((i + 1) / HISTOGRAM_BINS)];
          return count === 0
            ? ""
            : `<rect class="f1" x="${left + 0.5}" y="${place.y(count)}" width="${(right - left - 1).toFixed(1)}" height="${(place.y(0) - place.y(count)).toFixed(1)}"/>`;
        })
        .join(""),
    series: [],
  });
}

/** What is wrong among the images that stay when the most uncertain ones are handed to a person. */
export function selectionChart(images: readonly ImageResult[], classes: readonly string[]): string {
  const called = ({ classProbs }: ImageResult) => classes[classProbs.indexOf(Math.max(...classProbs))];
  const ofClass = images.flatMap((image): RiskyImage[] =>
    image.className === null
      ? []
      : [{ uncertainty: image.classUncertainty, risk: called(image) === image.className ? 0 : 1 }],
  );
  const ofMask = images.flatMap(({ segmentation, maskUncertainty }): RiskyImage[] =>
    segmentation === null ? [] : [{ uncertainty: maskUncertainty, risk: 1 - segmentation.dice }],
  );
  const curves = [
    { name: "wrong classes", colour: 1, points: riskCoverage(ofClass) },
    { name: "1 − Dice", colour: 2, points: riskCoverage(ofMask) },
  ] as const;
  const shown = curves.filter(({ points }) => points.length > 0);
  const at = (share: number) =>
    shown
      .map(({ name, points }) => {
        const point = points.find(({ coverage }) => coverage >= share)!;
        return `${name} ${point.risk.toFixed(3)}`;
      })
      .join(", ");
  return chart({
    title: "Errors among the images kept, the most uncertain handed over",
    description: `Keeping all images: ${at(1)}; the most certain 80 %: ${at(0.8)}; half: ${at(0.5)}`,
    x: { title: "share of images kept", ...UNIT },
    y: {
      title: "error",
      low: 0,
      high: Math.max(0.1, ...shown.flatMap(({ points }) => points.map(({ risk }) => risk))),
    },
    series: shown.map(
      ({ name, colour, points }): Series => ({
        name,
        colour,
        points: points.map(({ coverage, risk }) => [coverage, risk]),
      }),
    ),
  });
}
