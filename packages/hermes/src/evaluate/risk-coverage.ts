/** One image's uncertainty and what it costs to be wrong on it. */
export interface RiskyImage {
  readonly uncertainty: number;
  /** For instance 1 for a wrong class and 0 for a right one, or 1 - Dice. */
  readonly risk: number;
}

export interface RiskCoveragePoint {
  /** Share of images kept, above 0. */
  readonly coverage: number;
  /** Mean risk of the kept. */
  readonly risk: number;
}

/**
 * Risk against coverage when the most uncertain images are handed to a person: El-Yaniv & Wiener, JMLR 11, 2010. Images of
 * equal uncertainty are kept or handed over together.
 * @returns points from few images to all; empty without images
 */
export function riskCoverage(images: readonly RiskyImage[]): RiskCoveragePoint[] {
  const sorted = [...images].sort((a, b) => a.uncertainty - b.uncertainty);
  const points: RiskCoveragePoint[] = [];
  let sum = 0;
  for (const [at, { uncertainty, risk }] of sorted.entries()) {
    sum += risk;
    if (sorted[at + 1]?.uncertainty === uncertainty) continue;
    points.push({ coverage: (at + 1) / sorted.length, risk: sum / (at + 1) });
  }
  return points;
}
