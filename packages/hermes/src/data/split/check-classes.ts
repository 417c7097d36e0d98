import { type Complaint, UserError } from "../../errors.js";
import type { SplitUnit } from "./split-units.js";
import type { Strata } from "./strata.js";

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
