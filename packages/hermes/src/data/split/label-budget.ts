import { UserError } from "../../errors.js";
import type { Key } from "../../random.js";
import { byCodeUnit } from "../order.js";
import type { Sample } from "../sample.js";
import { splitUnits } from "./split-units.js";
import { countStrata, type Strata } from "./strata.js";

export interface LabelBudgetOptions {
  /** Below 1: share of the labelled training images; from 1: number of images. */
  readonly labels: readonly number[];
  /** `balanced`: as many of each class; `natural`: as the training images are mixed. */
  readonly balance: "balanced" | "natural";
  /** `image`: drawn image by image; `group`: whole patients, as far as they fit into the number. */
  readonly labelUnit: "image" | "group";
}

/**
 * Nested label budgets: one order of the training images, of which every budget is a beginning, so 72 ⊂ 144 ⊂ 216.
 * Every beginning has the wanted mix of classes, up to one image (with whole groups: up to one group).
 *
 * @param candidates labelled images of the training part
 * @returns ids per budget, in code-unit order; the key is the number or share as asked
 * @throws UserError if there are too few images
 */
export function labelBudgets(
  candidates: readonly Sample[],
  strata: Strata,
  options: LabelBudgetOptions,
  key: Key,
): Record<string, string[]> {
  const budgets: Record<string, string[]> = {};
  if (options.labels.length === 0) return budgets;
  const order = labelOrder(candidates, strata, options, key);
  for (const asked of options.labels) {
    const images = asked < 1 ? Math.round(asked * candidates.length) : asked;
    checkBudget(asked, images, candidates, strata, options);
    budgets[String(asked)] = beginningOf(order, images).sort(byCodeUnit);
  }
  return budgets;
}

function beginningOf(order: readonly (readonly Sample[])[], images: number): string[] {
  const ids: string[] = [];
  for (const unit of order) {
    if (ids.length + unit.length > images) break;
    ids.push(...unit.map(({ id }) => id));
  }
  return ids;
}

/** Takes, again and again, the class that is furthest behind its part of the images taken so far. */
function labelOrder(
  candidates: readonly Sample[],
  strata: Strata,
  { balance, labelUnit }: LabelBudgetOptions,
  key: Key,
): (readonly Sample[])[] {
  const totals = countStrata(candidates, strata);
  const weights = totals.map((total) => (balance === "natural" ? total : total === 0 ? 0 : 1));
  const queues = unitsByStratum(candidates, strata, labelUnit, key);
  const taken = totals.map(() => 0);
  const order: (readonly Sample[])[] = [];
  for (;;) {
    const next = furthestBehind(queues, taken, weights);
    const unit = next === undefined ? undefined : queues[next]?.shift();
    if (unit === undefined) return order;
    order.push(unit);
    countStrata(unit, strata).forEach((count, stratum) => {
      taken[stratum] = (taken[stratum] ?? 0) + count;
    });
  }
}

function furthestBehind(
  queues: readonly (readonly unknown[])[],
  taken: readonly number[],
  weights: readonly number[],
): number | undefined {
  const images = taken.reduce((a, b) => a + b, 0);
  const whole = weights.reduce((a, b) => a + b, 0);
  let best: number | undefined;
  let mostBehind = Number.NEGATIVE_INFINITY;
  queues.forEach((queue, stratum) => {
    const behind = ((images + 1) * (weights[stratum] ?? 0)) / whole - (taken[stratum] ?? 0);
    if (queue.length > 0 && behind > mostBehind) {
      best = stratum;
      mostBehind = behind;
    }
  });
  return best;
}

/** Units in random order, each in the queue of its most frequent class. */
function unitsByStratum(
  candidates: readonly Sample[],
  strata: Strata,
  labelUnit: "image" | "group",
  key: Key,
): (readonly Sample[])[][] {
  const units =
    labelUnit === "group"
      ? splitUnits(candidates, []).map(({ samples }) => samples)
      : candidates.map((sample) => [sample]);
  const drawn = units
    .map((unit) => ({ unit, name: unit[0]?.id ?? "" }))
    .map(({ unit, name }) => ({ unit, name, draw: key.fork("label", name).uniform() }))
    .sort((a, b) => a.draw - b.draw || byCodeUnit(a.name, b.name));
  const queues: (readonly Sample[])[][] = strata.names.map(() => []);
  for (const { unit } of drawn) {
    const counts = countStrata(unit, strata);
    queues[counts.indexOf(Math.max(...counts))]?.push(unit);
  }
  return queues;
}

function checkBudget(
  asked: number,
  images: number,
  candidates: readonly Sample[],
  strata: Strata,
  { balance }: LabelBudgetOptions,
): void {
  const what = `--labels ${asked}`;
  if (!Number.isInteger(images) || images < 1) {
    throw UserError.of(
      what,
      `${images} images`,
      "a whole number of images, or a share below 1",
      "ask for another budget",
    );
  }
  if (images > candidates.length) {
    throw UserError.of(
      what,
      `${candidates.length} labelled training images`,
      `${images}`,
      "ask for fewer labels, or give a larger share to training",
    );
  }
  if (balance === "natural") return;
  const totals = countStrata(candidates, strata);
  strata.names.forEach((name, stratum) => {
    const needed = Math.floor(images / strata.names.length);
    if ((totals[stratum] ?? 0) >= needed) return;
    throw UserError.of(
      `${what} --balance balanced`,
      `${totals[stratum]} training images of class ${name}`,
      `${needed}`,
      "ask for fewer labels, or use --balance natural",
    );
  });
}
