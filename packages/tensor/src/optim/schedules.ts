/** Schedules: pure functions of the step that give a scale, which multiplies a base rate or weight. */

/** A schedule as data. */
export type ScheduleSpec =
  | { readonly kind: "constant" }
  | { readonly kind: "poly"; readonly power: number }
  /** Half a cosine from 1 down to `finalScale`: Loshchilov & Hutter, https://arxiv.org/abs/1608.03983 (Eq. 5). */
  | { readonly kind: "cosine"; readonly finalScale: number }
  /** cos(7 pi t / 16 T), from 1 to 0.195: Sohn et al., FixMatch, https://arxiv.org/abs/2001.07685 (section 2.4). */
  | { readonly kind: "fixmatch-cosine" }
  /** Multiplies by `factor` at each of `milestones`, in steps. */
  | { readonly kind: "step"; readonly milestones: readonly number[]; readonly factor: number }
  | { readonly kind: "sigmoid-ramp"; readonly rampUpSteps: number }
  /** A line from `startScale` to 1 over the first `steps`; then `after`, stretched over what is left. */
  | {
      readonly kind: "warm-up";
      readonly steps: number;
      readonly startScale: number;
      readonly after: ScheduleSpec;
    };

/**
 * @param step the step about to be taken; the first is 0.
 * @param totalSteps length of the run; a step past it has the run's last value.
 * @returns the scale at `step`.
 */
export function scheduleValue(spec: ScheduleSpec, step: number, totalSteps: number): number {
  switch (spec.kind) {
    case "constant":
      return 1;
    case "poly":
      return polyDecay(step, totalSteps, spec.power);
    case "cosine":
      return cosineDecay(step, totalSteps, spec.finalScale);
    case "fixmatch-cosine":
      return Math.cos((7 / 16) * Math.PI * progress(step, totalSteps));
    case "step":
      return stepDecay(step, spec.milestones, spec.factor);
    case "sigmoid-ramp":
      return sigmoidRamp(step, spec.rampUpSteps);
    case "warm-up":
      return step < spec.steps
        ? linearRamp(step, spec.steps, spec.startScale) *
            scheduleValue(spec.after, 0, totalSteps - spec.steps)
        : scheduleValue(spec.after, step - spec.steps, totalSteps - spec.steps);
  }
}

/** (1 - t / T)^power. */
export function polyDecay(step: number, totalSteps: number, power: number): number {
  return (1 - progress(step, totalSteps)) ** power;
}

/** finalScale + (1 - finalScale) (1 + cos(pi t / T)) / 2. */
export function cosineDecay(step: number, totalSteps: number, finalScale: number): number {
  return finalScale + ((1 - finalScale) * (1 + Math.cos(Math.PI * progress(step, totalSteps)))) / 2;
}

/** factor^n, where n milestones have been reached. */
export function stepDecay(step: number, milestones: readonly number[], factor: number): number {
  return factor ** milestones.filter((milestone) => step >= milestone).length;
}

/**
 * exp(-5 (1 - t / L)^2), from 0.0067 at 0 to 1 at L and after; 1 everywhere if L is 0.
 * Laine & Aila, "Temporal ensembling", ICLR 2017, https://arxiv.org/abs/1610.02242 (section 2.1).
 */
export function sigmoidRamp(step: number, rampUpSteps: number): number {
  return Math.exp(-5 * (1 - progress(step, rampUpSteps)) ** 2);
}

/** A line from `startScale` at 0 to 1 at `rampUpSteps` and after. */
export function linearRamp(step: number, rampUpSteps: number, startScale: number): number {
  return startScale + (1 - startScale) * progress(step, rampUpSteps);
}

/** t / T, held inside [0, 1]; 1 if T is 0 or less. */
function progress(step: number, totalSteps: number): number {
  return totalSteps <= 0 ? 1 : Math.min(Math.max(step / totalSteps, 0), 1);
}
