import { type Complaint, UserError } from "../../errors.js";
import type { Sample } from "../sample.js";
import type { SplitUnit } from "./split-units.js";
import { countStrata, type Strata } from "./strata.js";

/**
 * Every part needs at least one group of every class.
 *
 * @throws UserError naming all classes that have too few
 */
export function checkClasses(units: readonly SplitUnit[], strata: Strata, partCount: number): void {
  const complaints: Complaint[] = [];
  for (const name of strata.names) {
    const groups = units.filter(({ samples }) =>
      samples.some((sample) => strata.stratumOf(sample) === name),
    ).length;
    if (groups >= partCount) continue;
    complaints.push({
      what: `class ${name}`,
      got: `${groups} group${groups === 1 ? "" : "s"} of images`,
      wanted: `at least ${partCount}, one for each part`,
      fix: "add images of other patients, or make fewer parts (a share of 0, fewer folds)",
    });
  }
  if (complaints.length > 0) throw new UserError(complaints);
}

/**
 * A part in which a class does not occur cannot be measured on.
 *
 * @param parts name to samples; empty parts are not looked at
 * @throws UserError naming all classes that are missing somewhere
 */
export function checkParts(parts: Readonly<Record<string, readonly Sample[]>>, strata: Strata): void {
  const complaints: Complaint[] = [];
  for (const [part, samples] of Object.entries(parts)) {
    if (samples.length === 0) continue;
    countStrata(samples, strata).forEach((count, stratum) => {
      if (count > 0) return;
      complaints.push({
        what: `class ${strata.names[stratum]}`,
        got: `no image of it in ${part}`,
        wanted: "images of every class in every part",
        fix: `give ${part} a larger share, or add images of other patients`,
      });
    });
  }
  if (complaints.length > 0) throw new UserError(complaints);
}
