import { sigmoidRamp } from "@hermes-us/tensor";

/**
 * The entropy under which a prediction counts as certain, in nats: eta(t) = (0.75 + 0.25 R(t, T)) ln C with the
 * sigmoid ramp R. It rises from 0.752 ln C to ln C, where everything passes.
 * Yu et al., UA-MT, MICCAI 2019, https://arxiv.org/abs/1907.07034 (section 3).
 */
export function entropyCeiling(step: number, totalSteps: number, classes: number): number {
  return (0.75 + 0.25 * sigmoidRamp(step, totalSteps)) * Math.log(classes);
}

/**
 * The consistency ramp of the released Hermes code: R(floor(t / 100), 40), in blocks of 100 steps, whatever the length
 * of the run. In 3000 steps it gets to 0.73 and never to 1; `sigmoidRamp(step, 0.4 * totalSteps)` is the one fitted
 * to the run.
 */
export function publishedConsistencyRamp(step: number): number {
  return sigmoidRamp(Math.floor(step / 100), 40);
}
